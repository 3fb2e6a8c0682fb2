import unhomoglyph from 'unhomoglyph';

/** What nobody sees: default-ignorable code points, white space, control characters, and the blank of braille. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\p{Cf}\u2800]/gu;
const kindPrefix = /^(?:person|service|user):/;

const plain = (text: string): string => text.normalize('NFKC').replace(invisible, '');
/** Upper case first, so that letters which share a capital are one (`ß` and `ss`, `ſ` and `s`, `ς` and `σ`, `ı` and `i`). */
const folded = (text: string): string =>
  plain(text)
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('i\u0307', 'i')
    .normalize('NFKC')
    .replace(kindPrefix, '');
/** The prototypes of a text's characters, as Unicode's table of confusables has them (TR 39), in lower case. */
const looks = (text: string): string => folded(unhomoglyph(text.normalize('NFD')));
/** Letters beyond ASCII as capitals: some look like another letter than their small form does (`Ν` like `N`, `ν` like `v`). */
const capitals = (text: string): string => text.replace(/[^\p{ASCII}]/gu, (letter) => letter.toUpperCase());

/** More rounds than any text needs: each round takes something away, or changes nothing. */
const mostRounds = 16;
const settled = (step: (text: string) => string, text: string): string => {
  let before = text;
  for (let round = 0; round < mostRounds; round += 1) {
    const after = step(before);
    if (after === before) break;
    before = after;
  }
  return before;
};

const keysOf = (name: string): readonly string[] => {
  const bare = plain(name);
  const small = settled(folded, bare);
  return [...new Set([small, ...[small, capitals(small), bare].map((text) => settled(looks, looks(text)))])];
};

/** The names of the newest callers: services compare a name with each request. */
const recent = new Map<string, readonly string[]>();
const mostRecent = 2000;

/**
 * The forms by which a name is compared where two people are needed. The first is the name after NFKC and case folding, without invisible characters and without a
 * kind in front (`person:`). The others are what the name looks like: its letters replaced by the prototypes of Unicode TR 39, as they are written, in small letters
 * and in capitals (`а` of Cyrillic and `a`, `Ν` of Greek and `N`, `I` and `l`). Two names that share any form count as one person. The forms are for refusing alone;
 * who somebody is and what they may do goes by the name byte for byte. A form may be empty.
 */
export const nameKeys = (name: string): readonly string[] => {
  const known = recent.get(name);
  if (known !== undefined) return known;
  const keys = keysOf(name);
  if (recent.size >= mostRecent) recent.clear();
  recent.set(name, keys);
  return keys;
};
