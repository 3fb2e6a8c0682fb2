import type { SchemaNode } from '../bindings/check.js';
import { outerRange, widestRange } from '../bindings/leaf-value.js';
import { parseYang, type YangStatement } from './statements.js';

/** A module among YANG texts. `revision` is the latest; null where the text names none. */
type YangText = {
  readonly name: string;
  readonly revision: string | null;
  readonly namespace: string;
};

/** The schema that YANG texts make together. */
export type YangSchema = {
  readonly modules: readonly YangText[];
  /** The texts in their order, submodules among them, which have no namespace. */
  readonly texts: readonly YangText[];
  /** What the texts import or include, and is not among them. */
  readonly missing: readonly string[];
  /**
   * The data node at a path such as `/ietf-interfaces:interfaces/interface/ietf-ip:ipv4`; null
   * where there is none. Deviations are not applied.
   */
  readonly nodeAt: (path: string) => SchemaNode | null;
};

/** Where a statement is written: its module or submodule, and what may define names around it. */
type Scope = { readonly root: YangStatement; readonly around: readonly YangStatement[] };
/** A node as it stands in the data tree. */
type Placed = {
  readonly statement: YangStatement;
  /** The module of its namespace. */
  readonly module: string;
  readonly scope: Scope;
  /** `<module>:<name>` of each node on the way, choices and cases among them. */
  readonly way: readonly string[];
  /** What its `uses` adds to it by `refine` and `augment`, and what it adds to nodes below. */
  readonly added: readonly Addition[];
  readonly below: readonly Addition[];
  /** What encloses it is state. */
  readonly isState: boolean;
};
/** The children of a `refine` or an `augment` within a `uses`, for the node at its way. */
type Addition = {
  readonly way: readonly string[];
  readonly statement: YangStatement;
  readonly scope: Scope;
};

const dataNodes = new Set(['container', 'list', 'leaf', 'leaf-list', 'anydata', 'anyxml']);
/** Nodes of the schema that the data does not have. */
const passedThrough = new Set(['choice', 'case']);
/** The most nodes that are looked at for one path: groupings could multiply without end. */
const mostNodes = 200_000;

const all = ({ children }: YangStatement, keyword: string): readonly YangStatement[] =>
  children.filter((child) => child.keyword === keyword);
const said = (statement: YangStatement, keyword: string): string | undefined =>
  all(statement, keyword)[0]?.argument;

