import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT } from '../output'
import type { RunCommand } from '../session'

export function addImport(program: Command, run: RunCommand): void {
  program
    .command('import')
    .argument('<files...>', "a vendor's list or detail answers saved as JSON, or JSON lines of details")
    .description('read calls from files, with the recordings that lie beside them')
    .option('--connection <name>', 'the name to keep them under')
    .action((files: string[], options: { connection?: string }) =>
      run(async ({ ask, output, onEvent, signal }) => {
        onEvent((event) => {
          if (event.type === 'import.progress')
            output.progress(event, `${event.done}${event.total === null ? '' : ` / ${event.total}`} calls`)
        })
        signal.addEventListener('abort', () => void ask('imports', 'cancel', {}), { once: true })
        const done = await ask('imports', 'files', {
          paths: files.map((file) => resolve(file)),
          connectionName: options.connection ?? null,
        })
        output.result(
          { type: 'done', ...done },
          `${done.added} added, ${done.updated} updated, ${done.unchanged} unchanged, ${done.quarantined} quarantined, ${done.recordings} recordings`,
        )
        return done.quarantined > 0 ? EXIT.quarantined : EXIT.done
      }),
    )
}
