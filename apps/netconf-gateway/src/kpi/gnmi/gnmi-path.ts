import { cutText } from '@interlock/kernel';
import type { PathElem, SentElem } from './messages.js';

/** Stands for the cell's id in a key of a path. */
const cellMark = '$cell';

/** The next step of a path: its name, and the text behind the name. */
const stepPattern = /^\/([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)/;
/** A key. A `]` or `\` in its value is escaped by `\`. */
const keyPattern = /^\[([A-Za-z_][\w.:-]*)=((?:[^\]\\]|\\[\]\\])+)\]/;

const withoutModule = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * The steps of a path such as `/cells/cell[id=$cell]/state/latency`. Returns what is wrong with a
 * path that has no such form, or whose keys do not mark the cell exactly once.
 */
export const parsePath = (
  text: string,
): { readonly elems: readonly PathElem[] } | { readonly fault: string } => {
  const elems: PathElem[] = [];
  let rest = text;
  while (rest !== '') {
    const step = stepPattern.exec(rest);
    if (step === null) return { fault: `cannot be read at \`${cutText(rest, 40)}\`` };
    rest = rest.slice(step[0].length);
    const key: Record<string, string> = {};
    for (let found = keyPattern.exec(rest); found !== null; found = keyPattern.exec(rest)) {
      key[found[1]!] = found[2]!.replaceAll(/\\([\]\\])/g, '$1');
      rest = rest.slice(found[0].length);
    }
    elems.push(Object.keys(key).length === 0 ? { name: step[1]! } : { name: step[1]!, key });
  }
  const values = elems.flatMap(({ key }) => Object.values(key ?? {}));
  if (values.filter((value) => value === cellMark).length !== 1)
    return { fault: `marks one key with \`${cellMark}\`` };
  if (values.includes('*')) return { fault: `has no key \`*\`: only \`${cellMark}\` stands for any value` };
  return { elems };
};

/** The path that asks for one cell, or for every cell (null). */
export const pathFor = (elems: readonly PathElem[], cell: string | null): readonly PathElem[] =>
  elems.map(({ name, key }) =>
    key === undefined
      ? { name }
      : {
          name,
          key: Object.fromEntries(
            Object.entries(key).map(([of, value]) => [of, value === cellMark ? (cell ?? '*') : value]),
          ),
        },
  );

/** The cell that an answered path is about; undefined if it is another path. */
export const cellIn = (elems: readonly PathElem[], answered: readonly SentElem[]): string | undefined => {
  if (answered.length !== elems.length) return undefined;
  let cell: string | undefined;
  for (const [i, { name, key = {} }] of elems.entries()) {
    const { name: itsName = '', key: itsKey = {} } = answered[i]!;
    if (withoutModule(itsName) !== withoutModule(name)) return undefined;
    // A key that the path leaves out stands for any entry, so an answer with it is one of several.
    if (Object.keys(itsKey).length !== Object.keys(key).length) return undefined;
    for (const [of, value] of Object.entries(key)) {
      if (value === cellMark) cell = itsKey[of];
      else if (itsKey[of] !== value) return undefined;
    }
  }
  return cell;
};

/**
 * True if a deleted path contains the leaf of a cell. A key or a name that the deleted path leaves
 * open contains every value. INVARIANT: in doubt it contains the leaf, because a value that no
 * longer exists must not count.
 */
export const contains = (deleted: readonly SentElem[], elems: readonly PathElem[], cell: string): boolean => {
  const leaf = pathFor(elems, cell);
  for (const [i, { name = '*', key = {} }] of deleted.entries()) {
    if (name === '...') return true;
    const own = leaf[i];
    if (own === undefined) return false;
    if (name !== '*' && withoutModule(name) !== withoutModule(own.name)) return false;
    for (const [of, value] of Object.entries(key))
      if (value !== '*' && own.key?.[of] !== undefined && own.key[of] !== value) return false;
  }
  return true;
};
