import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { profileFolder } from '../db/default-workspace'
import { type Person, redact, withoutPaths } from './redact'

/** Where the window's log file of a workspace lies, for `shell/log.ts`, which writes it. */
export const logFile = (workspaceRoot: string): string =>
  join(profileFolder(workspaceRoot), 'logs', 'main.log')

/** Newest first, as electron-log names them. */
const FILES = ['main.log', 'main.old.log'] as const
const MOST_CHARACTERS = 200_000

/** The log files, redacted once more (an older Earmark's may be in them), of each the last 200,000 characters. */
export function readLogs(workspaceRoot: string, person: Person): { name: string; text: string }[] {
  return FILES.flatMap((name) => {
    let text: string
    try {
      text = readFileSync(join(logFile(workspaceRoot), '..', name), 'utf8')
    } catch {
      // Without the window there was none yet.
      return []
    }
    const from = text.length > MOST_CHARACTERS ? text.indexOf('\n', text.length - MOST_CHARACTERS) + 1 : 0
    const cut = from > 0 ? '(Earlier lines are left out.)\n' : ''
    const lines = text
      .slice(from)
      .split('\n')
      .map((line) => redactLine(line, person))
    return [{ name: `logs/${name}`, text: cut + lines.join('\n') }]
  })
}

/** The time and level that electron-log begins a line with stay readable. */
const BEGINNING = /^\[\d{4}-\d{2}-\d{2} [\d:.]+\] \[\w+\]\s+/

function redactLine(line: string, person: Person): string {
  const beginning = BEGINNING.exec(line)?.[0] ?? ''
  return beginning + withoutPaths(redact(line.slice(beginning.length)), person)
}
