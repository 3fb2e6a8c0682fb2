/** A statement of a YANG text (RFC 7950, 6.3). */
export type YangStatement = {
  readonly keyword: string;
  /** The argument; '' if the statement has none. */
  readonly argument: string;
  readonly children: readonly YangStatement[];
};

/** The deepest nesting of statements that is read. */
const deepest = 64;
const token =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|([{};+])|"((?:[^"\\]|\\[\s\S])*)"|'([^']*)'|((?:[^\s{};"'/]|\/(?![/*]))+)/y;

type Token = { readonly mark: string | null; readonly text: string; readonly quoted: boolean };

const escapes: { readonly [mark: string]: string } = { n: '\n', t: '\t', '"': '"', '\\': '\\' };

const tokensOf = (source: string): readonly Token[] => {
  const tokens: Token[] = [];
  let at = 0;
  while (at < source.length) {
    token.lastIndex = at;
    const match = token.exec(source);
    if (match === null) throw new RangeError(`line ${source.slice(0, at).split('\n').length} is not YANG`);
    const [, mark, double, single, bare] = match;
    if (mark !== undefined) tokens.push({ mark, text: mark, quoted: false });
    else if (double !== undefined)
      tokens.push({
        mark: null,
        text: double.replace(/\\([nt"\\])/g, (_, one: string) => escapes[one]!),
        quoted: true,
      });
    else if (single !== undefined) tokens.push({ mark: null, text: single, quoted: true });
    else if (bare !== undefined) tokens.push({ mark: null, text: bare, quoted: false });
    at = token.lastIndex;
  }
  return tokens;
};

/**
 * Reads the module or submodule statement of a YANG text. Throws RangeError if the text is invalid.
 */
export const parseYang = (source: string): YangStatement => {
  const tokens = tokensOf(source);
  let at = 0;
  const refuse = (detail: string): never => {
    throw new RangeError(detail);
  };
  const argument = (): string => {
    const first = tokens[at];
    if (first === undefined || first.mark === '{' || first.mark === ';') return '';
    let text = first.text;
    at += 1;
    while (tokens[at]?.mark === '+' && first.quoted && tokens[at + 1]?.quoted === true) {
      text += tokens[at + 1]!.text;
      at += 2;
    }
    return text;
  };
  const statement = (depth: number): YangStatement => {
    const keyword = tokens[at];
    if (keyword === undefined || keyword.mark !== null || keyword.quoted)
      return refuse(`\`${keyword?.text.slice(0, 64) ?? 'the end'}\` is not a keyword`);
    if (depth > deepest) return refuse(`statements are nested deeper than ${deepest}`);
    at += 1;
    const text = argument();
    const end = tokens[at]?.mark;
    at += 1;
    if (end === ';') return { keyword: keyword.text, argument: text, children: [] };
    if (end !== '{') return refuse(`\`${keyword.text} ${text.slice(0, 64)}\` does not end`);
    const children: YangStatement[] = [];
    while (tokens[at] !== undefined && tokens[at]!.mark !== '}') children.push(statement(depth + 1));
    if (tokens[at] === undefined) return refuse(`\`${keyword.text} ${text.slice(0, 64)}\` does not end`);
    at += 1;
    return { keyword: keyword.text, argument: text, children };
  };
  const root = statement(1);
  if (at < tokens.length || !/^(sub)?module$/.test(root.keyword)) return refuse('is not one YANG module');
  return root;
};
