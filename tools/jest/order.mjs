/** 0 for a pure test, 1 for one on real parts, 2 for one of the whole stack. */
export function rankOf(path) {
  if (/\.e2e\.spec\.[cm]?tsx?$/.test(path)) return 2;
  return /\.int\.spec\.[cm]?tsx?$/.test(path) ? 1 : 0;
}

/**
 * Orders suites. Those of the whole stack come last. Before them, pure suites and suites on real
 * parts alternate evenly, because the latter often wait for their servers. Within each kind the
 * longest come first, so that no worker ends with a long one.
 * @template {{ path: string }} T
 * @param {readonly T[]} tests
 * @param {(path: string) => number} [secondsOf] the measured duration of a suite, 0 if unknown
 * @returns {T[]}
 */
export function inOrder(tests, secondsOf = () => 0) {
  const longestFirst = [...tests].sort(
    (a, b) => secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1),
  );
  const [pure = [], real = [], whole = []] = [0, 1, 2].map((rank) =>
    longestFirst.filter(({ path }) => rankOf(path) === rank),
  );
  const turns = [pure, real].flatMap((kind) =>
    kind.map((test, index) => ({ test, at: (index + 1) / kind.length })),
  );
  return [...turns.sort((a, b) => a.at - b.at).map(({ test }) => test), ...whole];
}
