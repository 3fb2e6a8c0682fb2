import unhomoglyph from 'unhomoglyph';

/**
 * Invisible characters: default-ignorable code points, white space, control characters, and the
 * blank of braille.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\p{Cf}\u2800]/gu;
const kindPrefix = /^(?:person|service|user):/;

const plain = (text: string): string => text.normalize('NFKC').replace(invisible, '');
/**
 * Folds a text. It starts with upper case, so that letters with the same capital become equal: `ß`
 * and `ss`, `ſ` and `s`, `ς` and `σ`, `ı` and `i`.
 */
const folded = (text: string): string =>
  plain(text)
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('i\u0307', 'i')
    .normalize('NFKC')
    .replace(kindPrefix, '');
/**
 * Returns the prototypes of a text's characters, from Unicode's table of confusables (TR 39), in
 * lower case.
 */
const looks = (text: string): string => folded(unhomoglyph(text.normalize('NFD')));
/**
 * Converts letters beyond ASCII to capitals, because some capitals resemble another letter than
 * their small form does (`Ν` like `N`, `ν` like `v`).
 */
const capitals = (text: string): string => text.replace(/[^\p{ASCII}]/gu, (letter) => letter.toUpperCase());

/**
 * The largest number of rounds. It exceeds the need of any text, because each round removes
 * something or changes nothing.
 */
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

/** The names of recent callers, cached because services compare a name with each request. */
const recent = new Map<string, readonly string[]>();
const mostRecent = 2000;

/**
 * Returns the forms by which a name is compared when two people are needed. The first is the name
 * after NFKC and case folding, without invisible characters and without a leading kind (`person:`).
 * The others are its appearance, with the prototypes of Unicode TR 39: as written, in small letters
 * and in capitals. Examples of equal forms are Cyrillic `а` and `a`, Greek `Ν` and `N`, `I` and
 * `l`. Two names that share any form count as one person. The forms serve only to refuse; identity
 * and permissions use the name byte for byte. A form may be empty.
 */
export const nameKeys = (name: string): readonly string[] => {
  const known = recent.get(name);
  if (known !== undefined) return known;
  const keys = keysOf(name);
  if (recent.size >= mostRecent) recent.clear();
  recent.set(name, keys);
  return keys;
};
