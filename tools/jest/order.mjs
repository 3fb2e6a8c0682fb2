/** Pure tests first, then those on real parts, then the whole stack: the quickest answer comes first. */
export function rankOf(path) {
  if (/\.e2e\.spec\.[cm]?tsx?$/.test(path)) return 2;
  return /\.int\.spec\.[cm]?tsx?$/.test(path) ? 1 : 0;
}

/**
 * By rank, and within a rank what takes longest first, so that no worker is left with a long one at the end.
 * @template {{ path: string }} T
 * @param {readonly T[]} tests
 * @param {(path: string) => number} [secondsOf] what a suite took when it was measured, 0 where it was not
 * @returns {T[]}
 */
export function inOrder(tests, secondsOf = () => 0) {
  return [...tests].sort(
    (a, b) =>
      rankOf(a.path) - rankOf(b.path) || secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1),
  );
}
