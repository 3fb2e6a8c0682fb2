/** 0 for a pure test, 1 for one on real parts, 2 for one of the whole stack. */
export function rankOf(path) {
  if (/\.e2e\.spec\.[cm]?tsx?$/.test(path)) return 2;
  return /\.int\.spec\.[cm]?tsx?$/.test(path) ? 1 : 0;
}

/**
 * The suites of the whole stack come last. Before them pure ones and those on real parts take
 * turns, evenly: one that waits for its servers leaves the processor to one that computes. Within
 * each kind what takes longest comes first, so that no worker is left with a long one at the end.
 * @template {{ path: string }} T
 * @param {readonly T[]} tests
 * @param {(path: string) => number} [secondsOf] what a suite took when it was measured, 0 where it
 *   was not
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
