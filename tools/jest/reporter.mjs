import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import process from 'node:process';

import { countingLine, countsOf, skippedSuites } from './counts.mjs';

/** Lists the skipped suites with their reason and prints the counting line; under `npm test` the runner prints it, last of all. */
export default class CountingReporter {
  constructor(globalConfig) {
    this.rootDir = globalConfig.rootDir;
  }

  onRunComplete(_contexts, results) {
    for (const { file, count, reason } of skippedSuites(results.testResults)) {
      process.stdout.write(`skipped: ${relative(this.rootDir, file)} (${count}): ${reason}\n`);
    }
    const counts = countsOf(results);
    const file = process.env.INTERLOCK_COUNTS;
    if (file === undefined) process.stdout.write(`${countingLine(counts)}\n`);
    else writeFileSync(file, JSON.stringify(counts));
  }
}
