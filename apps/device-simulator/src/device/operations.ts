import {
  attributeOf,
  childElement,
  childElements,
  childText,
  elementBuilder,
  MONITORING_NS,
  NETCONF_NS,
  NOTIFICATION_NS,
  SUBSCRIBED_NS,
  okReply,
  rpcErrorElement,
  rpcFault,
  textOf,
  type ServerReply,
  type XmlElement,
} from '@interlock/netconf';
import { CFG_NS } from './commits.js';
import type { Config, Configuration } from './configuration.js';
import { applyEdit, assertValid } from './edit.js';
import { filterSize, filterSubtree } from './filter.js';
import type { Store } from './locks.js';
import { schemaText } from './monitoring.js';
import { bad, checkParameters, missing, type Parameters } from './parameters.js';
import { pushParameters } from './pushes.js';
import type { Model } from '../models/model.js';

/** The parts of its device that an operation may use. */
export type OperationContext = {
  readonly session: number;
  readonly configuration: Configuration;
  readonly model: Model;
  /** Returns the data that `get` shows: the running configuration and all state. */
  readonly data: () => readonly XmlElement[];
  /** Ends another session. Returns false if there is none with that id. */
  readonly kill: (session: number) => boolean;
  /** Returns the candidate as the device shows it; `config` is its real content. */
  readonly shownCandidate: (config: Config) => Config;
  /**
   * Called before a commit or an edit of running. With `noop`, the device answers ok and changes
   * nothing.
   */
  readonly beforeCommit: () => 'go' | 'noop';
  /**
   * Subscribes this session to events.
   * @throws NetconfRpcError
   */
  readonly subscribe: (rpc: XmlElement) => void;
  /**
   * Begins a subscription to changes of running, and returns its id. Absent if the device pushes
   * none.
   * @throws NetconfRpcError
   */
  readonly push?: (rpc: XmlElement) => XmlElement;
  /**
   * Checks that the user may make a change.
   * @throws NetconfRpcError `access-denied`
   */
  readonly assertMayWrite: (before: Config, after: Config) => void;
  /** Returns the part of the data that the user may read. */
  readonly readable: (data: readonly XmlElement[]) => readonly XmlElement[];
};

type Handler = (rpc: XmlElement, context: OperationContext) => ServerReply;

/** An operation: its known parameters, and its handler. */
type Operation = { readonly parameters: Parameters; readonly run: Handler };

const nc = elementBuilder(NETCONF_NS);
const mon = elementBuilder(MONITORING_NS);
const DEFAULT_CONFIRM_TIMEOUT_S = 600;
/** The largest value of `confirm-timeout`, which is a uint32. */
const LONGEST_CONFIRM_TIMEOUT_S = 4_294_967_295;
const MOST_FILTER_ELEMENTS = 1_000;

const refuse = (tag: string, message: string): never => {
  throw rpcFault(tag, message, { type: 'protocol' });
};

const parameter = (rpc: XmlElement, name: string): XmlElement | undefined => childElement(rpc, name);

const required = (rpc: XmlElement, name: string): XmlElement => {
  const found = parameter(rpc, name);
  if (found === undefined) throw missing(name);
  return found;
};

/** Returns the text of a parameter that has a fixed set of values; `fallback` if it is absent. */
const oneOf = <T extends string, F extends T | undefined>(
  rpc: XmlElement,
  name: string,
  values: readonly T[],
  fallback: F,
): T | F => {
  const said = childText(rpc, name);
  if (said === undefined) return fallback;
  return (
    values.find((value) => value === said) ?? refuse('invalid-value', `\`${name}\` cannot be \`${said}\``)
  );
};

const storeOf = (wrapper: XmlElement, configuration: Configuration): Store => {
  const [named] = childElements(wrapper);
  const name = named?.name ?? '';
  if (named !== undefined && (named.children.length > 0 || named.attributes.length > 0))
    throw bad(name, `\`${name}\` is empty`);
  return configuration.has(name) ? name : refuse('invalid-value', `there is no datastore \`${name}\``);
};

