import type { Command } from 'commander'
import { EXIT } from '../output'
import type { RunCommand } from '../session'

export function addReindex(program: Command, run: RunCommand): void {
  program
    .command('reindex')
    .description('make the search index anew; calls and annotations are not touched')
    .action(() =>
      run(async ({ ask, output, onEvent }) => {
        onEvent((event) => {
          if (event.type !== 'search.index' || event.done === null) return
          output.progress(event, `${event.done} of ${event.total ?? '?'} calls`)
        })
        await ask('search', 'rebuildNow', {})
        output.result({ type: 'reindex', done: true }, 'The search index was made anew.')
        return EXIT.done
      }),
    )
}
