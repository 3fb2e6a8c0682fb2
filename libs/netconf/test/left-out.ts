import { describe, expect, it } from '@jest/globals';

/**
 * A suite that needs a program of the machine. Without the program, one test replaces the suite and
 * the reason is printed.
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