const target = (rpc: XmlElement, configuration: Configuration): Store =>
  storeOf(required(rpc, 'target'), configuration);

const readSource = (rpc: XmlElement, { session, configuration, model }: OperationContext): Config => {
  const source = required(rpc, 'source');
  const inline = parameter(source, 'config');
  if (inline !== undefined && textOf(inline).trim() !== '') throw bad('config', '`config` holds no text');
  return inline === undefined
    ? configuration.read(session, storeOf(source, configuration))
    : applyEdit([], childElements(inline), model.schema, 'merge');
};

const filtered = (
  rpc: XmlElement,
  { model: { keys }, readable }: Pick<OperationContext, 'model' | 'readable'>,
  all: readonly XmlElement[],
): ServerReply => {
  const data = readable(all);
  const filter = parameter(rpc, 'filter');
  if (filter === undefined) return { content: [nc('data', ...data)] };
  const type = attributeOf(filter, 'type') ?? attributeOf(filter, 'type', NETCONF_NS) ?? 'subtree';
  if (type !== 'subtree') refuse('bad-attribute', `filter type \`${type}\` is not known`);
  if (attributeOf(filter, 'select') !== undefined)
    refuse('bad-attribute', 'a subtree filter has no `select`');
  const filters = childElements(filter);
  if (filterSize(filters) > MOST_FILTER_ELEMENTS)
    refuse('too-big', `a filter has ${MOST_FILTER_ELEMENTS} elements at most`);
  return { content: [nc('data', ...filterSubtree(data, filters, (name) => keys[name] ?? []))] };
};

const editConfig: Handler = (rpc, { session, configuration, model, assertMayWrite, beforeCommit }) => {
  const store = target(rpc, configuration);
  const test = oneOf(rpc, 'test-option', ['test-then-set', 'set', 'test-only'], undefined);
  if (test !== undefined && !configuration.profile.validate)
    refuse('operation-not-supported', 'test-option needs the capability `validate`');
  if (
    oneOf(rpc, 'error-option', ['stop-on-error', 'continue-on-error', 'rollback-on-error'], undefined) ===
    'continue-on-error'
  )
    refuse('operation-not-supported', 'continue-on-error is not offered');
  const mode = oneOf(rpc, 'default-operation', ['merge', 'replace', 'none'], 'merge');
  configuration.locks.assertFree(session, store);
  // INVARIANT: the edit is applied to a copy, so every error option behaves as rollback-on-error.
  const next = applyEdit(
    configuration.read(session, store),
    childElements(required(rpc, 'config')),
    model.schema,
    mode,
  );
  assertMayWrite(configuration.read(session, store), next);
  if (test === 'test-only') return okReply;
  // An edit of running takes effect at once, like a commit.
  if (store !== 'running' || beforeCommit() === 'go') configuration.write(session, store, next);
  return okReply;
};

