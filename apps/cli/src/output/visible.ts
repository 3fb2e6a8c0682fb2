/** What steers a terminal, or is not seen. */
const steering = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

/** One line of text; what steers a terminal, or is not seen, as its escape, so that nobody is shown anything else than what stands there. */
export const visible = (text: string): string => text.replace(steering, escaped);

/** A text of several lines, of which each is made `visible`. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');
