/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/** The last line of a test run.
 * @param {Counts} counts
 */
export function countingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * Counts of a run. A suite that failed without a failed test is one failure: it did not load, or
 * its clean-up failed.
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: readonly { numFailingTests: number, testExecError?: unknown, failureMessage?: string | null }[] }}
 *   results
 * @returns {Counts}
 */
export function countsOf(results) {
  const suites = results.testResults.filter(
    ({ numFailingTests, testExecError, failureMessage }) =>
      numFailingTests === 0 && Boolean(testExecError ?? failureMessage),
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + suites.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

/**
 * Suites with skipped tests, each with its reason: the text after `skipped:` in a title, if any.
 * @param {readonly { testFilePath: string, skipped?: boolean, testResults: readonly { status:
 * string, ancestorTitles: readonly string[], title: string }[] }[]} suites
 * @returns {{ file: string, count: number, reason: string }[]}
 */
export function skippedSuites(suites) {
  const found = [];
  for (const suite of suites) {
    const skipped = suite.testResults.filter(
      ({ status }) => status === 'pending' || status === 'todo' || status === 'disabled',
    );
    if (skipped.length === 0) continue;
    const titles = skipped.flatMap(({ ancestorTitles, title }) => [...ancestorTitles, title]);
    const reasons = new Set(
      titles.map((title) => /\bskipped: ([^)]+)/.exec(title)?.[1]).filter((reason) => reason !== undefined),
    );
    found.push({
      file: suite.testFilePath,
      count: skipped.length,
      reason: reasons.size > 0 ? [...reasons].join('; ') : 'no reason given',
    });
  }
  return found;
}
