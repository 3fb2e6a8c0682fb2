/** Characters that control a terminal or are invisible. */
const steering = /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

/**
 * One line of text with control and invisible characters escaped, so that it shows exactly its
 * content.
 */
export const visible = (text: string): string => text.replace(steering, escaped);

/** A text of several lines, each made `visible`. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

/** The colours that this program writes itself. */
const own = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;
const steeringInLines = /[^\P{Cc}\n\t]|[\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;

/**
 * A whole answer: keeps lines and tabs, and colours if the screen has them; escapes other control
 * characters. Foreign text that must stay on one line has to be made `visible` first.
 */
export const harmless = (text: string, colour: boolean): string =>
  text
    .split(colour ? own : /(?!)/)
    .map((part, i) => (i % 2 === 1 ? part : part.replace(steeringInLines, escaped)))
    .join('');
