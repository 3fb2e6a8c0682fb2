/** What steers a terminal, or is not seen. */
const steering = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

/**
 * One line of text; what steers a terminal, or is not seen, as its escape, so that nobody is shown
 * anything else than what stands there.
 */
export const visible = (text: string): string => text.replace(steering, escaped);

/** A text of several lines, of which each is made `visible`. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** The colours that this program writes itself. */
const own = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;
const steeringInLines = /[^\P{Cc}\n\t]|[\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/**
 * A whole answer, of whatever it is made: lines and tabs stay, and colours where the screen has
 * them; whatever else steers a terminal stands as its escape. What may be told as a line of its own
 * has to be made `visible` before.
 */
export const harmless = (text: string, colour: boolean): string =>
  text
    .split(colour ? own : /(?!)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(steeringInLines, escaped)))
    .join('');
