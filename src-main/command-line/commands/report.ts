import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { openKeychain } from '../../connections/secrets'
import { ownFile } from '../../exports/own-file'
import { makeReport } from '../../support/report'
import { writeReport } from '../../support/write-report'
import { EXIT } from '../output'
import type { InspectWorkspace } from '../session'

export function addReport(program: Command, inspect: InspectWorkspace): void {
  program
    .command('report')
    .description('save a report for somebody who helps: a zip of text files to read before you send it')
    .requiredOption('--output <file>', 'the file to write')
    .action((options: { output: string }) =>
      inspect(async ({ paths, appVersion }, output) => {
        const nowMs = Date.now()
        const parts = await makeReport({
          paths,
          keychain: openKeychain(),
          appVersion,
          isWindow: false,
          nowMs,
        })
        const saved = await writeReport(parts, resolve(options.output), {
          nowMs,
          isRefused: (folder, name) => refusal(paths, folder, name),
        })
        output.result(
          { type: 'done', ...saved, parts: parts.map(({ name }) => name) },
          [
            `Saved ${saved.path} (${Math.ceil(saved.bytes / 1024)} KiB). Nothing was sent.`,
            ...parts.map(({ name, text }) => `  ${name} (${text.split('\n').length} lines)`),
            'Read it before you send it.',
          ].join('\n'),
        )
        return EXIT.done
      }),
    )
}

/** A workspace that can't be looked at has no files to spare. */
function refusal(paths: Parameters<typeof ownFile>[0], folder: string, name: string): string | null {
  try {
    realpathSync(paths.root)
  } catch {
    return null
  }
  return ownFile(paths, join(folder, name))
}
