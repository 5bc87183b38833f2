import { resolve } from 'node:path'
import { ExportKind } from '@contract'
import type { Command } from 'commander'
import { EXIT, usage } from '../output'
import type { RunCommand } from '../session'

interface Options {
  out: string
  query?: string
  bom?: boolean
  raw?: boolean
  redact?: boolean
}

export function addExport(program: Command, run: RunCommand): void {
  program
    .command('export')
    .argument('<what>', 'annotations or calls')
    .description('write a CSV file (RFC 4180, UTF-8)')
    .requiredOption('--out <file>', 'the file to write')
    .option('--query <query>', 'only calls that this finds')
    .option('--bom', 'begin with a byte order mark, for spreadsheet programs that guess the encoding')
    .option('--raw', 'without the guard against formulas in spreadsheet programs')
    .option(
      '--redact',
      'phone numbers, card numbers and e-mail addresses become [phone], [card], [email]; names and numbers in other words stay',
    )
    .action((whatText: string, options: Options) =>
      run(async ({ ask, output, onEvent, signal }) => {
        const what = ExportKind.safeParse(whatText)
        if (!what.success) throw usage(`What to export is annotations or calls, not "${whatText}".`)
        onEvent((event) => {
          if (event.type === 'exports.progress') output.progress(event, `${event.rows} rows`)
        })
        signal.addEventListener('abort', () => void ask('exports', 'cancel', {}), { once: true })
        const done = await ask('exports', 'write', {
          path: resolve(options.out),
          before: null,
          options: {
            what: what.data,
            query: options.query ?? null,
            bom: options.bom === true,
            raw: options.raw === true,
            redact: options.redact === true,
          },
        })
        const { redacted } = done
        const covered = redacted
          ? `; replaced: ${redacted.phone} phone numbers, ${redacted.card} card numbers, ${redacted.email} e-mail addresses`
          : done.isMasked
            ? '; phone numbers are masked (Settings › Privacy)'
            : ''
        output.result({ type: 'done', ...done }, `${done.rows} rows in ${done.path}${covered}`)
        return EXIT.done
      }),
    )
}
