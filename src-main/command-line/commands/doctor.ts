import type { Command } from 'commander'
import { openKeychain } from '../../connections/secrets'
import { examine, noteMissingRecordings } from '../../db/doctor'
import { type RepairReport, repairDatabases } from '../../db/repair'
import type { WorkspacePaths } from '../../db/workspace'
import { EXIT, type Output } from '../output'
import type { InspectWorkspace } from '../session'

export function addDoctor(program: Command, inspect: InspectWorkspace): void {
  program
    .command('doctor')
    .description('check versions, paths, databases, keychain and disk, and say what to do about each problem')
    .option(
      '--repair',
      'first make damaged databases anew out of what can be read of them and of their backups; the damaged files are kept',
    )
    .action((options: { repair?: boolean }) =>
      inspect(async (context, output) => {
        if (options.repair === true) repair(context.paths, output)
        const findings = await examine(context.paths, openKeychain(), context.appVersion)
        const ok = findings.every((finding) => finding.ok)
        output.result(
          { type: 'doctor', ok, checks: findings },
          findings
            .map(
              ({ ok, name, detail, whatToDo }) =>
                `${ok ? 'ok ' : 'BAD'}  ${name}: ${detail}${whatToDo === null ? '' : `\n     → ${whatToDo}`}`,
            )
            .join('\n'),
        )
        return ok ? EXIT.done : EXIT.failed
      }),
    )
}

function repair(paths: WorkspacePaths, output: Output): void {
  let said = 0
  const reports = repairDatabases(paths, Date.now(), (name, rows) => {
    if (rows < said + 50_000) return
    said = rows
    output.progress({ type: 'progress', name, rows }, `${name}: ${rows} rows so far`)
  })
  for (const report of reports) output.result({ type: 'repaired', ...report }, repairedLine(report))
  if (reports.length === 0) output.result({ type: 'repaired', name: null }, 'No database is damaged.')
  const missing = noteMissingRecordings(paths)
  if (missing > 0)
    output.result(
      { type: 'recordings', missing },
      `${missing} recordings are missing; the next sync asks for them.`,
    )
}

function repairedLine({ name, rows, fromBackup, backupMadeAtMs, setAside, keptAs }: RepairReport): string {
  const what = name === 'reviews.db' ? 'annotations' : 'calls'
  const backup =
    fromBackup === 0 || backupMadeAtMs === null
      ? ''
      : ` (${fromBackup} from the backup of ${new Date(backupMadeAtMs).toISOString()})`
  const aside = setAside === 0 ? '' : ` ${setAside} rows that no table can hold are in a text file beside it.`
  return `${name} was made anew: ${rows} ${what}${backup}. The damaged file is ${keptAs}.${aside}`
}
