import { SearchSort } from '@contract'
import type { Command } from 'commander'
import { wholeNumber } from '../numbers'
import { EXIT, usage } from '../output'
import { problemLines } from '../problem-lines'
import type { RunCommand } from '../session'

const PAGE = 200

const LANGUAGE = `
The query, as in the window's search box:
  refund money               both words      refund OR money          either
  "cancel my"                a phrase        hous*                    a beginning
  -voicemail                 without         (house OR flat) -sold    brackets
  NEAR(buy house, 5)         near each other speaker:caller refund    who said it
  status:completed sentiment:negative score:<70 duration:>5m date:last-7-days has:recording data.amount:>100
  talk:>60% silence:>30% monologue:>60s deadair:>5s has:deadair interruptions:>0 latency:>2s    how they talked
What could not be understood is told on stderr with its place, and left out.`

export function addSearch(program: Command, run: RunCommand): void {
  program
    .command('search')
    .argument(
      '[query]',
      'words, "phrases", prefix*, -without, OR, (…), NEAR(…), field:value; one that begins with "-" after --',
    )
    .description('find calls by what was said')
    .option(
      '--saved <name>',
      'a search that was saved in the window, instead of a query or together with one',
    )
    .option('--limit <n>', 'how many calls to print', wholeNumber(0, 1_000_000), 50)
    .option(
      '--sort <order>',
      'date (newest first), relevance, duration (longest first) or score (lowest first); default: that of --saved, else date',
    )
    .addHelpText('after', LANGUAGE)
    .action((typed: string | undefined, options: { limit: number; sort?: string; saved?: string }) =>
      run(async ({ ask, output }) => {
        if (typed === undefined && options.saved === undefined)
          throw usage('Give a query, or --saved NAME. An empty query ("") finds every call.')
        const given = SearchSort.safeParse(options.sort)
        if (options.sort !== undefined && !given.success)
          throw usage(`--sort is ${SearchSort.options.join(', ')}, not "${options.sort}".`)
        const saved = options.saved === undefined ? null : await savedNamed(options.saved)
        // Side by side they hold together; the brackets keep alternatives of one from the other.
        const query =
          saved === null ? (typed ?? '') : typed === undefined ? saved.query : `(${saved.query}) (${typed})`
        const sort = given.data ?? saved?.sort ?? 'date'
        let tookMs = 0
        let cursor: string | null = null
        const hits = []
        do {
          const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(cursor, options.limit - hits.length)
          tookMs += page.tookMs
          for (const problem of cursor === null ? page.problems : [])
            process.stderr.write(`${problemLines(query, problem)}\n`)
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
            sort,
            limit: Math.min(PAGE, Math.max(1, wanted)),
            cursor: from,
          })
        }

        async function savedNamed(name: string) {
          const { saved } = await ask('searches', 'list', {})
          const same = saved.find((one) => one.name.toLowerCase() === name.trim().toLowerCase())
          if (same) return same
          const names = saved.map((one) => `"${one.name}"`)
          throw usage(
            `There is no saved search "${name}". ${names.length === 0 ? 'None was saved yet: the window does that (Ctrl S).' : `There are: ${names.slice(0, 20).join(', ')}.`}`,
          )
        }
      }),
    )
}
