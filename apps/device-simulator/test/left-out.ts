import { describe, expect, it } from '@jest/globals';

/**
 * A suite that needs an installed program. Without it, one test takes its place and prints the
 * reason.
 */
export const describeWith = (missing: string | undefined, title: string, suite: () => void): void => {
  if (missing === undefined) {
    describe(title, suite);
    return;
  }
  describe(title, () => {
    it(`is left out: ${missing} is not installed`, () => {
      process.stdout.write(`left out: ${title} (${missing} is not installed)\n`);
      expect(missing).not.toBe('');
    });
  });
};
