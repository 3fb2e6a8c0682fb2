import { readFileSync } from 'node:fs';

/**
 * The points where a process can be killed, by `<category> <event>` or `<service> probe <name>`,
 * with the suites that kill there, or why none needs to.
 */
export type CrashPoints = {
  readonly suites: { readonly [name: string]: string };
  readonly points: {
    readonly [point: string]: { readonly killed_by: readonly string[]; readonly why_not?: string };
  };
};

/**
 * The checked-in table of crash points. Suites that kill processes take their points from it, so a
 * point without a test fails.
 */
export const crashPoints = (): CrashPoints =>
  JSON.parse(
    readFileSync(new URL('../../../fixtures/crash-points.json', import.meta.url), 'utf8'),
  ) as CrashPoints;

/** The sorted points at which a suite kills. Throws if the table does not know the suite. */
export const crashPointsOf = (suite: string): readonly string[] => {
  const { suites, points } = crashPoints();
  if (suites[suite] === undefined) throw new Error(`the table of crash points knows no suite \`${suite}\``);
  return Object.entries(points)
    .filter(([, { killed_by }]) => killed_by.includes(suite))
    .map(([point]) => point)
    .sort();
};
