import { writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';
import process from 'node:process';

import { countingLine, countsOf, skippedSuites } from './counts.mjs';
import { writeDurations } from './durations.mjs';

/**
 * Lists the skipped suites with their reason and prints the counting line; under `npm test` the
 * runner prints it last. A whole run with `INTERLOCK_RECORD_DURATIONS=1` records the long suites'
 * durations for the order of later runs.
 */
export default class CountingReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    for (const { file, count, reason } of skippedSuites(results.testResults)) {
      process.stdout.write(`skipped: ${relative(this.rootDir, file)} (${count}): ${reason}\n`);
    }
    if (process.env.INTERLOCK_RECORD_DURATIONS === '1') {
      writeDurations(
        results.testResults.map(({ testFilePath, perfStats }) => ({
          path: relative(this.rootDir, testFilePath).replaceAll(sep, '/'),
          ms: perfStats.runtime,
        })),
      );
    }
    const counts = countsOf(results);
    const file = process.env.INTERLOCK_COUNTS;
    if (file === undefined) process.stdout.write(`${countingLine(counts)}\n`);
    else writeFileSync(file, JSON.stringify(counts));
  }
}
