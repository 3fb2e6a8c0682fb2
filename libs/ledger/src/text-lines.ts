const width = 100;

/** A text in lines of at most 100 characters, broken at spaces where there are any; what follows the first is indented two more. */
export const wrapped = (text: string, indent: number): readonly string[] => {
  const lines: string[] = [];
  let rest = text;
  let space = ' '.repeat(indent);
  while (rest.length > width - space.length) {
    const room = width - space.length;
    const at = rest.lastIndexOf(' ', room);
    const cut = at > room / 2 ? at : room;
    lines.push(space + rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
    space = ' '.repeat(indent + 2);
  }
  return [...lines, (space + rest).trimEnd()];
};

/** XML with one element a line, as deep as it is nested. Only for reading: white space in it is not what was sent. */
export const xmlLines = (xml: string): readonly string[] => {
  let depth = 0;
  return xml.split(/(?<=>)(?=<)/).map((piece) => {
    if (piece.startsWith('</')) depth -= 1;
    const line = '  '.repeat(Math.max(0, depth)) + piece;
    if (/^<[^/!?]/.test(piece) && !piece.endsWith('/>') && !/<\/[^>]*>$/.test(piece)) depth += 1;
    return line;
  });
};

/** A value on one line: texts as they are, everything else as JSON. */
export const shown = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value));

/** A hash, short enough to be compared by eye. */
export const short = (hash: string | null | undefined): string => (hash === null || hash === undefined || hash === '' ? 'none' : hash.slice(0, 12));
