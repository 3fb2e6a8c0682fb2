import {
  DATASTORES_NS,
  MONITORING_NS,
  NETCONF_NS,
  NMDA_NS,
  NOTIFICATION_NS,
  SUBSCRIBED_NS,
  YANG_PUSH_NS,
} from './names.js';
import type { XmlElement, XmlNode } from './xml/parse.js';
import { elementBuilder, withAttribute, withChildren, type ElementBuilder } from './xml/tree.js';

const nc: ElementBuilder = elementBuilder(NETCONF_NS);
const monitoring: ElementBuilder = elementBuilder(MONITORING_NS);
const nmda: ElementBuilder = elementBuilder(NMDA_NS);
const notification: ElementBuilder = elementBuilder(NOTIFICATION_NS);
const subscribed: ElementBuilder = elementBuilder(SUBSCRIBED_NS);
const push: ElementBuilder = elementBuilder(YANG_PUSH_NS);

/** A configuration datastore, or a URL if the device has that capability. */
export type Datastore = 'running' | 'candidate' | 'startup' | { readonly url: string };

/** A subtree filter's top elements, or an XPath expression with its prefixes. */
export type Filter =
  | { readonly subtree: readonly XmlElement[] }
  | { readonly xpath: string; readonly prefixes?: Readonly<Record<string, string>> };

/** `nc:operation` on an element inside `edit-config`. */
export type EditOperation = 'merge' | 'replace' | 'create' | 'delete' | 'remove';

/** The options of `edit-config`, and its target. */
export type EditConfig = {
  readonly target: Datastore;
  readonly config: readonly XmlElement[];
  readonly defaultOperation?: 'merge' | 'replace' | 'none';
  readonly testOption?: 'test-then-set' | 'set' | 'test-only';
  readonly errorOption?: 'stop-on-error' | 'continue-on-error' | 'rollback-on-error';
};

/** A plain or a confirmed commit. `persistId` names an earlier one that outlives its session. */
export type Commit = {
  readonly confirmed?: { readonly timeoutS?: number; readonly persist?: string };
  readonly persistId?: string;
};

const datastore = (store: Datastore): XmlElement =>
  typeof store === 'string' ? nc(store) : nc('url', store.url);

const filterElement = (build: ElementBuilder, filter: Filter): XmlElement => {
  if ('subtree' in filter)
    return withAttribute(withChildren(build('filter'), filter.subtree), {
      name: 'type',
      namespace: '',
      value: 'subtree',
    });
  const typed = withAttribute(build('filter'), { name: 'type', namespace: '', value: 'xpath' });
  const selected = withAttribute(typed, { name: 'select', namespace: '', value: filter.xpath });
  return filter.prefixes === undefined ? selected : { ...selected, prefixes: filter.prefixes };
};

const maybe = (name: string, value: string | number | undefined): XmlNode[] =>
  value === undefined ? [] : [nc(name, value)];

/** Marks an element of an edit with its operation. */
export const withOperation = (element: XmlElement, operation: EditOperation): XmlElement =>
  withAttribute(
    { ...element, prefixes: { ...element.prefixes, nc: NETCONF_NS } },
    { name: 'operation', namespace: NETCONF_NS, value: operation },
  );

/** The request elements, one function per operation; `NetconfClient` sends them. */
export const operation = {
  get: (filter?: Filter): XmlElement =>
    nc('get', ...(filter === undefined ? [] : [filterElement(nc, filter)])),
  getConfig: (source: Datastore, filter?: Filter): XmlElement =>
    nc(
      'get-config',
      nc('source', datastore(source)),
      ...(filter === undefined ? [] : [filterElement(nc, filter)]),
    ),
  editConfig: (edit: EditConfig): XmlElement =>
    nc(
      'edit-config',
      nc('target', datastore(edit.target)),
      ...maybe('default-operation', edit.defaultOperation),
      ...maybe('test-option', edit.testOption),
      ...maybe('error-option', edit.errorOption),
      nc('config', ...edit.config),
    ),
  copyConfig: (
    target: Datastore,
    source: Datastore | { readonly config: readonly XmlElement[] },
  ): XmlElement =>
    nc(
      'copy-config',
      nc('target', datastore(target)),
      nc(
        'source',
        typeof source === 'object' && 'config' in source ? nc('config', ...source.config) : datastore(source),
      ),
    ),
  lock: (target: Datastore): XmlElement => nc('lock', nc('target', datastore(target))),
  unlock: (target: Datastore): XmlElement => nc('unlock', nc('target', datastore(target))),
  validate: (source: Datastore | { readonly config: readonly XmlElement[] }): XmlElement =>
    nc(
      'validate',
      nc(
        'source',
        typeof source === 'object' && 'config' in source ? nc('config', ...source.config) : datastore(source),
      ),
    ),
  commit: (commit: Commit = {}): XmlElement =>
    nc(
      'commit',
      ...(commit.confirmed === undefined
        ? []
        : [
            nc('confirmed'),
            ...maybe('confirm-timeout', commit.confirmed.timeoutS),
            ...maybe('persist', commit.confirmed.persist),
          ]),
      ...maybe('persist-id', commit.persistId),
    ),
  cancelCommit: (persistId?: string): XmlElement => nc('cancel-commit', ...maybe('persist-id', persistId)),
  discardChanges: (): XmlElement => nc('discard-changes'),
  killSession: (sessionId: string): XmlElement => nc('kill-session', nc('session-id', sessionId)),
  closeSession: (): XmlElement => nc('close-session'),
  getSchema: (identifier: string, version?: string, format?: string): XmlElement =>
    monitoring(
      'get-schema',
      monitoring('identifier', identifier),
      ...(version === undefined ? [] : [monitoring('version', version)]),
      ...(format === undefined ? [] : [monitoring('format', format)]),
    ),
  getData: (store: string, filter?: readonly XmlElement[]): XmlElement => {
    const named: XmlElement = { ...nmda('datastore', `ds:${store}`), prefixes: { ds: DATASTORES_NS } };
    return nmda('get-data', named, ...(filter === undefined ? [] : [nmda('subtree-filter', ...filter)]));
  },
  editData: (
    store: string,
    config: readonly XmlElement[],
    defaultOperation?: 'merge' | 'replace' | 'none',
  ): XmlElement => {
    const named: XmlElement = { ...nmda('datastore', `ds:${store}`), prefixes: { ds: DATASTORES_NS } };
    return nmda(
      'edit-data',
      named,
      ...(defaultOperation === undefined ? [] : [nmda('default-operation', defaultOperation)]),
      nmda('config', ...config),
    );
  },
  createSubscription: (stream?: string): XmlElement =>
    notification('create-subscription', ...(stream === undefined ? [] : [notification('stream', stream)])),
  establishOnChange: (store: string): XmlElement =>
    subscribed(
      'establish-subscription',
      { ...push('datastore', `ds:${store}`), prefixes: { ds: DATASTORES_NS } },
      push('on-change', push('sync-on-start', 'false')),
    ),
} as const;
