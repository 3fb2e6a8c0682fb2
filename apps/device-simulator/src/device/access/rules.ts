import { childElements, childText, elementAt, textOf, type XmlElement } from '@interlock/netconf';
import type { Config } from '../configuration.js';
import { NACM_NS, type AccessOperation } from './model.js';

type Step = {
  readonly prefix: string;
  readonly name: string;
  readonly keys: readonly (readonly [string, string])[];
};

/** A rule (RFC 8341, 3.4) about operations, events, data or all of them. */
type Rule = {
  readonly module: string;
  readonly rpc: string | undefined;
  readonly event: string | undefined;
  readonly path: readonly Step[] | undefined;
  readonly prefixes: Readonly<Record<string, string>>;
  readonly operations: string;
  readonly permits: boolean;
};

/** The access rules in a configuration. */
export type Rules = {
  readonly enabled: boolean;
  readonly permits: { readonly read: boolean; readonly write: boolean; readonly exec: boolean };
  /** Returns the rules for a user, in order. */
  readonly of: (user: string) => readonly Rule[];
};

/** The subject of a check: a node with those above it, an operation, or an event. */
export type Asked = {
  readonly operation: AccessOperation;
  readonly module: string;
  readonly rpc?: string;
  readonly event?: string;
  readonly nodes?: readonly XmlElement[];
};

const step = /\/(?:([\w.-]+):)?([\w.-]+)((?:\[(?:[\w.-]+:)?[\w.-]+\s*=\s*(?:'[^']*'|"[^"]*")\])*)/y;
const predicate = /\[(?:[\w.-]+:)?([\w.-]+)\s*=\s*(?:'([^']*)'|"([^"]*)")\]/g;

/** Returns the steps of an instance-identifier. An invalid one matches nothing. */
const stepsOf = (path: string): readonly Step[] | null => {
  const steps: Step[] = [];
  let at = 0;
  while (at < path.length) {
    step.lastIndex = at;
    const match = step.exec(path);
    if (match === null) return null;
    const keys = [...match[3]!.matchAll(predicate)].map(
      ([, key, single, double]) => [key!, single ?? double ?? ''] as const,
    );
    steps.push({ prefix: match[1] ?? '', name: match[2]!, keys });
    at = step.lastIndex;
  }
  return steps;
};

const ruleOf = (element: XmlElement): Rule => {
  const path = childElements(element, 'path')[0];
  const steps = path === undefined ? undefined : stepsOf(textOf(path).trim());
  return {
    module: childText(element, 'module-name') ?? '*',
    rpc: childText(element, 'rpc-name'),
    event: childText(element, 'notification-name'),
    path: steps === null ? [] : steps,
    prefixes: path?.prefixes ?? {},
    operations: childText(element, 'access-operations') ?? '*',
    permits: childText(element, 'action') === 'permit',
  };
};

/**
 * Returns the rules of a running configuration. Without any rules, reads and operations are
 * permitted.
 */
export const rulesOf = (config: Config): Rules => {
  const nacm = config.find(({ name, namespace }) => name === 'nacm' && namespace === NACM_NS);
  const said = (name: string): string | undefined => (nacm === undefined ? undefined : childText(nacm, name));
  const groups = nacm === undefined ? undefined : elementAt(nacm, 'groups');
  const lists = nacm === undefined ? [] : childElements(nacm, 'rule-list');
  const known = new Map<string, readonly Rule[]>();
  const forUser = (user: string): readonly Rule[] => {
    const mine = new Set(
      (groups === undefined ? [] : childElements(groups, 'group')).flatMap((group) =>
        childElements(group, 'user-name').some((one) => textOf(one).trim() === user)
          ? [childText(group, 'name') ?? '']
          : [],
      ),
    );
    // A user in no group gets the defaults only (RFC 8341, 3.4.4, step 4).
    if (mine.size === 0) return [];
    return lists
      .filter((list) =>
        childElements(list, 'group').some((one) => ['*', ...mine].includes(textOf(one).trim())),
      )
      .flatMap((list) => childElements(list, 'rule').map(ruleOf));
  };
  return {
    enabled: said('enable-nacm') !== 'false',
    permits: {
      read: said('read-default') !== 'deny',
      write: said('write-default') === 'permit',
      exec: said('exec-default') !== 'deny',
    },
    of: (user) => {
      const rules = known.get(user) ?? forUser(user);
      known.set(user, rules);
      return rules;
    },
  };
};

const isNode = (
  { prefix, name, keys }: Step,
  node: XmlElement | undefined,
  namespaces: (prefix: string) => string | undefined,
): boolean =>
  node?.name === name &&
  (namespaces(prefix) ?? node.namespace) === node.namespace &&
  keys.every(([key, value]) => childText(node, key) === value);

/**
 * True for a rule that applies to the subject. A data rule applies to its node and to everything
 * below it.
 */
export const concerns = (
  rule: Rule,
  { operation, module, rpc, event, nodes }: Asked,
  namespaceOf: (module: string) => string | undefined,
): boolean => {
  if (rule.module !== '*' && rule.module !== module) return false;
  if (rule.operations !== '*' && !rule.operations.split(/\s+/).includes(operation)) return false;
  const isOpen = rule.rpc === undefined && rule.event === undefined && rule.path === undefined;
  if (isOpen) return true;
  if (rpc !== undefined) return rule.rpc === '*' || rule.rpc === rpc;
  if (event !== undefined) return rule.event === '*' || rule.event === event;
  const { path } = rule;
  return (
    nodes !== undefined &&
    path !== undefined &&
    path.length > 0 &&
    path.every((one, i) => isNode(one, nodes[i], (prefix) => rule.prefixes[prefix] ?? namespaceOf(prefix)))
  );
};
