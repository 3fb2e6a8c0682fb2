/**
 * Leaf values by path, e.g. `/ran/cell[id='c1']/attributes/administrativeState` → `UNLOCKED`. A
 * child in another namespace than its parent is written `{namespace}name`. So is a top-level
 * element outside the binding's own namespace.
 */
export type Leaves = { readonly [path: string]: string };

/**
 * One leaf to write. `null` removes it, so that the device's default applies again. If the leaf is
 * the key of a list entry, the whole entry is removed.
 */
export type LeafEdit = { readonly path: string; readonly value: string | null };

type Step = {
  /** The namespace; null for that of the parent. */
  readonly namespace: string | null;
  readonly name: string;
  readonly keys: readonly (readonly [string, string])[];
};
type Node = {
  readonly namespace: string | null;
  readonly name: string;
  readonly keys: readonly (readonly [string, string])[];
  readonly children: Map<string, Node>;
  value: string | undefined;
  removed: boolean;
};

const netconfNamespace = 'urn:ietf:params:xml:ns:netconf:base:1.0';
const stepPattern = /\/(?:\{([^{}]+)\})?([A-Za-z_][\w.-]*)((?:\[[A-Za-z_][\w.-]*=(?:'[^']*'|"[^"]*")\])*)/y;
const keyPattern = /\[([A-Za-z_][\w.-]*)=(?:'([^']*)'|"([^"]*)")\]/g;

/** Returns a key's value in suitable quotes. Throws RangeError if it contains both kinds. */
export const quoteKey = (value: string): string => {
  if (!value.includes("'")) return `'${value}'`;
  if (!value.includes('"')) return `"${value}"`;
  throw new RangeError('a key with both kinds of quotes has no path');
};

/** Fills the names into a path template: `fillPath("/ran/cell[id={cell}]", { cell: 'c1' })`. */
export const fillPath = (template: string, names: { readonly [name: string]: string }): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) =>
    names[name] === undefined ? whole : quoteKey(names[name]),
  );

/** Returns the leaves at or below any of these paths. */
export const leavesUnder = (leaves: Leaves, paths: readonly string[]): Leaves => {
  const own = new Set(paths);
  const above = paths.map((one) => `${one}/`);
  return Object.fromEntries(
    Object.entries(leaves).filter(([path]) => own.has(path) || above.some((one) => path.startsWith(one))),
  );
};

/**
 * Returns the steps of a leaf path; undefined if it has another form. Devices have leaves in list
 * entries that only their value or position names, and in entries whose keys cannot be quoted.
 */
export const leafSteps = (path: string): readonly Step[] | undefined => {
  const steps: Step[] = [];
  let at = 0;
  while (at < path.length) {
    stepPattern.lastIndex = at;
    const match = stepPattern.exec(path);
    if (match === null) return undefined;
    steps.push({
      namespace: match[1] ?? null,
      name: match[2]!,
      keys: [...match[3]!.matchAll(keyPattern)].map((key) => [key[1]!, key[2] ?? key[3] ?? ''] as const),
    });
    at = stepPattern.lastIndex;
  }
  return steps;
};

/** Parses a leaf path. Throws RangeError if it is invalid. */
export const parseLeafPath = (path: string): readonly Step[] => {
  const steps = leafSteps(path);
  if (steps === undefined) throw new RangeError(`\`${path}\` is not a leaf path`);
  if (steps.length === 0) throw new RangeError('a leaf path is not empty');
  return steps;
};

/** Returns text as XML content. Throws RangeError for a character that XML 1.0 cannot contain. */
const escapeText = (text: string): string => {
  if (!/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u.test(text))
    throw new RangeError('a value holds a character that XML cannot carry');
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
};

const escapeAttribute = (text: string): string => escapeText(text).replaceAll('"', '&quot;');

const identityPattern = /^\{([^{}]+)\}(.+)$/;

/** Writes the text of a leaf or key. An identity of another namespace gets its own prefix. */
const textElement = (
  name: string,
  namespace: string,
  text: string,
  { identities, within }: Around,
): string => {
  const [, other, local] = identities.has(`{${within}}${name}`) ? (identityPattern.exec(text) ?? []) : [];
  return other === undefined || local === undefined
    ? `<${name}${namespace}>${escapeText(text)}</${name}>`
    : `<${name}${namespace} xmlns:id="${escapeAttribute(other)}">id:${escapeText(local)}</${name}>`;
};

/** The surroundings of an element. `within` is the namespace of the enclosing element. */
type Around = { readonly identities: ReadonlySet<string>; readonly within: string };

const write = (node: Node, root: string | null, around: Around): string => {
  const namespace = node.namespace ?? root;
  const own = { ...around, within: namespace ?? around.within };
  const open = `${node.name}${namespace === null ? '' : ` xmlns="${escapeAttribute(namespace)}"`}`;
  const removal = ` xmlns:nc="${netconfNamespace}" nc:operation="remove"`;
  if (node.removed) return `<${open}${removal}/>`;
  const keys = node.keys.map(([name, value]) => textElement(name, '', value, own)).join('');
  const isKey = (child: Node): boolean => node.keys.some(([name]) => name === child.name);
  const children = [...node.children.values()];
  if (children.some((child) => child.removed && isKey(child)))
    return `<${open}${removal}>${keys}</${node.name}>`;
  if (node.value !== undefined) return textElement(node.name, open.slice(node.name.length), node.value, own);
  return `<${open}>${keys}${children
    .filter((child) => !isKey(child))
    .map((child) => write(child, null, own))
    .join('')}</${node.name}>`;
};

/**
 * Returns the content of `<config>` that writes these leaves by merge. `namespace` applies to
 * top-level elements whose path names none. The result is one tree with each list entry once, keys
 * first, and leaves in the given order. It never removes a container, and removes a list entry only
 * by its key. `identities` lists the leaves and keys that name an identity, as `{namespace}name`.
 * Their text is `name` in the leaf's namespace, else `{namespace}name`.
 */
export const editXml = (
  namespace: string,
  edits: readonly LeafEdit[],
  identities: ReadonlySet<string> = new Set(),
): string => {
  const roots = new Map<string, Node>();
  for (const edit of edits) {
    let level = roots;
    let node: Node | undefined;
    for (const step of parseLeafPath(edit.path)) {
      const id = JSON.stringify([step.namespace, step.name, step.keys]);
      node = level.get(id) ?? {
        namespace: step.namespace,
        name: step.name,
        keys: step.keys,
        children: new Map(),
        value: undefined,
        removed: false,
      };
      level.set(id, node);
      level = node.children;
    }
    if (edit.value === null) node!.removed = true;
    else node!.value = edit.value;
  }
  return [...roots.values()]
    .map((root) => write(root, namespace, { identities, within: namespace }))
    .join('');
};
