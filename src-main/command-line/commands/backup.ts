import { rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { exchangeWorkspace } from '../../backup/exchange'
import { type BackupProgress, isProtectedBackup, type Manifest } from '../../backup/manifest'
import { restoreBackup, unpackBackup } from '../../backup/restore-backup'
import { requireUnused } from '../../backup/unused'
import { writeBackup } from '../../backup/write-backup'
import { openKeychain } from '../../connections/secrets'
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
        const manifest = await writeBackup(context.paths, path, {
          withRecordings: options.withoutRecordings !== true,
          appVersion: appVersion(),
          nowMs: Date.now(),
          onProgress: said(output),
          signal,
        })
        const { counts, hasRecordings, bytes } = manifest
        const isProtected = isProtectedBackup(manifest)
        output.result(
          { type: 'done', path, bytes, ...counts, hasRecordings, isProtected },
          [
            `${path}, ${megabytes(bytes)}: ${held(manifest)}. It was read again and is whole. The keys of connections are not in it.`,
            ...(isProtected
              ? ['It is protected as the workspace is: another computer needs its recovery phrase.']
              : []),
          ].join(' '),
        )
        return EXIT.done
      }),
    )
}

export function addRestore(program: Command, runInNew: RunInNewWorkspace): void {
  program
    .command('restore')
    .argument('<file>', 'a file that "earmark backup" wrote')
    .description('make a workspace out of a backup, in a new or empty folder; never over another workspace')
    .option('--replace', 'in the place of the workspace that is there, which gets a dated name and stays')
    .action((file: string, options: { replace?: boolean }) =>
      runInNew(async ({ root, output, signal }) => {
        const work = { onProgress: said(output), signal, keychain: openKeychain() }
        const { manifest, missingRecordings, setAside } = options.replace
          ? await replace(resolve(file), root, work)
          : { ...(await restoreBackup(resolve(file), root, work)), setAside: null }
        const { counts, hasRecordings, madeAt } = manifest
        output.result(
          { type: 'done', workspace: root, setAside, madeAt, ...counts, hasRecordings, missingRecordings },
          [
            `${root}: ${held(manifest)}, as of ${madeAt}.`,
            ...(setAside === null ? [] : [`What was there is now ${setAside}.`]),
            ...(missingRecordings === null
              ? [
                  'It is protected, and the keychain of this computer does not hold its key: unlock it with "earmark unlock" and its recovery phrase. Its content is checked then; the file was whole.',
                ]
              : []),
            ...(missingRecordings !== null && missingRecordings > 0
              ? [
                  `${missingRecordings} recordings are not in it: the next sync downloads those that the vendor has.`,
                ]
              : []),
            ...(counts.connections > 0
              ? ['On another computer, enter the keys of its connections again.']
              : []),
          ].join(' '),
        )
        return EXIT.done
      }),
    )
}

type Work = NonNullable<Parameters<typeof unpackBackup>[2]>

async function replace(file: string, root: string, work: Work) {
  requireUnused(root)
  const unpacked = await unpackBackup(file, root, work)
  try {
    requireUnused(root)
    return { ...unpacked, setAside: exchangeWorkspace(root, unpacked.folder, Date.now()) }
  } catch (error) {
    await rm(unpacked.folder, { recursive: true, force: true })
    throw error
  }
}

const held = ({
  counts: { annotations, calls, recordings },
  hasRecordings,
}: Pick<Manifest, 'counts' | 'hasRecordings'>): string =>
  `${annotations} annotations, ${calls} calls, ${hasRecordings ? `${recordings} recordings` : 'no recordings'}`

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

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
    const tenth = totalBytes === null || totalBytes === 0 ? null : Math.floor((10 * doneBytes) / totalBytes)
    if (last === `${phase} ${tenth}`) return
    last = `${phase} ${tenth}`
    output.progress(
      { type: 'progress', ...progress },
      tenth === null ? WORDS[phase] : `${WORDS[phase]} … ${tenth * 10} %`,
    )
  }
}
