import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { BackupProgress } from '../../backup/manifest'
import { restoreBackup } from '../../backup/restore-backup'
import { writeBackup } from '../../backup/write-backup'
import { appVersion } from '../installation'
import { EXIT, type Output } from '../output'
import type { RunCommand, RunInNewWorkspace } from '../session'

export function addBackup(program: Command, run: RunCommand): void {
  program
    .command('backup')
    .argument('<file>', 'the file to write: "earmark.zip", say')
    .description('write the whole workspace into one file, to keep it or to move it to another computer')
    .option(
      '--without-recordings',
      'leave the recordings out: they can be downloaded again while the vendor has them',
    )
    .action((file: string, options: { withoutRecordings?: boolean }) =>
      run(async ({ context, output, signal }) => {
        const path = resolve(file)
        const { counts, hasRecordings, entries } = await writeBackup(context.paths, path, {
          withRecordings: options.withoutRecordings !== true,
          appVersion: appVersion(),
          nowMs: Date.now(),
          onProgress: said(output),
          signal,
        })
        output.result(
          { type: 'done', path, ...counts, hasRecordings, files: entries.length },
          `${path}: ${held(counts, hasRecordings)}. It was read again and is whole. Keys of connections are not in it.`,
        )
        return EXIT.done
      }),
    )
}

export function addRestore(program: Command, runInNew: RunInNewWorkspace): void {
  program
    .command('restore')
    .argument('<file>', 'a file that "earmark backup" wrote')
    .description(
      'make a workspace out of a backup; into an empty or new folder, never over another workspace',
    )
    .action((file: string) =>
      runInNew(async ({ root, output, signal }) => {
        const { counts, hasRecordings, madeAt } = await restoreBackup(resolve(file), root, {
          onProgress: said(output),
          signal,
        })
        output.result(
          { type: 'done', workspace: root, madeAt, ...counts, hasRecordings },
          `${root}: ${held(counts, hasRecordings)}, as of ${madeAt}.${counts.connections > 0 ? ' On another computer, enter the keys of its connections again.' : ''}`,
        )
        return EXIT.done
      }),
    )
}

type Counts = Awaited<ReturnType<typeof writeBackup>>['counts']

const held = ({ annotations, calls, recordings }: Counts, hasRecordings: boolean): string =>
  `${annotations} annotations, ${calls} calls, ${hasRecordings ? `${recordings} recordings` : 'no recordings'}`

const WORDS: Readonly<Record<BackupProgress['phase'], string>> = {
  copying: 'Copying the databases',
  writing: 'Writing',
  checking: 'Checking',
  unpacking: 'Unpacking',
}

/** A line at each new phase and at each tenth of it. */
function said(output: Output): (progress: BackupProgress) => void {
  let last = ''
  return (progress) => {
    const { phase, doneBytes, totalBytes } = progress
    const tenth = totalBytes === 0 ? 0 : Math.floor((10 * doneBytes) / totalBytes)
    if (last === `${phase} ${tenth}`) return
    last = `${phase} ${tenth}`
    output.progress({ type: 'progress', ...progress }, `${WORDS[phase]} … ${tenth * 10} %`)
  }
}
