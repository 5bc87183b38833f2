import type { ReportPart } from '@contract'
import type { SecretStore } from '../connections/secrets'
import { examine, type Finding } from '../db/doctor'
import type { WorkspacePaths } from '../db/workspace'
import { computer, connections, databases, type Facts, files, lastSyncs, settings, versions } from './facts'
import { readLogs } from './logs'
import { type Person, redactMessage, thisPerson, withoutPaths } from './redact'

export interface ReportContext {
  paths: WorkspacePaths
  keychain: SecretStore
  appVersion: string
  /** Made by the window, which may be writing. */
  isWindow: boolean
  nowMs: number
  signal?: AbortSignal
}

/**
 * What somebody who helps needs to know, as the files of a report: versions, the computer, settings without secrets, numbers
 * of rows, the doctor's findings, the log. No transcript, number, key, name, address or folder is in it. Each part stands
 * even where another could not be read; only `signal` makes it raise (`cancelled`). Reads whole databases: for a
 * thread in which nobody waits.
 */
export async function makeReport(context: ReportContext): Promise<ReportPart[]> {
  const { paths, keychain, appVersion, isWindow, nowMs, signal } = context
  const person = thisPerson(paths.root)
  const findings = await examine(paths, keychain, appVersion, {
    hasWriter: isWindow,
    ...(signal ? { signal } : {}),
  })
  const chapters: Facts[] = [
    versions(appVersion, isWindow),
    computer(nowMs),
    settings(paths),
    connections(paths),
    ...databases(paths),
    files(paths),
    lastSyncs(paths),
    doctor(findings, person),
  ]
  return [
    { name: 'READ ME.txt', text: INTRODUCTION },
    {
      name: 'report.txt',
      text: `Made at ${new Date(nowMs).toISOString()}\n\n${chapters.map(printed).join('\n')}`,
    },
    ...readLogs(paths.root, person),
  ]
}

const INTRODUCTION = `A report about an installation of Earmark, for somebody who helps with it.

Nothing was sent: this file was saved, and whoever saved it decides who gets it. Everything in it can be read with any
text editor.

report.txt   versions, the computer, settings, how many rows each table has, what "earmark doctor" found, the last syncs
logs/        what the window wrote down when something failed

Left out on purpose: transcripts, annotations, recordings, phone numbers, e-mail addresses, keys, names of people,
connections, campaigns and labels, addresses of servers, and where files lie. In the log, whatever was quoted, and what
looks like one of these, was replaced by words in brackets, such as [text], [number] and [path].
`

/** Its sentences are Earmark's own; what stands in them may not be. */
const doctor = (findings: readonly Finding[], person: Person): Facts => ({
  title: 'What was examined',
  rows: findings.map(({ name, ok, detail, whatToDo }) => [
    `${ok ? 'ok ' : 'BAD'} ${name}`,
    redactMessage(detail, person) + (whatToDo === null ? '' : ` → ${withoutPaths(whatToDo, person)}`),
  ]),
})

function printed({ title, rows }: Facts): string {
  const width = Math.min(32, Math.max(...rows.map(([name]) => name.length)) + 2)
  const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}${value}`.trimEnd())
  return `${title}\n${lines.join('\n')}\n`
}
