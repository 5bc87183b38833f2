import { ConnectionDraft, Vendor } from '@contract'
import type { Command } from 'commander'
import { ratePerSec, several, wholeNumber } from '../numbers'
import { EXIT, usage } from '../output'
import { secretsFromEnv, secretsFromStdin } from '../secrets-input'
import type { RunCommand } from '../session'

interface Options {
  name: string
  url: string
  campaign?: string[]
  dialect: string
  authHeader?: string
  authPrefix?: string
  rate?: number
  concurrency?: number
  test?: boolean
  secretsFromEnv?: boolean
}

export function addConnect(program: Command, run: RunCommand): void {
  program
    .command('connect')
    .argument('<vendor>', 'prosper or malakai')
    .description(
      'connect a vendor account; the secrets come as JSON from standard input ({"apiKey": "…", "accessToken": "…"}) and go to the system’s keychain',
    )
    .requiredOption('--name <name>', 'what to call it')
    .requiredOption('--url <url>', 'the base address of the API')
    .option('--campaign <id>', 'a campaign; may be given several times', several)
    .option('--dialect <d>', 'Prosper: auto, page or openapi', 'auto')
    .option('--auth-header <name>', 'Prosper: the header that carries the key (default: Authorization)')
    .option('--auth-prefix <text>', 'Prosper: what stands before the key (default: "Bearer ")')
    .option('--rate <n/s>', 'most requests a second (default 5; none for this computer)', ratePerSec)
    .option('--concurrency <n>', 'most requests at once', wholeNumber(1, 64))
    .option('--test', 'make one request first; if it fails, say why and keep nothing')
    .option('--secrets-from-env', 'secrets from EARMARK_API_KEY and EARMARK_ACCESS_TOKEN, for this run only')
    .action((vendorText: string, options: Options) =>
      run(async ({ ask, output, signal }) => {
        const vendor = Vendor.safeParse(vendorText)
        if (!vendor.success) throw usage(`The vendor is prosper or malakai, not "${vendorText}".`)
        const draft = ConnectionDraft.safeParse({
          vendor: vendor.data,
          name: options.name,
          baseUrl: options.url,
          campaignIds: options.campaign ?? [],
          settings: {
            dialect: options.dialect,
            ...(options.authHeader === undefined ? {} : { authHeader: options.authHeader }),
            ...(options.authPrefix === undefined ? {} : { authPrefix: options.authPrefix }),
            ratePerSec: options.rate ?? null,
            concurrency: options.concurrency ?? null,
          },
        })
        if (!draft.success) {
          const issue = draft.error.issues[0]
          throw usage(`${issue?.path.join('.')}: ${issue?.message}`)
        }
        const fromEnv = options.secretsFromEnv === true
        const secrets = fromEnv ? secretsFromEnv(process.env) : await secretsFromStdin(process.stdin, signal)
        const test = options.test
          ? await ask('connections', 'test', { id: null, draft: draft.data, secrets })
          : null
        if (test && !test.ok) {
          // Nothing is kept, so that the same command, corrected, can be given again.
          process.stderr.write(`earmark: ${test.message} Nothing was kept.\n`)
          output.result({ type: 'tested', connection: draft.data.name, test }, 'Not connected.')
          return EXIT.failed
        }
        const connection = fromEnv
          ? await ask('connections', 'createEphemeral', { draft: draft.data })
          : await ask('connections', 'create', { draft: draft.data, secrets })
        output.result(
          { type: 'connected', connection: connection.name, id: connection.id, test },
          [`Connected: ${connection.name} (${connection.id})`, ...(test ? [test.message] : [])].join('\n'),
        )
        return EXIT.done
      }),
    )
}
