import { EarmarkError, type SyncProgress } from '@contract'
import type { Command } from 'commander'
import { findConnection } from '../find'
import { EXIT, reportFailure, usage } from '../output'
import { secretsFromEnv } from '../secrets-input'
import type { RunCommand, Session } from '../session'

export function addSync(program: Command, run: RunCommand): void {
  program
    .command('sync')
    .argument('[connection]', 'its name; without one, all are synced')
    .description('fetch what is new from the vendors, and read what is new in folders')
    .option('--recordings <which>', 'all or none', 'all')
    .option('--secrets-from-env', 'secrets from EARMARK_API_KEY and EARMARK_ACCESS_TOKEN, for this run only')
    .action((name: string | undefined, options: { recordings: string; secretsFromEnv?: boolean }) =>
      run(async (session) => {
        const recordings = options.recordings
        if (recordings !== 'all' && recordings !== 'none')
          throw usage(`--recordings is all or none, not "${recordings}".`)
        const all = await session.ask('connections', 'list', {})
        const chosen =
          name === undefined ? all.filter((one) => one.kind !== 'imported') : [findConnection(all, name)]
        if (chosen.length === 0)
          throw new EarmarkError(
            'not_found',
            'There is no connection to sync. Make one with "earmark connect".',
          )
        const secrets = options.secretsFromEnv ? secretsFromEnv(process.env) : null

        session.onEvent((event) => {
          if (event.type === 'sync.progress')
            session.output.progress({ type: 'progress', ...event.progress }, inWords(event.progress))
        })
        let worst: number = EXIT.done
        for (const connection of chosen) {
          if (session.signal.aborted) break
          const code = await syncOne(session, connection, recordings, secrets).catch((error: unknown) =>
            // Another one's trouble is no reason to leave the rest unsynced.
            reportFailure(error, session.output.json),
          )
          if (worst !== EXIT.failed && code !== EXIT.done) worst = code
        }
        return session.signal.aborted ? EXIT.failed : worst
      }),
    )
}

async function syncOne(
  { ask, output, signal }: Session,
  connection: { id: string; name: string },
  recordings: 'all' | 'none',
  secrets: ReturnType<typeof secretsFromEnv> | null,
): Promise<number> {
  const cancel = () => void ask('sync', 'cancel', { connectionId: connection.id })
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const { outcome, counts, problem } = await ask('sync', 'run', {
      connectionId: connection.id,
      recordings,
      secrets,
      trigger: 'command_line',
    })
    if (problem !== null) process.stderr.write(`earmark: ${connection.name}: ${problem}\n`)
    output.result(
      { type: 'done', connection: connection.name, ...counts, outcome, problem },
      `${connection.name}: ${counts.listed} listed, ${counts.added} added, ${counts.updated} updated, ${counts.unchanged} unchanged, ${counts.quarantined} quarantined; recordings: ${counts.recordings.downloaded} downloaded, ${counts.recordings.failed} failed`,
    )
    if (outcome !== 'done') return EXIT.failed
    return counts.quarantined > 0 ? EXIT.quarantined : EXIT.done
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

function inWords({ connectionName, phase, done, total, reason }: SyncProgress): string {
  const progress = total === null ? String(done) : `${done} / ${total}`
  return `${connectionName}: ${phase} ${progress}${reason === null ? '' : ` (${reason})`}`
}
