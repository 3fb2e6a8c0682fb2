/** 0 for a pure test, 1 for one on real parts, 2 for one of the whole stack. */
function rankOf(path) {
  if (/\.e2e\.spec\.[cm]?tsx?$/.test(path)) return 2;
  return /\.int\.spec\.[cm]?tsx?$/.test(path) ? 1 : 0;
}

/**
 * Orders suites. Pure ones, those on real parts, and those of the whole stack alternate evenly:
 * those on real parts often wait, and those of the whole stack need the processor. At each moment
 * the same part of each kind's seconds is over. Within each kind the longest come first, so that no
 * worker ends with a long one.
 * @template {{ path: string }} T
 * @param {readonly T[]} tests
 * @param {(path: string) => number} [secondsOf] the measured duration of a suite, 0 if unknown
 * @returns {T[]}
 */
export function inOrder(tests, secondsOf = () => 0) {
  const longestFirst = [...tests].sort(
    (a, b) => secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1),
  );
  const kinds = [0, 1, 2].map((rank) => longestFirst.filter(({ path }) => rankOf(path) === rank));
  const turns = kinds.flatMap((kind) => {
    const seconds = kind.map(({ path }) => Math.max(1, secondsOf(path)));
    const total = seconds.reduce((sum, one) => sum + one, 0);
    let before = 0;
    return kind.map((test, index) => {
      const at = before / total;
      before += seconds[index];
      return { test, at };
    });
  });
  return turns.sort((a, b) => a.at - b.at).map(({ test }) => test);
}
