import {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementBuilder,
  MONITORING_NS,
  NETCONF_NS,
  NOTIFICATION_NS,
  okReply,
  rpcErrorElement,
  rpcFault,
  type ServerReply,
  type XmlElement,
} from '@interlock/netconf';
import type { Config, Configuration } from './configuration.js';
import { applyEdit } from './edit.js';
import { filterSubtree } from './filter.js';
import type { Store } from './locks.js';
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
  /** From now on this session hears events. */
  readonly subscribe: () => void;
};

type Handler = (rpc: XmlElement, context: OperationContext) => ServerReply;

const nc = elementBuilder(NETCONF_NS);
const mon = elementBuilder(MONITORING_NS);
const DEFAULT_CONFIRM_TIMEOUT_S = 600;

const refuse = (tag: string, message: string): never => {
  throw rpcFault(tag, message, { type: 'protocol' });
};

/** Parameters in no namespace pass too: ncclient sends `<config>` so, and devices take it. */
const parameter = (rpc: XmlElement, name: string): XmlElement | undefined => childElement(rpc, name, NETCONF_NS) ?? childElement(rpc, name, '');

const required = (rpc: XmlElement, name: string): XmlElement => {
  const found = parameter(rpc, name);
  if (found === undefined) throw rpcFault('missing-element', `\`${name}\` is missing`, { type: 'protocol', info: nc('error-info', nc('bad-element', name)) });
  return found;
};

const storeOf = (wrapper: XmlElement, configuration: Configuration): Store => {
  const name = childElements(wrapper)[0]?.name ?? '';
  return configuration.has(name) ? name : refuse('invalid-value', `there is no datastore \`${name}\``);
};

const target = (rpc: XmlElement, configuration: Configuration): Store => storeOf(required(rpc, 'target'), configuration);

const readSource = (rpc: XmlElement, { session, configuration }: OperationContext): Config => {
  const source = required(rpc, 'source');
  const inline = parameter(source, 'config');
  return inline === undefined ? configuration.read(session, storeOf(source, configuration)) : applyEdit([], childElements(inline), ranSchema, 'merge');
};

const filtered = (rpc: XmlElement, data: readonly XmlElement[]): ServerReply => {
  const filter = parameter(rpc, 'filter');
  if (filter === undefined) return { content: [nc('data', ...data)] };
  const type = attributeOf(filter, 'type') ?? attributeOf(filter, 'type', NETCONF_NS) ?? 'subtree';
  if (type !== 'subtree') refuse('bad-attribute', `filter type \`${type}\` is not known`);
  return { content: [nc('data', ...filterSubtree(data, childElements(filter), (name) => ranKeys[name] ?? []))] };
};

const editConfig: Handler = (rpc, { session, configuration }) => {
  const store = target(rpc, configuration);
  const test = childText(rpc, 'test-option');
  if (test !== undefined && !configuration.profile.validate) refuse('operation-not-supported', 'test-option needs the capability `validate`');
  if (childText(rpc, 'error-option') === 'continue-on-error') refuse('operation-not-supported', 'continue-on-error is not offered');
  const mode = childText(rpc, 'default-operation') ?? 'merge';
  if (mode !== 'merge' && mode !== 'replace' && mode !== 'none') throw rpcFault('invalid-value', `default operation \`${mode}\` is not known`, { type: 'protocol' });
  configuration.locks.assertFree(session, store);
  // INVARIANT: the edit is applied to a copy, so every error option behaves as rollback-on-error.
  const next = applyEdit(configuration.read(session, store), childElements(required(rpc, 'config')), ranSchema, mode);
  if (test !== 'test-only') configuration.write(session, store, next);
  return okReply;
};

