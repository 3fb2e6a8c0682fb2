import { NetconfDataError } from './errors.js';
import type { XmlElement } from './xml/parse.js';
import { childElements, textOf } from './xml/tree.js';

/** One leaf that differs. `before` is missing for an added leaf, `after` for a removed one. */
export type ConfigDifference = {
  /**
   * Such as `/ran/cell[id='c1']/attributes/power`. A child in another namespace than its parent is
   * written `{namespace}name`.
   */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  readonly before?: string;
  readonly after?: string;
};

/** The children that are the keys of a list, by the list's `{namespace}name` or its local name. */
export type ListKeys = Readonly<Record<string, readonly string[]>>;

const step = (element: XmlElement, parentNamespace: string | undefined): string =>
  parentNamespace === undefined || element.namespace === parentNamespace
    ? element.name
    : `{${element.namespace}}${element.name}`;

const quoted = (value: string): string => (value.includes("'") ? `"${value}"` : `'${value}'`);

/** Longer paths are refused, so that a long key is not repeated for each of many leaves. */
const longestPath = 4096;

const shortened = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 200)}…`);

const keysOf = (keys: ListKeys, { namespace, name }: XmlElement): readonly string[] | undefined =>
  [`{${namespace}}${name}`, name].flatMap((id) => (Object.hasOwn(keys, id) ? [keys[id]!] : []))[0];

const keyedName = (base: string, keyNames: readonly string[], leaves: readonly XmlElement[]): string => {
  let id = base;
  for (const key of keyNames) {
    const found = leaves.find((leaf) => leaf.name === key);
    if (found !== undefined) id += `[${key}=${quoted(textOf(found).trim())}]`;
  }
  return id;
};

/**
 * Identifies siblings by the keys of a named list, else by the first leaf or the value, and then by
 * position.
 */
const identities = (
  elements: readonly XmlElement[],
  keys: ListKeys,
  parentNamespace: string | undefined,
  repeated: ReadonlySet<string>,
): Map<string, XmlElement> => {
  const found = new Map<string, XmlElement>();
  const alike = new Map<string, number>();
  for (const element of elements) {
    const base = step(element, parentNamespace);
    const leaves = childElements(element);
    const named = keysOf(keys, element);
    const isLeafList = repeated.has(base) && leaves.length === 0;
    const guessed = repeated.has(base) && leaves[0] !== undefined ? [leaves[0].name] : [];
    const id = isLeafList
      ? `${base}[.=${quoted(textOf(element))}]`
      : keyedName(base, named ?? guessed, leaves);
    const count = (alike.get(id) ?? 0) + 1;
    alike.set(id, count);
    if (count > 1 && named !== undefined)
      throw new NetconfDataError(`the list entry \`${shortened(id)}\` stands twice`);
    found.set(count === 1 ? id : `${id}[${count}]`, element);
  }
  return found;
};

const repeatedNames = (
  parentNamespace: string | undefined,
  ...lists: readonly (readonly XmlElement[])[]
): Set<string> => {
  const repeated = new Set<string>();
  for (const list of lists) {
    const seen = new Set<string>();
    for (const element of list) {
      const name = step(element, parentNamespace);
      if (seen.has(name)) repeated.add(name);
      seen.add(name);
    }
  }
  return repeated;
};

// Some servers print an empty container with a line break inside it.
const value = (element: XmlElement): string => {
  const text = textOf(element);
  return text.trim() === '' ? '' : text;
};

const compare = (
  path: string,
  a: XmlElement | undefined,
  b: XmlElement | undefined,
  keys: ListKeys,
  out: ConfigDifference[],
): void => {
  if (path.length > longestPath)
    throw new NetconfDataError(`the path \`${shortened(path)}\` is longer than ${longestPath} characters`);
  const own = (a ?? b)?.namespace;
  const left = a === undefined ? [] : childElements(a);
  const right = b === undefined ? [] : childElements(b);
  if (left.length === 0 && right.length === 0) {
    const before = a === undefined ? undefined : value(a);
    const after = b === undefined ? undefined : value(b);
    if (before === after) return;
    if (before === undefined) out.push({ path, kind: 'added', after: after ?? '' });
    else if (after === undefined) out.push({ path, kind: 'removed', before });
    else out.push({ path, kind: 'changed', before, after });
    return;
  }
  compareChildren(path, left, right, own, keys, out);
};

const compareChildren = (
  path: string,
  left: readonly XmlElement[],
  right: readonly XmlElement[],
  namespace: string | undefined,
  keys: ListKeys,
  out: ConfigDifference[],
): void => {
  const repeated = repeatedNames(namespace, left, right);
  const before = identities(left, keys, namespace, repeated);
  const after = identities(right, keys, namespace, repeated);
  for (const id of new Set([...before.keys(), ...after.keys()]))
    compare(`${path}/${id}`, before.get(id), after.get(id), keys, out);
};

/**
 * The leaves that differ between two configurations, in document order of `a`, then of `b`. `a` and
 * `b` are wrappers such as `data`, whose own names do not count. List entries are identified by
 * `keys`. In a list without `keys`, they are identified by their first leaf if either side has two
 * entries, and equal ones by their position. The order of siblings does not matter, and white space
 * alone counts as no text. The work is proportional to the size of both. With `namespace`,
 * top-level elements of other namespaces are written `{namespace}name`.
 * @throws NetconfDataError if a key of a list of `keys` occurs twice, or a path is longer than 4096
 * characters
 */
export const diffConfig = (
  a: XmlElement,
  b: XmlElement,
  keys: ListKeys = {},
  namespace?: string,
): ConfigDifference[] => {
  const out: ConfigDifference[] = [];
  compareChildren('', childElements(a), childElements(b), namespace, keys, out);
  return out;
};
