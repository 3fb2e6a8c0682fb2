const width = 100;

/**
 * Breaks a text into lines of at most 100 characters, at spaces if there are any. Continuation
 * lines are indented by two more, but never beyond the middle.
 */
export const wrapped = (text: string, indent: number): readonly string[] => {
  const lines: string[] = [];
  let rest = text;
  let space = ' '.repeat(Math.min(indent, width / 2));
  while (rest.length > width - space.length) {
    const room = width - space.length;
    const at = rest.lastIndexOf(' ', room);
    const high = /[\uD800-\uDBFF]/.test(rest[room - 1]!) ? 1 : 0;
    const cut = at > room / 2 ? at : room - high;
    lines.push(space + rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
    space = ' '.repeat(Math.min(indent, width / 2) + 2);
  }
  return [...lines, (space + rest).trimEnd()];
};

/**
 * Formats XML with one element per line, indented by depth. It is for reading only: its white space
 * differs from what was sent.
 */
export const xmlLines = (xml: string): readonly string[] => {
  let depth = 0;
  return xml
    .trim()
    .split(/(?<=>)\s*(?=<)/)
    .map((piece) => {
      if (piece.startsWith('</')) depth -= 1;
      const line = '  '.repeat(Math.max(0, depth)) + piece;
      if (/^<[^/!?]/.test(piece) && !piece.endsWith('/>') && !/<\/[^>]*>$/.test(piece)) depth += 1;
      return line;
    });
};
