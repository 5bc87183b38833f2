import { expect, test } from './fixtures'
import { broken } from './torture/soak-rounds'
import { soak } from './torture/soak-run'

test('use without a pause leaves nothing behind (a sample of "npm run soak")', async ({ launch }) => {
  test.setTimeout(180_000)
  const earmark = await launch()
  const samples = await soak(earmark, { minutes: 0.3, calls: 14, samples: 1, onSample: () => undefined })
  // Memory takes minutes to settle: the long form judges that.
  const problems = broken(samples.slice(0, 1), samples.slice(-1)).filter((one) => !/memory/i.test(one))
  expect(problems).toEqual([])
})
