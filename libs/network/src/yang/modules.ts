import { parseYang, type YangStatement } from './statements.js';

/** The enabled features by module. A module that is not listed has all of its features. */
export type YangFeatures = { readonly [module: string]: readonly string[] };

/** Returns the children of a statement with a keyword. */
export const all = ({ children }: YangStatement, keyword: string): readonly YangStatement[] =>
  children.filter((child) => child.keyword === keyword);

/** Returns the argument of the first child with a keyword. */
export const said = (statement: YangStatement, keyword: string): string | undefined =>
  all(statement, keyword)[0]?.argument;

/** YANG texts as modules that refer to each other by prefixes. */
export type ModuleSet = {
  readonly roots: readonly YangStatement[];
  readonly modules: ReadonlyMap<string, YangStatement>;
  readonly submodules: ReadonlyMap<string, YangStatement>;
  /** Returns the texts of a module: its own, and those of its submodules. */
  readonly textsOf: (module: string) => readonly YangStatement[];
  /** Returns the module that a text belongs to. */
  readonly moduleOf: (root: YangStatement) => string;
  /**
   * Returns module and local name of a name. The module is `here` without a prefix, and '' for an
   * unknown prefix.
   */
  readonly qualified: (root: YangStatement, name: string, here: string) => readonly [string, string];
  /** Returns the `if-feature` expressions of a statement, with modules instead of prefixes. */
  readonly conditionsOf: (root: YangStatement, statement: YangStatement) => readonly string[];
  /** True if the enabled features satisfy an expression of `conditionsOf`. */
  readonly isOn: (condition: string) => boolean;
  /** Returns `<module>:<name>` of each identity that is derived from all of the bases. */
  readonly derivedFrom: (bases: readonly string[]) => readonly string[];
};

const word = /[^\s()]+|[()]/g;

/** True if an `if-feature` expression (RFC 7950, 14) holds. Throws RangeError if it is invalid. */
const holds = (expression: string, isSupported: (feature: string) => boolean): boolean => {
  const tokens = expression.match(word) ?? [];
  let at = 0;
  const next = (): string => {
    const token = tokens[at];
    at += 1;
    if (token === undefined) throw new RangeError(`\`${expression.slice(0, 128)}\` is not a condition`);
    return token;
  };
  const term = (): boolean => {
    const token = next();
    if (token === 'not') return !term();
    if (token !== '(') return isSupported(token);
    const inner = either();
    if (next() !== ')') throw new RangeError(`\`${expression.slice(0, 128)}\` is not a condition`);
    return inner;
  };
  const both = (): boolean => {
    let value = term();
    while (tokens[at] === 'and') {
      at += 1;
      value = term() && value;
    }
    return value;
  };
  const either = (): boolean => {
    let value = both();
    while (tokens[at] === 'or') {
      at += 1;
      value = both() || value;
    }
    return value;
  };
  const value = either();
  if (at < tokens.length) throw new RangeError(`\`${expression.slice(0, 128)}\` is not a condition`);
  return value;
};

const operators = new Set(['and', 'or', 'not', '(', ')']);

/**
 * Parses YANG texts into a set. Throws RangeError for invalid YANG, or for two modules with the
 * same name.
 */
export const moduleSet = (texts: readonly string[], features: YangFeatures = {}): ModuleSet => {
  const roots = texts.map(parseYang);
  const modules = new Map<string, YangStatement>();
  const submodules = new Map<string, YangStatement>();
  for (const root of roots) {
    if (!/^[A-Za-z_][\w.-]{0,127}$/.test(root.argument)) throw new RangeError('the module has no name');
    const kind = root.keyword === 'module' ? modules : submodules;
    if (kind.has(root.argument)) throw new RangeError(`\`${root.argument}\` stands twice`);
    kind.set(root.argument, root);
  }
  const textsOf = (module: string): readonly YangStatement[] => [
    ...(modules.has(module) ? [modules.get(module)!] : []),
    ...[...submodules.values()].filter((one) => said(one, 'belongs-to') === module),
  ];
  const moduleOf = (root: YangStatement): string =>
    root.keyword === 'module' ? root.argument : (said(root, 'belongs-to') ?? '');
  /** Returns the module that a prefix names within a text; undefined if it is unknown. */
  const prefixed = (root: YangStatement, prefix: string): string | undefined => {
    const own = root.keyword === 'module' ? root : all(root, 'belongs-to')[0];
    if (own !== undefined && said(own, 'prefix') === prefix) return moduleOf(root);
    return all(root, 'import').find((one) => said(one, 'prefix') === prefix)?.argument;
  };
  const qualified = (root: YangStatement, name: string, here: string): readonly [string, string] => {
    const [prefix, local] = name.includes(':') ? (name.split(':', 2) as [string, string]) : [null, name];
    return [prefix === null ? here : (prefixed(root, prefix) ?? ''), local];
  };
  const conditionsOf = (root: YangStatement, statement: YangStatement): readonly string[] =>
    all(statement, 'if-feature').map(({ argument }) =>
      (argument.match(word) ?? [])
        .map((token) => (operators.has(token) ? token : qualified(root, token, moduleOf(root)).join(':')))
        .join(' '),
    );
  /** `seen` detects a feature that depends on itself, which counts as disabled. */
  const isSupported = (feature: string, seen: readonly string[]): boolean => {
    const [module, name] = feature.split(':') as [string, string];
    if (seen.includes(feature)) return false;
    for (const root of textsOf(module)) {
      const statement = all(root, 'feature').find(({ argument }) => argument === name);
      if (statement === undefined) continue;
      const on = features[module];
      return (
        (on === undefined || on.includes(name)) &&
        conditionsOf(root, statement).every((one) =>
          holds(one, (other) => isSupported(other, [...seen, feature])),
        )
      );
    }
    return false;
  };
  const bases = new Map<string, readonly string[]>();
  for (const root of roots)
    for (const identity of all(root, 'identity'))
      bases.set(
        `${moduleOf(root)}:${identity.argument}`,
        all(identity, 'base').map(({ argument }) => qualified(root, argument, moduleOf(root)).join(':')),
      );
  /** Returns every identity above one. */
  const above = (identity: string, found = new Set<string>()): ReadonlySet<string> => {
    for (const base of bases.get(identity) ?? [])
      if (!found.has(base)) {
        found.add(base);
        above(base, found);
      }
    return found;
  };
  return {
    roots,
    modules,
    submodules,
    textsOf,
    moduleOf,
    qualified,
    conditionsOf,
    isOn: (condition) => holds(condition, (feature) => isSupported(feature, [])),
    derivedFrom: (wanted) =>
      wanted.length === 0
        ? []
        : [...bases.keys()].filter((one) => wanted.every((base) => above(one).has(base))).toSorted(),
  };
};
