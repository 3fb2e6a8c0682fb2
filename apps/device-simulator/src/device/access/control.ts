import {
  childElements,
  elementBuilder,
  isElement,
  MONITORING_NS,
  NETCONF_NS,
  NOTIFICATION_NS,
  rpcFault,
  textOf,
  type XmlElement,
  type XmlNode,
} from '@interlock/netconf';
import type { Model } from '../../models/model.js';
import type { Config } from '../configuration.js';
import { byIdentity } from '../edit.js';
import { EVENTS_NS } from '../events.js';
import { schemaFor, type SchemaNode } from '../schema.js';
import { counters, NACM_NS, type AccessOperation, type Counter } from './model.js';
import { concerns, rulesOf, type Asked, type Rules } from './rules.js';

const acm = elementBuilder(NACM_NS);

/** The operations that only an explicit rule permits (RFC 8341, 3.2.8). */
const deniedByDefault: ReadonlySet<string> = new Set(['kill-session', 'delete-config']);

const protocolModules: ReadonlyMap<string, string> = new Map([
  [NETCONF_NS, 'ietf-netconf'],
  [MONITORING_NS, 'ietf-netconf-monitoring'],
  [NOTIFICATION_NS, 'notifications'],
  [EVENTS_NS, 'ietf-netconf-notifications'],
]);

type NodeChange = { readonly operation: AccessOperation; readonly nodes: readonly XmlElement[] };

/** Returns every list entry and leaf that differs between two configurations. */
const changesBetween = (
  before: Config,
  after: Config,
  schema: readonly SchemaNode[],
  above: readonly XmlElement[] = [],
): NodeChange[] => {
  const [old, now] = [byIdentity(before, schema), byIdentity(after, schema)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((id): NodeChange[] => {
    const [a, b] = [old.get(id), now.get(id)];
    const element = (b ?? a)!;
    const node = schemaFor(schema, element);
    if (a === b || node === undefined) return [];
    const nodes = [...above, element];
    const operation = a === undefined ? 'create' : b === undefined ? 'delete' : 'update';
    if (node.kind === 'leaf' || node.kind === 'leaf-list')
      return a !== undefined && b !== undefined && textOf(a) === textOf(b) ? [] : [{ operation, nodes }];
    const below = changesBetween(
      a === undefined ? [] : childElements(a),
      b === undefined ? [] : childElements(b),
      node.children,
      nodes,
    );
    return node.kind === 'list' && operation !== 'update' ? [{ operation, nodes }, ...below] : below;
  });
};

/**
 * The access control of one device (RFC 8341): which users may run an operation, read and change
 * data, and receive events. A device without the model permits everything.
 */
export class AccessControl {
  readonly #model: Model;
  readonly #running: () => Config;
  readonly #moduleOf: ReadonlyMap<string, string>;
  readonly #namespaceOf: ReadonlyMap<string, string>;
  readonly #isOn: boolean;
  readonly #known = new WeakMap<Config, Rules>();
  readonly #denied = new Map<Counter, number>(counters.map((one) => [one, 0]));

  constructor(model: Model, running: () => Config) {
    this.#model = model;
    this.#running = running;
    this.#moduleOf = new Map([
      ...protocolModules,
      ...model.modules.map(({ namespace, name }) => [namespace, name] as const),
    ]);
    this.#namespaceOf = new Map(model.modules.map(({ namespace, name }) => [name, namespace] as const));
    this.#isOn = model.modules.some(({ namespace }) => namespace === NACM_NS);
  }

  /**
   * Checks that a user may run an operation.
   * @throws NetconfRpcError `access-denied`
   */
  assertMayRun(user: string, rpc: XmlElement): void {
    if (rpc.name === 'close-session') return;
    const asked: Asked = { operation: 'exec', module: this.#module(rpc), rpc: rpc.name };
    if (this.#permits(user, asked, (rules) => rules.permits.exec && !deniedByDefault.has(rpc.name))) return;
    this.#count('denied-operations');
    throw rpcFault('access-denied', `\`${user}\` may not run \`${rpc.name}\``, { type: 'protocol' });
  }

  /**
   * Checks that a user may make a change.
   * @throws NetconfRpcError `access-denied`, which names the first node that is not permitted
   */
  assertMayWrite(user: string, before: Config, after: Config): void {
    if (!this.#isOn || !this.#rules.enabled) return;
    for (const { operation, nodes } of changesBetween(before, after, this.#model.schema)) {
      if (this.#mayAccess(user, operation, nodes)) continue;
      this.#count('denied-data-writes');
      const path = nodes.map(({ name }) => `/${name}`).join('');
      throw rpcFault('access-denied', `\`${user}\` may not ${operation} \`${path}\``, { path });
    }
  }

  /** Returns the part of the data that a user may read. Everything else is left out silently. */
  readable(user: string, data: readonly XmlElement[]): readonly XmlElement[] {
    if (!this.#isOn || !this.#rules.enabled) return data;
    const prune = (element: XmlElement, above: readonly XmlElement[]): XmlElement[] => {
      const nodes = [...above, element];
      if (!this.#mayAccess(user, 'read', nodes)) return [];
      const children = element.children.flatMap((child): XmlNode[] =>
        isElement(child) ? prune(child, nodes) : [child],
      );
      return [{ ...element, children }];
    };
    return data.flatMap((one) => prune(one, []));
  }

  /** True if a user may receive an event. */
  mayReceive(user: string, event: XmlElement): boolean {
    const asked: Asked = { operation: 'read', module: this.#module(event), event: event.name };
    const may = this.#permits(user, asked, (rules) => rules.permits.read);
    if (!may) this.#count('denied-notifications');
    return may;
  }

  /** Returns the data with the counted refusals. */
  withCounters(data: readonly XmlElement[]): readonly XmlElement[] {
    if (!this.#isOn) return data;
    const counted = [...this.#denied].map(([name, count]) => acm(name, count));
    return data.map((one) =>
      one.namespace === NACM_NS ? { ...one, children: [...one.children, ...counted] } : one,
    );
  }

  get #rules(): Rules {
    const config = this.#running();
    const rules = this.#known.get(config) ?? rulesOf(config);
    this.#known.set(config, rules);
    return rules;
  }

  #module({ namespace }: XmlElement): string {
    return this.#moduleOf.get(namespace) ?? namespace;
  }

  #count(counter: Counter): void {
    this.#denied.set(counter, (this.#denied.get(counter) ?? 0) + 1);
  }

  #mayAccess(user: string, operation: AccessOperation, nodes: readonly XmlElement[]): boolean {
    const top = nodes[0]!;
    // The rules themselves are visible only to users whom a rule permits (`nacm:default-deny-all`).
    return this.#permits(user, { operation, module: this.#module(nodes.at(-1)!), nodes }, (rules) =>
      top.namespace === NACM_NS ? false : operation === 'read' ? rules.permits.read : rules.permits.write,
    );
  }

  #permits(user: string, asked: Asked, byDefault: (rules: Rules) => boolean): boolean {
    if (!this.#isOn) return true;
    const rules = this.#rules;
    if (!rules.enabled) return true;
    const rule = rules
      .of(user)
      .find((one) => concerns(one, asked, (module) => this.#namespaceOf.get(module)));
    return rule === undefined ? byDefault(rules) : rule.permits;
  }
}