const commit: Handler = (rpc, { session, configuration, model, assertMayWrite, beforeCommit }) => {
  const { candidate, confirmedCommit, commitIds, warnsBesideOk } = configuration.profile;
  if (candidate === 'none') refuse('operation-not-supported', 'there is no candidate');
  configuration.locks.assertFree(session, 'running', 'candidate');
  const isConfirmed = parameter(rpc, 'confirmed') !== undefined;
  const [persist, persistId] = [childText(rpc, 'persist'), childText(rpc, 'persist-id')];
  if (isConfirmed && confirmedCommit === 'none')
    refuse('operation-not-supported', 'there is no confirmed commit');
  if (confirmedCommit !== '1.1' && (persist ?? persistId) !== undefined)
    refuse('unknown-element', 'persist is not known');
  if (!isConfirmed && ['confirm-timeout', 'persist'].some((name) => parameter(rpc, name) !== undefined))
    throw missing('confirmed');
  const timeout = childText(rpc, 'confirm-timeout') ?? String(DEFAULT_CONFIRM_TIMEOUT_S);
  if (!/^[1-9][0-9]{0,9}$/.test(timeout) || Number(timeout) > LONGEST_CONFIRM_TIMEOUT_S)
    refuse('invalid-value', `confirm timeout \`${timeout}\` is not usable`);
  const next = configuration.read(session, 'candidate');
  assertValid(next, model.schema);
  assertMayWrite(configuration.running, next);
  if (beforeCommit() === 'go')
    configuration.commit(
      session,
      isConfirmed ? { timeoutS: Number(timeout), persist } : undefined,
      persistId,
    );
  if (commitIds) return { content: [...okReply.content, configuration.commits.element] };
  if (!warnsBesideOk) return okReply;
  const warning = rpcErrorElement({
    type: 'application',
    tag: 'operation-failed',
    severity: 'warning',
    message: 'a statement has no effect',
  });
  return { content: [warning, ...okReply.content] };
};

const copyConfig: Handler = (rpc, context) => {
  const store = target(rpc, context.configuration);
  const [from] = childElements(required(rpc, 'source'));
  if (from?.name === store) refuse('invalid-value', 'source and target are the same');
  const { configuration, session } = context;
  const next = readSource(rpc, context);
  // Saving the unchanged running configuration only requires the right to run the operation (RFC
  // 8341, 3.2.6).
  if (store !== 'startup' || from?.name !== 'running')
    context.assertMayWrite(configuration.read(session, store), next);
  configuration.write(session, store, next);
  return okReply;
};

const deleteConfig: Handler = (rpc, { session, configuration, assertMayWrite }) => {
  const store = target(rpc, configuration);
  if (store !== 'startup') refuse('operation-not-supported', `\`${store}\` cannot be deleted`);
  assertMayWrite(configuration.read(session, store), []);
  configuration.write(session, store, []);
  return okReply;
};

const validate: Handler = (rpc, context) => {
  if (!context.configuration.profile.validate) refuse('operation-not-supported', 'validate is not offered');
  assertValid(readSource(rpc, context), context.model.schema);
  return okReply;
};

const cancelCommit: Handler = (rpc, { session, configuration }) => {
  if (configuration.profile.confirmedCommit !== '1.1')
    refuse('operation-not-supported', 'cancel-commit is not offered');
  configuration.cancel(session, childText(rpc, 'persist-id'));
  return okReply;
};

const rollbackByCommitId: Handler = (rpc, { session, configuration, assertMayWrite, beforeCommit }) => {
  required(rpc, 'commit-id');
  configuration.rollBackTo(session, childText(rpc, 'commit-id') ?? '', (config) => {
    assertMayWrite(configuration.running, config);
    return beforeCommit() === 'go';
  });
  return okReply;
};

const discardChanges: Handler = (_rpc, { session, configuration }) => {
  if (configuration.profile.candidate === 'none') refuse('operation-not-supported', 'there is no candidate');
  configuration.discard(session);
  return okReply;
};

const killSession: Handler = (rpc, { session, kill }) => {
  required(rpc, 'session-id');
  const said = childText(rpc, 'session-id') ?? '';
  const id = /^[0-9]{1,10}$/.test(said) ? Number(said) : Number.NaN;
  if (id === session || !kill(id)) refuse('invalid-value', `there is no other session \`${said}\``);
  return okReply;
};

const getSchema: Handler = (rpc, { model }) => {
  required(rpc, 'identifier');
  return {
    content: [
      mon(
        'data',
        schemaText(
          model.modules,
          childText(rpc, 'identifier') ?? '',
          childText(rpc, 'version'),
          childText(rpc, 'format'),
        ),
      ),
    ],
  };
};

const createSubscription: Handler = (rpc, { subscribe }) => {
  subscribe(rpc);
  return okReply;
};

