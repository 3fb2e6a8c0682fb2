import {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementBuilder,
  MONITORING_NS,
  NETCONF_NS,
  okReply,
  rpcFault,
  type ServerReply,
  type XmlElement,
} from '@interlock/netconf';
import type { Config, Configuration, Lockable } from './configuration.js';
import { applyEdit } from './edit.js';
import { filterSubtree } from './filter.js';
import { schemaText } from './monitoring.js';
import { ranKeys, ranSchema } from './schema.js';

/** What an operation may touch of its device. */
export type OperationContext = {
  readonly session: number;
  readonly configuration: Configuration;
  /** State for `get`, without the configuration. */
  readonly state: () => readonly XmlElement[];
  /** Ends another session; false when there is none of that id. */
  readonly kill: (session: number) => boolean;
  /** Called before a commit: `noop` answers ok and changes nothing. */
  readonly beforeCommit: () => 'go' | 'noop';
};

type Handler = (rpc: XmlElement, context: OperationContext) => ServerReply;

const nc = elementBuilder(NETCONF_NS);
const mon = elementBuilder(MONITORING_NS);
const DEFAULT_CONFIRM_TIMEOUT_S = 600;

/** Parameters in no namespace pass too: ncclient sends `<config>` so, and devices take it. */
const parameter = (rpc: XmlElement, name: string): XmlElement | undefined => childElement(rpc, name, NETCONF_NS) ?? childElement(rpc, name, '');

const required = (rpc: XmlElement, name: string): XmlElement => {
  const found = parameter(rpc, name);
  if (found === undefined) throw rpcFault('missing-element', `\`${name}\` is missing`, { type: 'protocol', info: nc('error-info', nc('bad-element', name)) });
  return found;
};

const storeName = (wrapper: XmlElement): string => childElements(wrapper)[0]?.name ?? '';

const lockable = (rpc: XmlElement): Lockable => {
  const name = storeName(required(rpc, 'target'));
  if (name !== 'running' && name !== 'candidate') throw rpcFault('invalid-value', `there is no datastore \`${name}\``, { type: 'protocol' });
  return name;
};

const readStore = (wrapper: XmlElement, configuration: Configuration): Config => {
  const inline = parameter(wrapper, 'config');
  if (inline !== undefined) return applyEdit([], childElements(inline), ranSchema, 'merge');
  const name = storeName(wrapper);
  if (name === 'running') return configuration.running;
  if (name === 'candidate') return configuration.candidate;
  throw rpcFault('invalid-value', `there is no datastore \`${name}\``, { type: 'protocol' });
};

const filtered = (rpc: XmlElement, data: readonly XmlElement[]): ServerReply => {
  const filter = parameter(rpc, 'filter');
  if (filter === undefined) return { content: [nc('data', ...data)] };
  const type = attributeOf(filter, 'type') ?? attributeOf(filter, 'type', NETCONF_NS) ?? 'subtree';
  if (type !== 'subtree') throw rpcFault('bad-attribute', `filter type \`${type}\` is not known`, { type: 'protocol' });
  return { content: [nc('data', ...filterSubtree(data, childElements(filter), (name) => ranKeys[name] ?? []))] };
};

const editConfig: Handler = (rpc, { session, configuration }) => {
  if (lockable(rpc) !== 'candidate') throw rpcFault('operation-not-supported', 'running is not writable', { type: 'protocol' });
  if (childText(rpc, 'error-option') === 'continue-on-error') throw rpcFault('operation-not-supported', 'continue-on-error is not offered', { type: 'protocol' });
  configuration.assertFree(session, 'candidate');
  const mode = childText(rpc, 'default-operation') ?? 'merge';
  if (mode !== 'merge' && mode !== 'replace' && mode !== 'none') throw rpcFault('invalid-value', `default operation \`${mode}\` is not known`, { type: 'protocol' });
  // INVARIANT: the edit is applied to a copy, so every error option behaves as rollback-on-error.
  const next = applyEdit(configuration.candidate, childElements(required(rpc, 'config')), ranSchema, mode);
  if (childText(rpc, 'test-option') !== 'test-only') configuration.setCandidate(next);
  return okReply;
};

const commit: Handler = (rpc, { session, configuration, beforeCommit }) => {
  configuration.assertFree(session, 'running', 'candidate');
  const timeout = childText(rpc, 'confirm-timeout') ?? String(DEFAULT_CONFIRM_TIMEOUT_S);
  if (!/^[1-9][0-9]{0,8}$/.test(timeout)) throw rpcFault('invalid-value', `confirm timeout \`${timeout}\` is not usable`, { type: 'protocol' });
  const confirmed = parameter(rpc, 'confirmed') === undefined ? undefined : { timeoutS: Number(timeout), persist: childText(rpc, 'persist') };
  if (beforeCommit() === 'go') configuration.commit(session, confirmed, childText(rpc, 'persist-id'));
  return okReply;
};

const handlers: Readonly<Record<string, Handler>> = {
  get: (rpc, context) => filtered(rpc, [...context.configuration.running, ...context.state()]),
  'get-config': (rpc, { configuration }) => filtered(rpc, readStore(required(rpc, 'source'), configuration)),
  'edit-config': editConfig,
  'copy-config': (rpc, { session, configuration }) => {
    if (lockable(rpc) !== 'candidate') throw rpcFault('operation-not-supported', 'only the candidate can be copied to', { type: 'protocol' });
    configuration.assertFree(session, 'candidate');
    configuration.setCandidate(readStore(required(rpc, 'source'), configuration));
    return okReply;
  },
  lock: (rpc, { session, configuration }) => {
    configuration.lock(session, lockable(rpc));
    return okReply;
  },
  unlock: (rpc, { session, configuration }) => {
    configuration.unlock(session, lockable(rpc));
    return okReply;
  },
  validate: (rpc, { configuration }) => {
    applyEdit([], readStore(required(rpc, 'source'), configuration), ranSchema, 'merge');
    return okReply;
  },
  commit,
  'cancel-commit': (rpc, { session, configuration }) => {
    configuration.cancel(session, childText(rpc, 'persist-id'));
    return okReply;
  },
  'discard-changes': (_rpc, { session, configuration }) => {
    configuration.assertFree(session, 'candidate');
    configuration.discard();
    return okReply;
  },
  'kill-session': (rpc, { session, kill }) => {
    const id = Number(childText(rpc, 'session-id'));
    if (id === session || !kill(id)) throw rpcFault('invalid-value', `there is no other session \`${id}\``, { type: 'protocol' });
    return okReply;
  },
  'close-session': () => ({ ...okReply, close: true }),
};

const getSchema: Handler = (rpc) => ({
  content: [mon('data', schemaText(childText(rpc, 'identifier') ?? '', childText(rpc, 'version'), childText(rpc, 'format')))],
});

/** Runs one operation. @throws NetconfRpcError as the reply */
export const runOperation = (rpc: XmlElement, context: OperationContext): ServerReply => {
  const handler = rpc.namespace === NETCONF_NS ? handlers[rpc.name] : rpc.namespace === MONITORING_NS && rpc.name === 'get-schema' ? getSchema : undefined;
  if (handler === undefined) throw rpcFault('operation-not-supported', `operation \`${rpc.name}\` is not known`, { type: 'protocol' });
  return handler(rpc, context);
};
