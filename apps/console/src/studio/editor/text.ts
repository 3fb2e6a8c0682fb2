import { findNodeAtLocation, modify, parseTree, type Edit, type Node, type ParseError } from 'jsonc-parser';
import { printParseErrorCode } from 'jsonc-parser';
import type { PatchStep } from '@interlock/policy';

/** A text change: `insert` replaces the text between two offsets. */
export type TextChange = { readonly from: number; readonly to: number; readonly insert: string };
type TextFault = { readonly from: number; readonly to: number; readonly message: string };
export type Parsed = {
  readonly value: unknown;
  readonly tree: Node | undefined;
  readonly faults: readonly TextFault[];
};

/** The largest request body that the server accepts, in bytes. */
export const mostBytes = 256 * 1024;
/** The deepest nesting of a text. A bundle has four levels, but its metadata may have more. */
export const mostDepth = 64;

const formatting = { formattingOptions: { insertSpaces: true, tabSize: 2, eol: '\n' } } as const;

/** Returns how deep brackets are nested outside strings. It stops counting above `limit`. */
export const depthOf = (text: string, limit = mostDepth): number => {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length && deepest <= limit; i += 1) {
    const sign = text[i];
    if (inString) {
      if (sign === '\\') i += 1;
      else if (sign === '"') inString = false;
    } else if (sign === '"') inString = true;
    else if (sign === '{' || sign === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (sign === '}' || sign === ']') depth -= 1;
  }
  return deepest;
};

/** Returns why a text must not be parsed; undefined if it may be. */
export const boundsFault = (text: string): string | undefined => {
  const bytes = text.length > mostBytes ? text.length : new TextEncoder().encode(text).length;
  if (bytes > mostBytes) return `The text has ${Math.ceil(bytes / 1024)} kB; the limit is 256 kB.`;
  if (depthOf(text) > mostDepth)
    return `The text is nested more than ${mostDepth} levels deep, which no bundle needs.`;
  return undefined;
};

const worded: { readonly [code: string]: string } = {
  InvalidSymbol: 'This is not a JSON value.',
  InvalidNumberFormat: 'This is not a JSON number.',
  PropertyNameExpected: 'A member name is missing here.',
  ValueExpected: 'A value is missing here.',
  ColonExpected: 'A colon is missing here.',
  CommaExpected: 'A comma is missing here.',
  CloseBraceExpected: 'A closing brace is missing.',
  CloseBracketExpected: 'A closing bracket is missing.',
  EndOfFileExpected: 'The document has ended before this.',
  InvalidCommentToken: 'JSON does not allow comments.',
  UnexpectedEndOfString: 'A string is not closed.',
  InvalidCharacter: 'A string holds a character that must be escaped.',
};

/**
 * Parses a text as strict JSON. Returns the value as far as it is readable, the syntax tree, and
 * the faults in words.
 */
export const parseText = (text: string): Parsed => {
  const bounds = boundsFault(text);
  if (bounds !== undefined)
    return { value: undefined, tree: undefined, faults: [{ from: 0, to: 0, message: bounds }] };
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const faults = errors.map(({ error, offset, length }): TextFault => ({
    from: Math.min(offset, text.length),
    to: Math.min(offset + length, text.length),
    message: worded[printParseErrorCode(error)] ?? 'This is not valid JSON.',
  }));
  if (faults.length > 0 || tree === undefined)
    return {
      value: undefined,
      tree,
      faults: faults.length > 0 ? faults : [{ from: 0, to: 0, message: 'The document is empty.' }],
    };
  try {
    return { value: JSON.parse(text), tree, faults: [] };
  } catch {
    return {
      value: undefined,
      tree,
      faults: [{ from: 0, to: text.length, message: 'This is not valid JSON.' }],
    };
  }
};

/** Splits a pointer like `/rules/3/conditions` into steps. Numbers are indexes of lists. */
export const stepsOf = (pointer: string): (string | number)[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^(0|[1-9]\d*)$/.test(step) ? Number(step) : step));

/** Returns the range of the value that a pointer names, or of its nearest existing ancestor. */
export const rangeOf = (tree: Node | undefined, pointer: string): { from: number; to: number } => {
  if (tree === undefined) return { from: 0, to: 0 };
  const steps = stepsOf(pointer);
  for (let count = steps.length; count >= 0; count -= 1) {
    const node = findNodeAtLocation(tree, steps.slice(0, count));
    if (node !== undefined) return { from: node.offset, to: node.offset + node.length };
  }
  return { from: 0, to: 0 };
};

