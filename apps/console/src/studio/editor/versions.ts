/**
 * Returns the next patch version that no bundle has; undefined if `version` does not have three
 * numbers.
 */
export const freeVersion = (version: string, taken: readonly string[]): string | undefined => {
  const [, major, minor, patch] = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(version) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  for (let next = Number(patch) + 1; ; next += 1) {
    const free = `${major}.${minor}.${next}`;
    if (!taken.includes(free)) return free;
  }
};