const builtIn: ReadonlySet<string> = new Set([
  ...['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'decimal64', 'string'],
  ...['boolean', 'enumeration', 'bits', 'binary', 'leafref', 'identityref', 'empty', 'union'],
  'instance-identifier',
]);

/** Throws RangeError for a text that is no YANG, or two modules of one name. */
export const yangSchema = (texts: readonly string[]): YangSchema => {
  const roots = texts.map(parseYang);
  for (const { argument } of roots)
    if (!/^[A-Za-z_][\w.-]{0,127}$/.test(argument)) throw new RangeError('the module has no name');
  const modules = new Map<string, YangStatement>();
  const submodules = new Map<string, YangStatement>();
  for (const root of roots) {
    const kind = root.keyword === 'module' ? modules : submodules;
    if (kind.has(root.argument)) throw new RangeError(`\`${root.argument}\` stands twice`);
    kind.set(root.argument, root);
  }
  /** The texts of a module: its own, and those of its submodules. */
  const textsOf = (module: string): readonly YangStatement[] => [
    ...(modules.has(module) ? [modules.get(module)!] : []),
    ...[...submodules.values()].filter((one) => said(one, 'belongs-to') === module),
  ];
  const moduleOf = (root: YangStatement): string =>
    root.keyword === 'module' ? root.argument : (said(root, 'belongs-to') ?? '');
  /** The module that a prefix names within a text; undefined for an unknown one. */
  const prefixed = (root: YangStatement, prefix: string): string | undefined => {
    const own = root.keyword === 'module' ? root : all(root, 'belongs-to')[0];
    if (own !== undefined && said(own, 'prefix') === prefix) return moduleOf(root);
    return all(root, 'import').find((one) => said(one, 'prefix') === prefix)?.argument;
  };
  const qualified = (root: YangStatement, name: string, here: string): readonly [string, string] => {
    const [prefix, local] = name.includes(':') ? (name.split(':', 2) as [string, string]) : [null, name];
    return [prefix === null ? here : (prefixed(root, prefix) ?? ''), local];
  };
  /** A grouping or typedef by its name, from the place where it is used. */
  const defined = (
    { root, around }: Scope,
    keyword: 'grouping' | 'typedef',
    name: string,
  ): { readonly statement: YangStatement; readonly scope: Scope } | undefined => {
    const [module, local] = qualified(root, name, moduleOf(root));
    const is = (one: YangStatement): boolean => one.keyword === keyword && one.argument === local;
    if (module === moduleOf(root))
      for (let depth = around.length; depth > 0; depth -= 1) {
        const statement = around[depth - 1]!.children.find(is);
        if (statement !== undefined) return { statement, scope: { root, around: around.slice(0, depth) } };
      }
    for (const text of textsOf(module)) {
      const statement = text.children.find(is);
      if (statement !== undefined) return { statement, scope: { root: text, around: [text] } };
    }
    return undefined;
  };
  let looked = 0;
  const within = (scope: Scope, statement: YangStatement): Scope => ({
    root: scope.root,
    around: [...scope.around, statement],
  });
  /** The nodes that a statement's children are, with those of its groupings. */
  const placedIn = (
    parent: YangStatement,
    scope: Scope,
    at: Pick<Placed, 'module' | 'way' | 'below' | 'isState'>,
    uses: readonly YangStatement[],
  ): readonly Placed[] =>
    parent.children.flatMap((child): readonly Placed[] => {
      looked += 1;
      if (looked > mostNodes) throw new RangeError('the modules have too many nodes');
      if (child.keyword === 'uses') {
        const grouping = defined(scope, 'grouping', child.argument);
        if (grouping === undefined || uses.includes(grouping.statement)) return [];
        const wayOf = (path: string): readonly string[] =>
          path.split('/').map((step) => {
            const [, name] = qualified(scope.root, step.trim(), at.module);
            return `${at.module}:${name}`;
          });
        const below = [
          ...at.below,
          ...[...all(child, 'refine'), ...all(child, 'augment')].map((statement) => ({
            way: wayOf(statement.argument),
            statement,
            scope: within(scope, statement),
          })),
        ];
        return placedIn(grouping.statement, within(grouping.scope, grouping.statement), { ...at, below }, [
          ...uses,
          grouping.statement,
        ]);
      }
      if (!dataNodes.has(child.keyword) && !passedThrough.has(child.keyword)) return [];
      const name = `${at.module}:${child.argument}`;
      const mine = at.below.filter(({ way }) => way[0] === name);
      const added = mine.filter(({ way }) => way.length === 1);
      const refined = added.flatMap(({ statement }) => all(statement, 'config'));
      const config = refined[0]?.argument ?? said(child, 'config');
      return [
        {
          statement: child,
          module: at.module,
          scope,
          way: [...at.way, name],
          added,
          below: mine.flatMap((one) => (one.way.length > 1 ? [{ ...one, way: one.way.slice(1) }] : [])),
          isState: at.isState || config === 'false',
        },
      ];
    });
  /** The statements that augment a node, with where they are written. */
  const augments = roots.flatMap((root) =>
    all(root, 'augment').map((statement) => ({
      statement,
      root,
      key: statement.argument
        .split('/')
        .slice(1)
        .map((step) => qualified(root, step.trim(), moduleOf(root)).join(':'))
        .join('/'),
    })),
  );
  const augmentsOf = (node: Placed): readonly Placed[] =>
    augments
      .filter(({ key }) => key === node.way.join('/'))
      .flatMap(({ statement, root }) =>
        placedIn(
          statement,
          { root, around: [root, statement] },
          { module: moduleOf(root), way: node.way, below: [], isState: node.isState },
          [],
        ),
      );
  const childrenOf = (node: Placed): readonly Placed[] =>
    [
      ...placedIn(node.statement, within(node.scope, node.statement), node, []),
      ...node.added.flatMap(({ statement, scope }) => placedIn(statement, scope, { ...node, below: [] }, [])),
      ...augmentsOf(node),
    ].flatMap((child) => (passedThrough.has(child.statement.keyword) ? childrenOf(child) : [child]));
  const topOf = (module: string): readonly Placed[] =>
    textsOf(module)
      .flatMap((root) =>
        placedIn(root, { root, around: [root] }, { module, way: [], below: [], isState: false }, []),
      )
      .flatMap((node) => (passedThrough.has(node.statement.keyword) ? childrenOf(node) : [node]));

  type Type = Pick<SchemaNode, 'type' | 'range' | 'enums'>;
  const typeOf = (scope: Scope, statement: YangStatement, depth = 0): Type => {
    const range = said(statement, 'range');
    const enums = all(statement, 'enum').map(({ argument }) => argument);
    const typedef = builtIn.has(statement.argument)
      ? undefined
      : defined(scope, 'typedef', statement.argument);
    const inner = typedef === undefined ? undefined : all(typedef.statement, 'type')[0];
    const base: Type =
      typedef === undefined || inner === undefined || depth > 32
        ? { type: builtIn.has(statement.argument) ? statement.argument : null, range: null, enums: [] }
        : typeOf(typedef.scope, inner, depth + 1);
    const wide = base.range ?? widestRange(base.type ?? '');
    return {
      type: base.type,
      range: range === undefined ? base.range : outerRange(range, wide),
      enums: enums.length > 0 ? enums : base.enums,
    };
  };
  const nodeOf = ({ statement, scope, added, isState }: Placed): SchemaNode => {
    const type = all(statement, 'type')[0];
    const refined = added.flatMap((one) =>
      one.statement.keyword === 'refine' ? one.statement.children : [],
    );
    const own = [...statement.children, ...refined];
    return {
      kind: statement.keyword,
      config: !isState,
      ...(type === undefined ? { type: null, range: null, enums: [] } : typeOf(scope, type)),
      presence: own.some((one) => one.keyword === 'presence'),
      keys: said(statement, 'key')?.trim().replace(/\s+/g, ' ') ?? null,
      rules: own.flatMap((one) => (one.keyword === 'when' || one.keyword === 'must' ? [one.argument] : [])),
    };
  };
  const nodeAt = (path: string): SchemaNode | null => {
    looked = 0;
    let module = '';
    let level: readonly Placed[] | null = null;
    let node: Placed | undefined;
    for (const step of path.split('/').slice(1)) {
      const [named, name] = step.includes(':') ? (step.split(':', 2) as [string, string]) : [module, step];
      module = named;
      level = level === null ? topOf(module) : childrenOf(node!);
      node = level.find((one) => one.module === module && one.statement.argument === name);
      if (node === undefined) return null;
    }
    return node === undefined ? null : nodeOf(node);
  };
  const textOf = (root: YangStatement): YangText => ({
    name: root.argument,
    revision:
      all(root, 'revision')
        .map(({ argument }) => argument)
        .sort()
        .at(-1) ?? null,
    namespace: said(root, 'namespace') ?? '',
  });
  return {
    modules: [...modules.values()].map(textOf),
    texts: roots.map(textOf),
    missing: [
      ...new Set(
        roots
          .flatMap((root) => [
            ...all(root, 'import').filter(({ argument }) => !modules.has(argument)),
            ...all(root, 'include').filter(({ argument }) => !submodules.has(argument)),
          ])
          .map(({ argument }) => argument),
      ),
    ],
    nodeAt,
  };
};
