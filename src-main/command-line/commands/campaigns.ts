import { EarmarkError, type FoundCampaigns } from '@contract'
import type { Command } from 'commander'
import { findConnection } from '../find'
import { EXIT, type Output } from '../output'
import { secretsFromEnv } from '../secrets-input'
import type { RunCommand } from '../session'

export function addCampaigns(program: Command, run: RunCommand): void {
  program
    .command('campaigns')
    .argument('<connection>', 'its name')
    .description('ask the vendor which campaigns there are')
    .option('--secrets-from-env', 'secrets from EARMARK_API_KEY and EARMARK_ACCESS_TOKEN, for this run only')
    .action((name: string, options: { secretsFromEnv?: boolean }) =>
      run(async ({ ask, output }) => {
        const all = await ask('connections', 'list', {})
        const { id } = findConnection(all, name)
        const connection = all.find((one) => one.id === id)
        if (connection?.kind !== 'api')
          throw new EarmarkError('invalid_input', `"${name}" reads files; there is no vendor to ask.`)
        const secrets = options.secretsFromEnv ? secretsFromEnv(process.env) : null
        const { vendor, baseUrl, campaignIds, settings } = connection
        const draft = { vendor, name: connection.name, baseUrl, campaignIds, settings }
        const found = await ask('connections', 'findCampaigns', { id, draft, secrets })
        return tellCampaigns(output, connection.name, found)
      }),
    )
}

/** One line a campaign, what to know about all of them on stderr. */
export function tellCampaigns(output: Output, connection: string, found: FoundCampaigns): number {
  const { ok, campaigns, message } = found
  if (!output.json || !ok) process.stderr.write(`earmark: ${connection}: ${message}\n`)
  const line = (one: (typeof campaigns)[number]) =>
    [one.campaignId, one.name, one.direction, one.calls === null ? null : `${one.calls} calls`, one.status]
      .filter((part) => part !== null)
      .join('\t')
  if (output.json) output.result({ type: 'campaigns', connection, ...found }, '')
  else if (campaigns.length > 0) output.result(found, campaigns.map(line).join('\n'))
  return ok ? EXIT.done : EXIT.failed
}
