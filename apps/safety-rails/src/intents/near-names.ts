/** The largest number of similar names returned, and of names compared. */
const mostReturned = 5;
const mostCompared = 1000;

const plain = (name: string): string => name.toLowerCase().replace(/[\s._-]+/g, '');

/**
 * How many letters may differ: one in a short name, up to three in a long one. Two swapped letters
 * count as two.
 */
const allowed = ({ length }: string): number => (length < 4 ? 1 : length < 9 ? 2 : 3);

/**
 * Returns the number of letters that are inserted, removed or changed between two texts
 * (Levenshtein).
 */
const distance = (a: string, b: string): number => {
  const others = [...b];
  let row = [...others.keys(), others.length];
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of others.entries())
      next.push(Math.min(next[j]! + 1, row[j + 1]! + 1, row[j]! + (letter === other ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
};

/**
 * Returns the names that resemble the given one, the most similar first: few letters differ, or one
 * begins with the other. Pure.
 */
export const nearNames = (name: string, names: Iterable<string>): readonly string[] => {
  const meant = plain(name);
  const most = allowed(meant);
  const found: { readonly other: string; readonly far: number }[] = [];
  let compared = 0;
  for (const other of new Set(names)) {
    compared += 1;
    if (compared > mostCompared) break;
    const is = plain(other);
    const begins = meant.length > 2 && is.length > 2 && (is.startsWith(meant) || meant.startsWith(is));
    const far = Math.abs(is.length - meant.length) > most ? Infinity : distance(meant, is);
    if (far <= most || begins) found.push({ other, far: Math.min(far, most + 1) });
  }
  return found
    .sort((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
    .slice(0, mostReturned)
    .map(({ other }) => other);
};