const establishSubscription: Handler = (rpc, { push }) => {
  if (push === undefined)
    throw rpcFault('operation-not-supported', `operation \`${rpc.name}\` is not known`, { type: 'protocol' });
  return { content: [push(rpc)] };
};

const text = { holds: 'text' } as const;
const store = { holds: 'one' } as const;
const filter = { holds: 'any', attributes: ['type', 'select'] } as const;

const operations: Readonly<Record<string, Operation>> = {
  get: {
    parameters: { filter },
    run: (rpc, context) => filtered(rpc, context, context.data()),
  },
  'get-config': {
    parameters: { source: store, filter },
    run: (rpc, context) => {
      const { session, configuration, shownCandidate } = context;
      const source = storeOf(required(rpc, 'source'), configuration);
      const config = configuration.read(session, source);
      return filtered(rpc, context, source === 'candidate' ? shownCandidate(config) : config);
    },
  },
  'edit-config': {
    parameters: {
      target: store,
      'default-operation': text,
      'test-option': text,
      'error-option': text,
      config: { holds: 'any' },
    },
    run: editConfig,
  },
  'copy-config': { parameters: { target: store, source: store }, run: copyConfig },
  'delete-config': { parameters: { target: store }, run: deleteConfig },
  lock: {
    parameters: { target: store },
    run: (rpc, { session, configuration }) => {
      configuration.lock(session, target(rpc, configuration));
      return okReply;
    },
  },
  unlock: {
    parameters: { target: store },
    run: (rpc, { session, configuration }) => {
      configuration.unlock(session, target(rpc, configuration));
      return okReply;
    },
  },
  validate: { parameters: { source: store }, run: validate },
  commit: {
    parameters: {
      confirmed: { holds: 'nothing' },
      'confirm-timeout': text,
      persist: text,
      'persist-id': text,
    },
    run: commit,
  },
  'cancel-commit': { parameters: { 'persist-id': text }, run: cancelCommit },
  'discard-changes': { parameters: {}, run: discardChanges },
  'kill-session': { parameters: { 'session-id': text }, run: killSession },
  'close-session': { parameters: {}, run: () => ({ ...okReply, close: true }) },
};

const schemaOperation: Operation = {
  parameters: { identifier: text, version: text, format: text },
  run: getSchema,
};
const subscriptionOperation: Operation = {
  parameters: { stream: text, filter, startTime: text, stopTime: text },
  run: createSubscription,
};

const pushOperation: Operation = { parameters: pushParameters, run: establishSubscription };

const rollbackOperation: Operation = { parameters: { 'commit-id': text }, run: rollbackByCommitId };

const operationOf = (rpc: XmlElement, { profile }: Configuration): Operation | undefined => {
  if (rpc.namespace === NETCONF_NS)
    return Object.hasOwn(operations, rpc.name) ? operations[rpc.name] : undefined;
  if (rpc.namespace === MONITORING_NS && rpc.name === 'get-schema') return schemaOperation;
  if (rpc.namespace === SUBSCRIBED_NS && rpc.name === 'establish-subscription') return pushOperation;
  if (profile.commitIds && rpc.namespace === CFG_NS && rpc.name === 'rollback-by-commit-id')
    return rollbackOperation;
  return rpc.namespace === NOTIFICATION_NS && rpc.name === 'create-subscription'
    ? subscriptionOperation
    : undefined;
};

/**
 * Runs one operation that the user may run.
 * @throws NetconfRpcError that becomes the reply
 */
export const runOperation = (rpc: XmlElement, context: OperationContext): ServerReply => {
  const operation = operationOf(rpc, context.configuration);
  if (operation === undefined)
    throw rpcFault('operation-not-supported', `operation \`${rpc.name}\` is not known`, { type: 'protocol' });
  checkParameters(rpc, operation.parameters);
  return operation.run(rpc, context);
};
