/** Pure tests first, then those on real parts, then the whole stack: the quickest answer comes first. */
export function rankOf(path) {
  if (/\.e2e\.spec\.[cm]?tsx?$/.test(path)) return 2;
  return /\.int\.spec\.[cm]?tsx?$/.test(path) ? 1 : 0;
}

/**
 * @template {{ path: string }} T
 * @param {readonly T[]} tests
 * @returns {T[]}
 */
export function inOrder(tests) {
  return [...tests].sort((a, b) => rankOf(a.path) - rankOf(b.path) || (a.path < b.path ? -1 : 1));
}
