/** What nobody sees: default-ignorable code points, white space, control characters, and the blank of braille. */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Cc}\p{Cf}\u2800]/gu;
const kindPrefix = /^(?:person|service|user):/;

/** Upper case first, so that letters which share a capital are one (`ß` and `ss`, `ſ` and `s`, `ς` and `σ`, `ı` and `i`). */
const folded = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(invisible, '')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')
    .replaceAll('i\u0307', 'i')
    .normalize('NFKC')
    .replace(kindPrefix, '');

/**
 * A name as it is compared where two people are needed: after NFKC and case folding, without what is invisible and without a kind in front (`person:`).
 * It is for refusing alone; who somebody is and what they may do goes by the name byte for byte. Two names that read the same have one such form; it may be empty.
 */
export const foldedName = (name: string): string => {
  let before = name;
  for (let after = folded(before); after !== before; after = folded(before)) before = after;
  return before;
};
