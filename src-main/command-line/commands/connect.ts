import { resolve } from 'node:path'
import { ConnectionDraft, Vendor } from '@contract'
import type { Command } from 'commander'
import { vendors } from '../../vendors'
import { ratePerSec, several, wholeNumber } from '../numbers'
import { EXIT, usage } from '../output'
import { secretsFromEnv, secretsFromStdin } from '../secrets-input'
import type { RunCommand, Session } from '../session'
import { tellCampaigns } from './campaigns'

interface Options {
  name: string
  url?: string
  folder?: string
  vendor?: string
  findCampaigns?: boolean
  campaign?: string[]
  dialect: string
  authHeader?: string
  authPrefix?: string
  rate?: number
  concurrency?: number
  test?: boolean
  secretsFromEnv?: boolean
}

const VENDORS = Vendor.options.join(' or ')

export function addConnect(program: Command, run: RunCommand): void {
  program
    .command('connect')
    .argument('[vendor]', VENDORS)
    .description(
      'connect a vendor account, or a folder of files; the secrets of an account come as JSON from standard input ({"apiKey": "…", "accessToken": "…"}) and go to the system’s keychain',
    )
    .requiredOption('--name <name>', 'what to call it')
    .option('--url <url>', 'the base address of the API (default: the vendor’s)')
    .option('--folder <path>', 'no account, but a folder into which files of calls and recordings are put')
    .option('--vendor <vendor>', `the same as the argument: ${VENDORS}`)
    .option('--campaign <id>', 'a campaign; may be given several times', several)
    .option('--dialect <d>', 'Prosper: auto, page or openapi', 'auto')
    .option('--auth-header <name>', 'Prosper: the header that carries the key (default: Authorization)')
    .option('--auth-prefix <text>', 'Prosper: what stands before the key (default: "Bearer ")')
    .option('--rate <n/s>', 'most requests a second (default 5; none for this computer)', ratePerSec)
    .option('--concurrency <n>', 'most requests at once', wholeNumber(1, 64))
    .option('--find-campaigns', 'only list the campaigns that the vendor has; nothing is kept')
    .option('--test', 'make one request first; if it fails, say why and keep nothing')
    .option('--secrets-from-env', 'secrets from EARMARK_API_KEY and EARMARK_ACCESS_TOKEN, for this run only')
    .action((argument: string | undefined, options: Options) =>
      run(async (session) => {
        const { ask, output, signal } = session
        const vendorText = argument ?? options.vendor ?? ''
        const vendor = Vendor.safeParse(vendorText)
        if (!vendor.success) throw usage(`The vendor is ${VENDORS}, not "${vendorText}".`)
        if (options.folder !== undefined) return connectFolder(session, vendor.data, options.folder, options)
        const draft = ConnectionDraft.safeParse({
          vendor: vendor.data,
          name: options.name,
          baseUrl: options.url ?? vendors[vendor.data].defaultBaseUrl,
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
        if (options.findCampaigns) {
          const found = await ask('connections', 'findCampaigns', { id: null, draft: draft.data, secrets })
          return tellCampaigns(output, draft.data.name, found)
        }
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

async function connectFolder(
  { ask, output }: Session,
  vendor: Vendor,
  path: string,
  { name, url, campaign, test }: Options,
): Promise<number> {
  if (url !== undefined || campaign !== undefined || test)
    throw usage('--folder goes without --url, --campaign and --test: there is nobody to ask.')
  const connection = await ask('connections', 'createFolder', {
    draft: { vendor, name, folder: resolve(path) },
  })
  output.result(
    { type: 'connected', connection: connection.name, id: connection.id, folder: connection.folder },
    `Connected: ${connection.name} (${connection.id}) to ${connection.folder}\nRead what is in it with: earmark sync ${JSON.stringify(connection.name)}`,
  )
  return EXIT.done
}
