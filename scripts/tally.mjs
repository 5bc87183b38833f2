/**
 * Counts tests from the runners' own machine-readable reports, so that a run of nothing cannot pass for a success.
 */

/** @typedef {{passed: number, failed: number, skipped: number, notes: string[]}} Tally */

/**
 * @param report vitest's JSON report, or null when it left none
 * @param exitCode of the runner
 * @returns {Tally}
 */
export function tallyVitest(report, exitCode) {
  if (!Array.isArray(report?.testResults)) return noReport()
  // A file that could not even be loaded reports no test of its own.
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  )
  return checked(
    {
      passed: report.numPassedTests,
      failed: report.numFailedTests + unloaded.length,
      skipped: report.numPendingTests + report.numTodoTests,
      notes: unloaded.map((file) => `${file.name} could not be run`),
    },
    exitCode,
  )
}

/**
 * @param report Playwright's JSON report, or null when it left none. A test that passed only when it was tried again
 * counts as failed.
 * @param exitCode of the runner
 * @returns {Tally}
 */
export function tallyPlaywright(report, exitCode) {
  if (typeof report?.stats?.expected !== 'number') return noReport()
  const { expected, unexpected, flaky, skipped } = report.stats
  const errors = report.errors ?? []
  return checked(
    {
      passed: expected,
      failed: unexpected + flaky + errors.length,
      skipped,
      notes: errors.map(
        (error) => String(error.message ?? error.value ?? 'error outside of a test').split('\n')[0],
      ),
    },
    exitCode,
  )
}

function noReport() {
  return { passed: 0, failed: 1, skipped: 0, notes: ['the runner left no report, which counts as a failure'] }
}

function checked(tally, exitCode) {
  if (tally.passed + tally.failed === 0) {
    return { ...tally, failed: 1, notes: ['no test ran, which counts as a failure'] }
  }
  if (exitCode !== 0 && tally.failed === 0) {
    return { ...tally, failed: 1, notes: [`the runner ended with ${exitCode}, which counts as a failure`] }
  }
  return tally
}

/** The closing line of a run. */
export function closingLine(tallies) {
  const sum = (what) => tallies.reduce((total, tally) => total + tally[what], 0)
  return `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`
}
