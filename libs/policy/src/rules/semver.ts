const pattern = /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$/;
export const versionSteps = ['major', 'minor', 'patch'] as const;
export type VersionStep = (typeof versionSteps)[number];

const parts = (version: string): readonly [bigint, bigint, bigint] => {
  const match = pattern.exec(version);
  if (match === null) throw new RangeError(`\`${version}\` is not of the form MAJOR.MINOR.PATCH`);
  return [BigInt(match[1]!), BigInt(match[2]!), BigInt(match[3]!)];
};

/**
 * Compares versions by precedence (semver 2.0.0, 11): below 0 if `a` comes first. Throws a
 * RangeError for an invalid version.
 */
export const compareVersions = (a: string, b: string): number => {
  const [one, other] = [parts(a), parts(b)];
  const i = one.findIndex((part, at) => part !== other[at]);
  if (i < 0) return 0;
  return one[i]! < other[i]! ? -1 : 1;
};

/**
 * Returns the next version by a step, e.g. `1.2.3` → `1.2.4`, `1.3.0`, `2.0.0`. Throws a RangeError
 * for an invalid version.
 */
export const nextVersion = (version: string, step: VersionStep): string => {
  const [major, minor, patch] = parts(version);
  switch (step) {
    case 'major':
      return `${major + 1n}.0.0`;
    case 'minor':
      return `${major}.${minor + 1n}.0`;
    case 'patch':
      return `${major}.${minor}.${patch + 1n}`;
  }
};

/**
 * True if `next` has a higher MAJOR than `previous`. Throws a RangeError for an invalid version.
 */
export const isMajorStep = (previous: string, next: string): boolean => parts(next)[0] > parts(previous)[0];