const commit: Handler = (rpc, { session, configuration, beforeCommit }) => {
  const { candidate, confirmedCommit, warnsBesideOk } = configuration.profile;
  if (candidate === 'none') refuse('operation-not-supported', 'there is no candidate');
  configuration.locks.assertFree(session, 'running', 'candidate');
  const isConfirmed = parameter(rpc, 'confirmed') !== undefined;
  const [persist, persistId] = [childText(rpc, 'persist'), childText(rpc, 'persist-id')];
  if (isConfirmed && confirmedCommit === 'none') refuse('operation-not-supported', 'there is no confirmed commit');
  if (confirmedCommit !== '1.1' && (persist ?? persistId) !== undefined) refuse('unknown-element', 'persist is not known');
  const timeout = childText(rpc, 'confirm-timeout') ?? String(DEFAULT_CONFIRM_TIMEOUT_S);
  if (!/^[1-9][0-9]{0,8}$/.test(timeout)) refuse('invalid-value', `confirm timeout \`${timeout}\` is not usable`);
  if (beforeCommit() === 'go') configuration.commit(session, isConfirmed ? { timeoutS: Number(timeout), persist } : undefined, persistId);
  if (!warnsBesideOk) return okReply;
  const warning = rpcErrorElement({ type: 'application', tag: 'operation-failed', severity: 'warning', message: 'a statement has no effect' });
  return { content: [warning, ...okReply.content] };
};

const handlers: Readonly<Record<string, Handler>> = {
  get: (rpc, context) => filtered(rpc, [...context.configuration.running, ...context.state()]),
  'get-config': (rpc, { session, configuration }) => filtered(rpc, configuration.read(session, storeOf(required(rpc, 'source'), configuration))),
  'edit-config': editConfig,
  'copy-config': (rpc, context) => {
    context.configuration.write(context.session, target(rpc, context.configuration), readSource(rpc, context));
    return okReply;
  },
  lock: (rpc, { session, configuration }) => {
    configuration.lock(session, target(rpc, configuration));
    return okReply;
  },
  unlock: (rpc, { session, configuration }) => {
    configuration.unlock(session, target(rpc, configuration));
    return okReply;
  },
  validate: (rpc, context) => {
    if (!context.configuration.profile.validate) refuse('operation-not-supported', 'validate is not offered');
    applyEdit([], readSource(rpc, context), ranSchema, 'merge');
    return okReply;
  },
  commit,
  'cancel-commit': (rpc, { session, configuration }) => {
    if (configuration.profile.confirmedCommit !== '1.1') refuse('operation-not-supported', 'cancel-commit is not offered');
    configuration.cancel(session, childText(rpc, 'persist-id'));
    return okReply;
  },
  'discard-changes': (_rpc, { session, configuration }) => {
    if (configuration.profile.candidate === 'none') refuse('operation-not-supported', 'there is no candidate');
    configuration.discard(session);
    return okReply;
  },
  'kill-session': (rpc, { session, kill }) => {
    const id = Number(childText(rpc, 'session-id'));
    if (id === session || !kill(id)) refuse('invalid-value', `there is no other session \`${id}\``);
    return okReply;
  },
  'close-session': () => ({ ...okReply, close: true }),
};

const getSchema: Handler = (rpc) => ({
  content: [mon('data', schemaText(childText(rpc, 'identifier') ?? '', childText(rpc, 'version'), childText(rpc, 'format')))],
});

const createSubscription: Handler = (rpc, { subscribe }) => {
  const stream = childText(rpc, 'stream') ?? 'NETCONF';
  if (stream !== 'NETCONF') refuse('invalid-value', `there is no stream \`${stream}\``);
  if (childElements(rpc).some((one) => one.name !== 'stream')) refuse('operation-not-supported', 'neither filters nor replay are offered');
  subscribe();
  return okReply;
};

const handlerOf = (rpc: XmlElement): Handler | undefined => {
  if (rpc.namespace === NETCONF_NS) return Object.hasOwn(handlers, rpc.name) ? handlers[rpc.name] : undefined;
  if (rpc.namespace === MONITORING_NS && rpc.name === 'get-schema') return getSchema;
  return rpc.namespace === NOTIFICATION_NS && rpc.name === 'create-subscription' ? createSubscription : undefined;
};

/** Runs one operation. @throws NetconfRpcError as the reply */
export const runOperation = (rpc: XmlElement, context: OperationContext): ServerReply => {
  const handler = handlerOf(rpc);
  if (handler === undefined) throw rpcFault('operation-not-supported', `operation \`${rpc.name}\` is not known`, { type: 'protocol' });
  return handler(rpc, context);
};
