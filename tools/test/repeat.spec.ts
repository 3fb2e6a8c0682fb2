import { describe, expect, it } from '@jest/globals';

import { Failure } from '../run/failure.mjs';
import { readRepeat, repeated } from '../run/repeat.mjs';

type Outcome = {
  readonly counts: { readonly passed: number; readonly failed: number; readonly skipped: number };
  readonly faults: readonly string[];
  readonly interrupted?: boolean;
};

describe('the option --repeat', () => {
  it('is taken out of the arguments, wherever and however it is written', () => {
    expect(readRepeat(['--repeat', '20', 'libs/kernel'])).toEqual({ times: 20, rest: ['libs/kernel'] });
    expect(readRepeat(['libs/kernel', '-t', 'x', '--repeat=3'])).toEqual({
      times: 3,
      rest: ['libs/kernel', '-t', 'x'],
    });
  });

  it('defaults to one run', () =>
    expect(readRepeat(['libs/kernel', '--bail'])).toEqual({ times: 1, rest: ['libs/kernel', '--bail'] }));

  it.each([
    [['--repeat']],
    [['--repeat', 'libs/kernel']],
    [['--repeat', '0']],
    [['--repeat=1.5']],
    [['--repeat', '-2']],
    [['--repeat=']],
  ])('is refused if it names no number of times: %j', (args) =>
    expect(() => readRepeat(args)).toThrow(Failure),
  );
});

describe('tests that are repeated', () => {
  const run = async (outcomes: readonly Outcome[]) => {
    const lines: string[] = [];
    let runs = 0;
    const result = await repeated(
      outcomes.length,
      async () => outcomes[runs++]!,
      (line: string) => lines.push(line),
    );
    return { ...result, told: lines, runs };
  };
  const good: Outcome = { counts: { passed: 4, failed: 0, skipped: 1 }, faults: [] };

  it('run to the last repetition despite failures, their counts are summed, and failed ones are named', async () => {
    const {
      counts,
      faults,
      told: lines,
      runs,
    } = await run([
      good,
      { counts: { passed: 3, failed: 1, skipped: 1 }, faults: [] },
      good,
      { counts: { passed: 0, failed: 0, skipped: 0 }, faults: ['jest did not end'] },
    ]);
    expect(runs).toBe(4);
    expect(counts).toEqual({ passed: 11, failed: 1, skipped: 3 });
    expect(faults).toEqual(['jest did not end (repetition 4)']);
    expect(lines).toContain('repetition 2 of 4 failed');
    expect(lines.at(-1)).toBe('2 of 4 repetitions failed: 2, 4');
  });

  it('end when somebody ends one of them', async () => {
    const {
      counts,
      faults,
      told: lines,
      runs,
    } = await run([
      good,
      { counts: { passed: 1, failed: 0, skipped: 0 }, faults: ['jest'], interrupted: true },
      good,
    ]);
    expect({ counts, faults, runs }).toEqual({
      counts: { passed: 5, failed: 0, skipped: 1 },
      faults: ['jest (repetition 2)'],
      runs: 2,
    });
    expect(lines.at(-1)).toBe('interrupted in repetition 2 of 3');
  });

  it('are reported as good if none failed', async () => {
    const { counts, faults, told: lines } = await run([good, good]);
    expect({ counts, faults }).toEqual({ counts: { passed: 8, failed: 0, skipped: 2 }, faults: [] });
    expect(lines).toEqual(['repetition 1 of 2', 'repetition 2 of 2', 'none of 2 repetitions failed']);
  });

  it('do not mention repetitions for a single run', async () => {
    const {
      counts,
      faults,
      told: lines,
    } = await run([{ counts: { passed: 1, failed: 2, skipped: 0 }, faults: ['jest'] }]);
    expect({ counts, faults, lines }).toEqual({
      counts: { passed: 1, failed: 2, skipped: 0 },
      faults: ['jest'],
      lines: [],
    });
  });
});
