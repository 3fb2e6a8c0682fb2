import type { SchemaNode } from '../bindings/check.js';
import { outerRange, widestRange } from '../bindings/leaf-value.js';
import { all, moduleSet, said, type YangFeatures } from './modules.js';
import type { YangStatement } from './statements.js';
import type { YangSchema, YangText } from './yang-schema.js';

/**
 * Where a statement is written: its module or submodule, and the statements around it that may
 * define names.
 */
type Scope = { readonly root: YangStatement; readonly around: readonly YangStatement[] };
type Scoped = { readonly statement: YangStatement; readonly scope: Scope };
/** A node in the data tree. */
type Placed = {
  readonly statement: YangStatement;
  /** The module of its namespace. */
  readonly module: string;
  readonly scope: Scope;
  /** `<module>:<name>` of each node on the way, including choices and cases. */
  readonly way: readonly string[];
  /**
   * The changes that its `uses` makes to it by `refine` and `augment`; `below` are those to nodes
   * below.
   */
  readonly added: readonly Addition[];
  readonly below: readonly Addition[];
  /** Whether an enclosing node is state. */
  readonly isState: boolean;
  /** The conditions of the node and of all nodes above it. */
  readonly features: readonly string[];
  /** The `when` of the `uses` and of the `augment` from which it comes. */
  readonly when: readonly string[];
  readonly above: readonly string[];
};
/** The children of a `refine` or an `augment` within a `uses`, for the node at its way. */
type Addition = Scoped & { readonly way: readonly string[] };
/** A deviation's property, with the place where it is written. */
type Deviated = Scoped & { readonly deviate: string };

const dataNodes = new Set(['container', 'list', 'leaf', 'leaf-list', 'anydata', 'anyxml']);
/** Schema nodes that do not appear in the data. */
const passedThrough = new Set(['choice', 'case']);
/** The most nodes that are visited for one path, because groupings could multiply without end. */
const mostNodes = 200_000;
/** The longest chain of typedefs, or of leafrefs to leafrefs. */
const longestChain = 32;

const builtIn: ReadonlySet<string> = new Set([
  ...['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'decimal64', 'string'],
  ...['boolean', 'enumeration', 'bits', 'binary', 'leafref', 'identityref', 'empty', 'union'],
  'instance-identifier',
]);

const argumentsOf = (
  statements: readonly YangStatement[],
  ...keywords: readonly string[]
): readonly string[] =>
  statements.flatMap(({ keyword, argument }) => (keywords.includes(keyword) ? [argument] : []));

/**
 * Returns the absolute path of a leafref's target, from the data steps of the leaf; null if it
 * leads above the top.
 */
const targetPath = (
  path: string,
  from: readonly string[],
  qualify: (step: string) => string,
): string | null => {
  const steps = path
    .replace(/\[[^\]]*\]/g, '')
    .split('/')
    .map((step) => step.trim());
  let at = steps[0] === '' ? [] : [...from];
  for (const step of steps) {
    if (step === '..') {
      if (at.length === 0) return null;
      at = at.slice(0, -1);
    } else if (step !== '' && step !== '.') at.push(qualify(step));
  }
  return `/${at.join('/')}`;
};

/**
 * Reads YANG texts (RFC 7950). Throws RangeError for invalid YANG, or for two modules with the same
 * name.
 */
