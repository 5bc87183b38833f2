import type { Command } from 'commander'
import { findConnection } from '../find'
import { EXIT } from '../output'
import type { RunCommand } from '../session'

export function addQuarantine(program: Command, run: RunCommand): void {
  program
    .command('quarantine')
    .argument('[connection]', 'its name; without one, those of all')
    .description('list the newest 200 records that could not be read, with the reason')
    .option('--retry', 'read them once more, as after an update')
    .action((name: string | undefined, options: { retry?: boolean }) =>
      run(async ({ ask, output }) => {
        const connectionId =
          name === undefined ? null : findConnection(await ask('connections', 'list', {}), name).id
        if (options.retry) {
          const done = await ask('connections', 'retryQuarantine', { connectionId, id: null })
          output.result(
            { type: 'done', ...done },
            `${done.readable} readable now, ${done.stillUnreadable} still not`,
          )
          return done.stillUnreadable > 0 ? EXIT.quarantined : EXIT.done
        }
        const records = await ask('connections', 'quarantine', { connectionId })
        for (const { raw: _raw, ...record } of records)
          output.result(
            { type: 'quarantined', ...record },
            `${record.connectionName}\t${record.externalId ?? '-'}\t${record.reason}`,
          )
        return EXIT.done
      }),
    )
}
