import { describe, expect, it } from 'vitest'
import { closingLine, tallyPlaywright, tallyVitest } from './tally.mjs'

const vitest = (changes) => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...changes,
})
const playwright = (stats, errors = []) => ({
  stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0, ...stats },
  errors,
})

describe('counting tests', () => {
  it('takes the numbers of both runners as they are', () => {
    expect(tallyVitest(vitest({}), 0)).toEqual({ passed: 3, failed: 0, skipped: 2, notes: [] })
    expect(tallyPlaywright(playwright({ expected: 4, skipped: 1 }), 0)).toEqual({
      passed: 4,
      failed: 0,
      skipped: 1,
      notes: [],
    })
  })

  it('counts a runner without a report as a failure', () => {
    for (const report of [null, {}, { stats: {} }]) {
      expect(tallyVitest(report, 0).failed).toBe(1)
      expect(tallyPlaywright(report, 0).failed).toBe(1)
    }
  })

  it('counts a run of no test as a failure, skipped ones or not', () => {
    expect(tallyVitest(vitest({ numPassedTests: 0, testResults: [] }), 0).failed).toBe(1)
    expect(tallyPlaywright(playwright({ skipped: 9 }), 0).failed).toBe(1)
  })

  it('counts a test file that could not be loaded as a failure', () => {
    const broken = { name: 'b.test.ts', status: 'failed', assertionResults: [] }
    expect(tallyVitest(vitest({ testResults: [broken] }), 1)).toMatchObject({
      failed: 1,
      notes: ['b.test.ts could not be run'],
    })
  })

  it('counts a failing runner as a failure even when every test passed', () => {
    expect(tallyVitest(vitest({}), 1).failed).toBe(1)
    expect(tallyPlaywright(playwright({ expected: 2 }), 1).failed).toBe(1)
  })

  it('counts what passed only at the second try, and errors outside of tests, as failures', () => {
    expect(tallyPlaywright(playwright({ expected: 2, flaky: 1 }), 0).failed).toBe(1)
    expect(tallyPlaywright(playwright({ expected: 2 }, [{ message: 'no browser\nstack' }]), 1)).toMatchObject(
      {
        failed: 1,
        notes: ['no browser'],
      },
    )
  })

  it('closes with one line that sums all stages', () => {
    const stages = [
      { passed: 1, failed: 0, skipped: 0 },
      { passed: 10, failed: 2, skipped: 3 },
    ]
    expect(closingLine(stages)).toBe('11 passed, 2 failed, 3 skipped')
  })
})
