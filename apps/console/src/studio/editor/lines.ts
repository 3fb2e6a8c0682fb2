/**
 * Returns the numbers, from 1, of the lines that are not in the longest common subsequence with the
 * old text. In long texts, all lines between the first and the last difference count.
 */
export const changedLines = (before: string, after: string): readonly number[] => {
  if (before === after) return [];
  const [a, b] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end])
    end += 1;
  const [olds, news] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (olds.length * news.length > 250_000) return news.map((_, i) => start + i + 1);
  const width = news.length + 1;
  const common = new Uint32Array((olds.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = olds.length - 1; i >= 0; i -= 1)
    for (let j = news.length - 1; j >= 0; j -= 1)
      common[i * width + j] =
        olds[i] === news[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const changed: number[] = [];
  let i = 0;
  for (let j = 0; j < news.length;) {
    if (i < olds.length && olds[i] === news[j]) {
      i += 1;
      j += 1;
    } else if (i < olds.length && at(i + 1, j) >= at(i, j + 1)) i += 1;
    else {
      changed.push(start + j + 1);
      j += 1;
    }
  }
  return changed;
};
