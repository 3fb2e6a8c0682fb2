/** 0 for a pure test, 1 for one on real parts, 2 for one of the whole stack. */
export function rankOf(path) {
  if (/\.e2e\.spec\.[cm]?tsx?$/.test(path)) return 2;
  return /\.int\.spec\.[cm]?tsx?$/.test(path) ? 1 : 0;
}

/** What a suite counts for that was not measured, because it takes less than what is kept. */
const shortSeconds = 1;

/**
 * The suites of the whole stack come last, longest first, so that no worker is left with a long one at the end. What comes before them is mixed as evenly as
 * its seconds allow: pure suites and those on real parts, long ones and short ones. One that waits for its servers leaves the processor to one that computes.
 * @template {{ path: string }} T
 * @param {readonly T[]} tests
 * @param {(path: string) => number} [secondsOf] what a suite took when it was measured, 0 where it was not
 * @returns {T[]}
 */
export function inOrder(tests, secondsOf = () => 0) {
  const longestFirst = [...tests].sort(
    (a, b) => secondsOf(b.path) - secondsOf(a.path) || (a.path < b.path ? -1 : 1),
  );
  const kinds = Object.groupBy(longestFirst, ({ path }) =>
    rankOf(path) === 2 ? 'whole' : `${rankOf(path)} ${secondsOf(path) > 0 ? 'long' : 'short'}`,
  );
  const { whole = [], ...others } = kinds;
  const mixed = Object.values(others).flatMap((kind) => {
    const seconds = kind.map(({ path }) => secondsOf(path) || shortSeconds);
    const total = seconds.reduce((sum, each) => sum + each, 0);
    let before = 0;
    return kind.map((test, index) => ({ test, at: (before += seconds[index]) / total }));
  });
  return [
    ...mixed.sort((a, b) => a.at - b.at || (a.test.path < b.test.path ? -1 : 1)).map(({ test }) => test),
    ...whole,
  ];
}