/** Returns the index of the rule at an offset; undefined if no rule is there. */
export const ruleAtOffset = (tree: Node | undefined, offset: number): number | undefined => {
  const rules = tree === undefined ? undefined : findNodeAtLocation(tree, ['rules']);
  const at = rules?.children?.findIndex(
    (node) => node.offset <= offset && offset <= node.offset + node.length,
  );
  return at === undefined || at < 0 ? undefined : at;
};

const applied = (text: string, edits: readonly Edit[]): string =>
  edits
    .toSorted((a, b) => b.offset - a.offset)
    .reduce(
      (now, { offset, length, content }) => now.slice(0, offset) + content + now.slice(offset + length),
      text,
    );

/**
 * Sets the value that a pointer names and keeps the rest of the text. An undefined value removes
 * it. Returns text that is not valid JSON unchanged.
 */
export const withValue = (text: string, pointer: string, value: unknown): string =>
  parseText(text).faults.length > 0 ? text : applied(text, modify(text, stepsOf(pointer), value, formatting));

/** Inserts an item at an index of a list. */
export const withItem = (text: string, pointer: string, place: number, value: unknown): string => {
  if (parseText(text).faults.length > 0) return text;
  return applied(
    text,
    modify(text, [...stepsOf(pointer), place], value, { ...formatting, isArrayInsertion: true }),
  );
};

/** Applies the operations of a JSON Patch (add, replace, remove) one after another. */
export const patched = (text: string, patch: readonly PatchStep[]): string =>
  patch.reduce((now, step) => {
    if (step.op === 'remove') return withValue(now, step.path, undefined);
    const steps = stepsOf(step.path);
    const last = steps.at(-1);
    const list = /^(.*)\/(\d+|-)$/.exec(step.path)?.[1];
    if (step.op === 'add' && list !== undefined) {
      const { tree } = parseText(now);
      const around = tree === undefined ? undefined : findNodeAtLocation(tree, stepsOf(list));
      if (around?.type === 'array')
        return withItem(
          now,
          list,
          typeof last === 'number' ? last : (around.children?.length ?? 0),
          step.value,
        );
    }
    return withValue(now, step.path, step.value);
  }, text);

/**
 * Returns the smallest single change that turns one text into the other, so that selections outside
 * it keep their place. Returns undefined if the texts are equal.
 */
export const changeBetween = (before: string, after: string): TextChange | undefined => {
  if (before === after) return undefined;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
};

/** Formats JSON. A value that fits on one line stays on one line. */
const written = (value: unknown, indent = '', width = 96): string => {
  const plain = JSON.stringify(value) ?? 'null';
  const spaced = Array.isArray(value)
    ? `[${value.map((item) => written(item, '', Infinity)).join(', ')}]`
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length === 0
        ? '{}'
        : `{ ${Object.entries(value)
            .filter(([, item]) => item !== undefined)
            .map(([name, item]) => `${JSON.stringify(name)}: ${written(item, '', Infinity)}`)
            .join(', ')} }`
      : plain;
  if (indent.length + spaced.length <= width) return spaced;
  const inner = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((item) => `${inner}${written(item, inner, width)}`).join(',\n')}\n${indent}]`;
  if (typeof value === 'object' && value !== null)
    return `{\n${Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([name, item]) => `${inner}${JSON.stringify(name)}: ${written(item, inner, width)}`)
      .join(',\n')}\n${indent}}`;
  return plain;
};

const ruleMembers = [
  'id', 'agent', 'action', 'effect', 'priority', 'enabled', 'conditions', 'reason', 'budget', 'approvals_required', 'retry_after_s',
  'field', 'op', 'value', 'cost', 'compute',
]; // prettier-ignore
const placeOf = (name: string): number => {
  const place = ruleMembers.indexOf(name);
  return place === -1 ? ruleMembers.length : place;
};
/**
 * Returns the value with the members of objects in a fixed order. The database does not keep their
 * order.
 */
const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
      .map(([name, member]) => [name, ordered(member)]),
  );
};

/** Returns the initial text of a bundle in the editor. Equal content gives equal text. */
export const bundleText = ({
  version,
  rules,
  notes,
  metadata,
}: {
  readonly version: string;
  readonly rules: readonly object[];
  readonly notes: string;
  readonly metadata: object;
}): string =>
  `{\n  "version": ${JSON.stringify(version)},\n  "rules": [${
    rules.length === 0
      ? ''
      : `\n    ${rules.map((rule) => written(ordered(rule), '    ', 72)).join(',\n    ')}\n  `
  }],\n  "notes": ${JSON.stringify(notes)},\n  "metadata": ${written(ordered(metadata), '  ')}\n}\n`;
