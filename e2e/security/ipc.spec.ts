import { expect, openSample, test } from '../fixtures'
import { breakages, databaseProblems, fuzz, hushSystem, prepareWorld } from '../torture/ipc-fuzz'

/** A sample of `npm run torture:ipc`, which makes 100,000. */
const CALLS = 2000

test(`${CALLS} random calls from the page are answered or refused in form, nothing ends, and nothing is lost`, async ({
  launch,
  workspace,
}) => {
  test.setTimeout(180_000)
  const earmark = await launch()
  await hushSystem(earmark)
  await openSample(earmark.page)
  const { world, guarded } = await prepareWorld(earmark.page, workspace)
  const before = guarded.rows()
  const { tallies, problems } = await fuzz(earmark, world, { count: CALLS, seed: 20_260_329 })
  expect(problems).toEqual([])
  const all = [...tallies.values()]
  expect(all.reduce((sum, { calls }) => sum + calls, 0)).toBe(CALLS)
  // What is answered at all shows that the calls reach somebody.
  expect(tallies.get('valid')?.answered ?? 0).toBeGreaterThan(CALLS / 10)
  expect(tallies.get('no such name')?.answered).toBe(0)
  expect(await breakages(earmark)).toEqual([])
  await earmark.close()
  expect(databaseProblems(workspace)).toEqual([])
  expect(guarded.rows()).toEqual(before)
  expect(before).toHaveLength(50)
})
