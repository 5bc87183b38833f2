import { expect, it } from 'vitest'
import { seededRandom } from '../../e2e/vendors/calls'
import { BUILT_IN_DIALOGUES, readDialogues } from '../../e2e/vendors/dialogues'
import { locate } from './anchors'
import { anchorTurns, EDITS, type EditName, judge, makeTrial, type Verdict } from './testing-edits'

/** `EARMARK_DIALOGUES=FILE` measures with other dialogues, `EARMARK_LONG=1` 20 times as often. */
const FILE = process.env.EARMARK_DIALOGUES
const TRIALS = process.env.EARMARK_LONG === '1' ? 40_000 : 2_000

it('edited transcripts: an annotation is on its own words again or says that it is lost, and is as good as never elsewhere', async () => {
  const dialogues = (FILE ? await readDialogues(FILE, 2_000) : BUILT_IN_DIALOGUES).map(({ turns }) => turns)
  const random = seededRandom('anchors')
  const names = Object.keys(EDITS) as EditName[]
  const table = new Map<string, Record<Verdict, number>>()
  const count = (name: string, verdict: Verdict) => {
    const row = table.get(name) ?? { right: 0, lost: 0, gone: 0, wrong: 0 }
    row[verdict] += 1
    table.set(name, row)
  }
  const wrong: string[] = []
  for (let i = 0; i < TRIALS; i += 1) {
    const dialogue = dialogues[i % dialogues.length] ?? []
    const single = i % 2 === 0
    const chosen = Array.from(
      { length: single ? 1 : 2 + Math.floor(random() * 3) },
      () => names[Math.floor(random() * names.length)] ?? 'spaces',
    )
    const trial = makeTrial(dialogue, random, chosen)
    const now = anchorTurns(trial.turns)
    const found = locate(trial.anchor, now)
    const verdict = judge(trial, found)
    count(single ? (chosen[0] ?? '') : '2 to 4 of them', verdict)
    count('all', verdict)
    if (verdict === 'wrong')
      wrong.push(
        `${chosen.join(', ')}: “${trial.anchor.quote?.text ?? trial.anchor.turnText}” of turn ${trial.anchor.turnIndex} at ${found.turnIndex}, ${found.quoteStart}: ${now[found.turnIndex]?.text}`,
      )
  }
  const share = (n: number, of: number) => `${((100 * n) / of).toFixed(2)} %`
  console.table(
    Object.fromEntries(
      [...table].sort().map(([name, row]) => {
        const all = row.right + row.lost + row.gone + row.wrong
        return [
          name,
          {
            trials: all,
            right: share(row.right, all),
            gone: share(row.gone, all),
            lost: share(row.lost, all),
            wrong: share(row.wrong, all),
          },
        ]
      }),
    ),
  )
  if (process.env.EARMARK_LONG === '1') console.log(wrong.slice(0, 30).join('\n'))
  const all = table.get('all') ?? { right: 0, lost: 0, gone: 0, wrong: 0 }
  expect(all.wrong / TRIALS).toBeLessThan(0.005)
  expect(all.right / (all.right + all.lost)).toBeGreaterThan(0.9)
})