export const yangSchema = (texts: readonly string[], on: YangFeatures = {}): YangSchema => {
  const set = moduleSet(texts, on);
  const { roots, modules, submodules, textsOf, moduleOf, qualified } = set;
  /** Returns a grouping or typedef by its name, as visible from the place where it is used. */
  const defined = (
    { root, around }: Scope,
    keyword: 'grouping' | 'typedef',
    name: string,
  ): Scoped | undefined => {
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
  const wayOf = (root: YangStatement, path: string): string =>
    path
      .split('/')
      .slice(1)
      .map((step) => qualified(root, step.trim(), moduleOf(root)).join(':'))
      .join('/');
  /** The properties that deviations add or remove, by the way of their node. */
  const deviations = new Map<string, Deviated[]>();
  for (const root of roots)
    for (const deviation of all(root, 'deviation')) {
      const way = wayOf(root, deviation.argument);
      const scope = { root, around: [root] };
      for (const { argument: deviate, children } of all(deviation, 'deviate'))
        deviations.set(way, [
          ...(deviations.get(way) ?? []),
          ...(deviate === 'not-supported' ? [deviation] : children).map((statement) => ({
            deviate,
            statement,
            scope,
          })),
        ]);
    }
  /** Returns the properties of a node: its own and refined ones, after deviations. */
  const propertiesOf = ({
    statement,
    scope,
    added,
    way,
  }: Pick<Placed, 'statement' | 'scope' | 'added' | 'way'>) => {
    const refined = added.flatMap((one) => (one.statement.keyword === 'refine' ? [one] : []));
    const own: readonly Scoped[] = [{ statement, scope }, ...refined].flatMap((one) =>
      one.statement.children.map((child) => ({ statement: child, scope: one.scope })),
    );
    const refinesConfig = refined.some((one) => said(one.statement, 'config') !== undefined);
    const kept = own.filter(
      (one) =>
        !refinesConfig || one.statement.keyword !== 'config' || !statement.children.includes(one.statement),
    );
    return (deviations.get(way.join('/')) ?? []).reduce<readonly Scoped[]>((so, { deviate, ...one }) => {
      const { keyword, argument } = one.statement;
      if (deviate === 'delete')
        return so.filter(
          (other) => other.statement.keyword !== keyword || other.statement.argument !== argument,
        );
      return deviate === 'replace'
        ? [...so.filter((other) => other.statement.keyword !== keyword), one]
        : [...so, one];
    }, kept);
  };
  const rulesOf = (node: Placed): readonly string[] => [
    ...node.when,
    ...argumentsOf(
      propertiesOf(node).map(({ statement }) => statement),
      'when',
      'must',
    ),
  ];
  let looked = 0;
  const within = (scope: Scope, statement: YangStatement): Scope => ({
    root: scope.root,
    around: [...scope.around, statement],
  });
  type Around = Pick<Placed, 'module' | 'way' | 'below' | 'isState' | 'features' | 'when' | 'above'>;
  /** Returns the nodes that a statement's children define, including those of its groupings. */
  const placedIn = (
    parent: YangStatement,
    scope: Scope,
    at: Around,
    uses: readonly YangStatement[],
  ): readonly Placed[] =>
    parent.children.flatMap((child): readonly Placed[] => {
      looked += 1;
      if (looked > mostNodes) throw new RangeError('the modules have too many nodes');
      const conditions = set.conditionsOf(scope.root, child);
      const features = [...at.features, ...conditions];
      if (child.keyword === 'uses') {
        const grouping = defined(scope, 'grouping', child.argument);
        if (grouping === undefined || uses.includes(grouping.statement)) return [];
        if (!conditions.every(set.isOn)) return [];
        const below = [
          ...at.below,
          ...[...all(child, 'refine'), ...all(child, 'augment')].map((statement) => ({
            way: statement.argument
              .split('/')
              .map((step) => `${at.module}:${qualified(scope.root, step.trim(), at.module)[1]}`),
            statement,
            scope: within(scope, statement),
          })),
        ];
        const when = [...at.when, ...argumentsOf(child.children, 'when')];
        return placedIn(
          grouping.statement,
          within(grouping.scope, grouping.statement),
          { ...at, below, features, when },
          [...uses, grouping.statement],
        );
      }
      if (!dataNodes.has(child.keyword) && !passedThrough.has(child.keyword)) return [];
      const name = `${at.module}:${child.argument}`;
      const way = [...at.way, name];
      const mine = at.below.filter((one) => one.way[0] === name);
      const added = mine.filter((one) => one.way.length === 1);
      const refined = added.flatMap((one) => set.conditionsOf(one.scope.root, one.statement));
      const deviated = deviations.get(way.join('/')) ?? [];
      if (![...conditions, ...refined].every(set.isOn)) return [];
      if (deviated.some(({ deviate }) => deviate === 'not-supported')) return [];
      const config = argumentsOf(
        propertiesOf({ statement: child, scope, added, way }).map(({ statement }) => statement),
        'config',
      ).at(-1);
      return [
        {
          statement: child,
          module: at.module,
          scope,
          way,
          added,
          below: mine.flatMap((one) => (one.way.length > 1 ? [{ ...one, way: one.way.slice(1) }] : [])),
          isState: at.isState || config === 'false',
          features: [...features, ...refined],
          when: at.when,
          above: at.above,
        },
      ];
    });
  /** The statements that augment a node, with the place where they are written. */
  const augments = roots.flatMap((root) =>
    all(root, 'augment').map((statement) => ({ statement, root, key: wayOf(root, statement.argument) })),
  );
  /** Returns the nodes that an `augment` adds below a node. */
  const augmentedBy = (statement: YangStatement, scope: Scope, at: Around): readonly Placed[] => {
    const conditions = set.conditionsOf(scope.root, statement);
    return conditions.every(set.isOn)
      ? placedIn(
          statement,
          scope,
          {
            ...at,
            below: [],
            features: [...at.features, ...conditions],
            when: [...at.when, ...argumentsOf(statement.children, 'when')],
          },
          [],
        )
      : [];
  };
  const childrenOf = (node: Placed): readonly Placed[] => {
    const at: Around = { ...node, when: [], above: [...node.above, ...rulesOf(node)] };
    return [
      ...placedIn(node.statement, within(node.scope, node.statement), at, []),
      ...node.added.flatMap(({ statement, scope }) => augmentedBy(statement, scope, at)),
      ...augments
        .filter(({ key }) => key === node.way.join('/'))
        .flatMap(({ statement, root }) =>
          augmentedBy(statement, { root, around: [root, statement] }, { ...at, module: moduleOf(root) }),
        ),
    ].flatMap((child) => (passedThrough.has(child.statement.keyword) ? childrenOf(child) : [child]));
  };
  const topOf = (module: string): readonly Placed[] =>
    textsOf(module)
      .flatMap((root) =>
        placedIn(
          root,
          { root, around: [root] },
          { module, way: [], below: [], isState: false, features: [], when: [], above: [] },
          [],
        ),
      )
      .flatMap((node) => (passedThrough.has(node.statement.keyword) ? childrenOf(node) : [node]));

  type Type = Pick<SchemaNode, 'type' | 'range' | 'enums'> & {
    readonly bases: readonly string[];
    readonly target: { readonly path: string; readonly root: YangStatement; readonly here: string } | null;
  };
  /**
   * Returns the type of a leaf. `here` is the module of names without a prefix in a leafref's path.
   */
  const typeOf = (scope: Scope, statement: YangStatement, here: string, depth = 0): Type => {
    const range = said(statement, 'range');
    const enums = all(statement, 'enum').map(({ argument }) => argument);
    const bases = all(statement, 'base').map(({ argument }) =>
      qualified(scope.root, argument, moduleOf(scope.root)).join(':'),
    );
    const path = said(statement, 'path');
    const typedef = builtIn.has(statement.argument)
      ? undefined
      : defined(scope, 'typedef', statement.argument);
    const inner = typedef === undefined ? undefined : all(typedef.statement, 'type')[0];
    const base: Type =
      typedef === undefined || inner === undefined || depth > longestChain
        ? {
            type: builtIn.has(statement.argument) ? statement.argument : null,
            range: null,
            enums: [],
            bases: [],
            target: null,
          }
        : typeOf(typedef.scope, inner, moduleOf(typedef.scope.root), depth + 1);
    const wide = base.range ?? widestRange(base.type ?? '');
    return {
      type: base.type,
      range: range === undefined ? base.range : outerRange(range, wide),
      enums: enums.length > 0 ? enums : base.enums,
      bases: bases.length > 0 ? bases : base.bases,
      target: path === undefined ? base.target : { path, root: scope.root, here },
    };
  };
  const typeAt = (node: Placed): Type | null => {
    const type = propertiesOf(node).findLast(({ statement }) => statement.keyword === 'type');
    return type === undefined ? null : typeOf(type.scope, type.statement, node.module);
  };
  type Found = { readonly node: Placed; readonly steps: readonly string[] };
  const find = (path: string): Found | null => {
    looked = 0;
    let module = '';
    let found = null as Found | null;
    for (const step of path.split('/').slice(1)) {
      const [named, name] = step.includes(':') ? (step.split(':', 2) as [string, string]) : [module, step];
      module = named;
      const level: readonly Placed[] = found === null ? topOf(module) : childrenOf(found.node);
      const node = level.find((one) => one.module === module && one.statement.argument === name);
      if (node === undefined) return null;
      found = { node, steps: [...(found?.steps ?? []), `${module}:${name}`] };
    }
    return found;
  };
  /** Returns the built-in type of the leaf that a leafref points to; null if there is none. */
  const targetType = ({ steps }: Found, { target }: Type, depth: number): string | null => {
    if (target === null || depth > longestChain) return null;
    const path = targetPath(target.path, steps, (step) =>
      qualified(target.root, step, target.here).join(':'),
    );
    const leaf = path === null ? null : find(path);
    const type = leaf === null ? null : typeAt(leaf.node);
    return type?.type === 'leafref' ? targetType(leaf!, type, depth + 1) : (type?.type ?? null);
  };
  const nodeAt = (path: string): SchemaNode | null => {
    const found = find(path);
    if (found === null) return null;
    const { node } = found;
    const properties = propertiesOf(node).map(({ statement }) => statement);
    const type = typeAt(node);
    return {
      kind: node.statement.keyword,
      config: !node.isState,
      type: type?.type ?? null,
      range: type?.range ?? null,
      enums: type?.enums ?? [],
      target: type?.type === 'leafref' ? targetType(found, type, 0) : null,
      presence: properties.some((one) => one.keyword === 'presence'),
      keys: argumentsOf(properties, 'key')[0]?.trim().replace(/\s+/g, ' ') ?? null,
      rules: rulesOf(node),
    };
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
    contextAt: (path) => {
      const node = find(path)?.node;
      return node === undefined
        ? null
        : {
            features: node.features,
            rules_above: node.above,
            identities: set.derivedFrom(typeAt(node)?.bases ?? []),
          };
    },
  };
};
