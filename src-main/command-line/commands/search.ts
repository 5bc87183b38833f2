import type { Command } from 'commander'
import { wholeNumber } from '../numbers'
import { EXIT, usage } from '../output'
import type { RunCommand } from '../session'

const PAGE = 200

export function addSearch(program: Command, run: RunCommand): void {
  program
    .command('search')
    .argument(
      '<query>',
      'words, "phrases", prefix*, -without, field:value; one that begins with "-" after --',
    )
    .description('find calls by what was said')
    .option('--limit <n>', 'how many calls to print', wholeNumber(0, 1_000_000), 50)
    .option('--sort <order>', 'date (newest first) or relevance', 'date')
    .action((query: string, options: { limit: number; sort: string }) =>
      run(async ({ ask, output }) => {
        const sort = options.sort
        if (sort !== 'date' && sort !== 'relevance')
          throw usage(`--sort is "date" or "relevance", not "${sort}".`)
        let tookMs = 0
        let cursor: string | null = null
        const hits = []
        do {
          const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(cursor, options.limit - hits.length)
          tookMs += page.tookMs
          for (const problem of cursor === null ? page.problems : [])
            process.stderr.write(`earmark: at ${problem.from + 1}: ${problem.message}\n`)
          hits.push(...page.hits)
          cursor = page.cursor
        } while (cursor !== null && hits.length < options.limit)
        const { total, isExact } = await ask('search', 'count', { query })
        const calls = hits.slice(0, options.limit).map((hit) => ({
          id: hit.id,
          vendor: hit.vendor,
          externalId: hit.externalId,
          startedAt: hit.startedAt,
          durationSec: hit.durationSec,
          snippet: hit.snippet?.map((part) => part.text).join('') ?? null,
          turnIndex: hit.turnIndex,
        }))
        output.result(
          { total, totalIsExact: isExact, tookMs: Math.round(tookMs * 1000) / 1000, calls },
          [
            `${total}${isExact ? '' : '+'} call${total === 1 ? '' : 's'}`,
            ...calls.map(
              (call) =>
                `${call.id}  ${call.startedAt.slice(0, 16).replace('T', ' ')}  ${call.vendor}  ${call.externalId}  ${call.snippet ?? ''}`,
            ),
          ].join('\n'),
        )
        return EXIT.done

        function pageOf(from: string | null, wanted: number) {
          return ask('search', 'page', {
            query,
            sort: sort === 'relevance' ? 'relevance' : 'date',
            limit: Math.min(PAGE, Math.max(1, wanted)),
            cursor: from,
          })
        }
      }),
    )
}
