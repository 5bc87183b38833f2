import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const DAY_MS = 86_400_000

/**
 * Writes a file to import with two of Prosper's calls, 7001 of a hundred days ago and 7002 of yesterday, in both of which the caller
 * says how they can be reached; its path. `more`: what else is known of each.
 */
export function oldAndNewCall(folder: string, said: string, more: (isOld: boolean) => object): string {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'calls.jsonl')
  const lines = [100, 1].map((daysAgo, i) =>
    JSON.stringify({
      call_log_id: 7001 + i,
      status: 'completed',
      created_at: new Date(Date.now() - daysAgo * DAY_MS).toISOString(),
      duration: 60,
      from_number: '+14155550123',
      to_number: '+14155550999',
      transcript: [
        { speaker: 'agent', text: 'How may I reach you?', timestamp: 0 },
        { speaker: 'user', text: said, timestamp: 4 },
      ],
      ...more(i === 0),
    }),
  )
  writeFileSync(file, lines.join('\n'))
  return file
}
