import { elementBuilder } from '@interlock/netconf';
import type { Model } from '../../models/model.js';
import { oneOf, text, type SchemaNode } from '../schema.js';

/** Namespace of the access control model (RFC 8341). */
export const NACM_NS = 'urn:ietf:params:xml:ns:yang:ietf-netconf-acm';

const acm = elementBuilder(NACM_NS);
const base = { namespace: NACM_NS } as const;
const leaf = (name: string, valid: (one: string) => boolean): SchemaNode => ({
  ...base,
  kind: 'leaf',
  name,
  valid,
});
const leafList = (name: string): SchemaNode => ({ ...base, kind: 'leaf-list', name, valid: text(1, 256) });
const container = (name: string, ...children: readonly SchemaNode[]): SchemaNode => ({
  ...base,
  kind: 'container',
  name,
  children,
});
const list = (name: string, ...children: readonly SchemaNode[]): SchemaNode => ({
  ...base,
  kind: 'list',
  name,
  keys: ['name'],
  children: [leaf('name', text(1, 256)), ...children],
});
const action = oneOf('permit', 'deny');
const truth = oneOf('true', 'false');

/** The kinds of access to data; `*` means all of them. */
const accessOperations = ['create', 'read', 'update', 'delete', 'exec'] as const;
export type AccessOperation = (typeof accessOperations)[number];
const known: ReadonlySet<string> = new Set(accessOperations);

/** The counters of refusals, which are state. */
export const counters = ['denied-operations', 'denied-data-writes', 'denied-notifications'] as const;
export type Counter = (typeof counters)[number];

/**
 * Access control by the rules in the device's own configuration. The device's first user is in the
 * group `admin`, which may do everything. Further rules determine what other users may do.
 */
export const accessModel: Model = {
  modules: [{ name: 'ietf-netconf-acm', revision: '2018-02-14', namespace: NACM_NS }],
  schema: [
    container(
      'nacm',
      leaf('enable-nacm', truth),
      leaf('read-default', action),
      leaf('write-default', action),
      leaf('exec-default', action),
      leaf('enable-external-groups', truth),
      container('groups', list('group', leafList('user-name'))),
      list(
        'rule-list',
        leafList('group'),
        list(
          'rule',
          leaf('module-name', text(1, 256)),
          leaf('rpc-name', text(1, 256)),
          leaf('notification-name', text(1, 256)),
          leaf('path', text(1, 1024)),
          leaf('access-operations', (one) => one === '*' || one.split(/\s+/).every((op) => known.has(op))),
          leaf('action', action),
          leaf('comment', text(0, 1024)),
        ),
      ),
    ),
  ],
  keys: { group: ['name'], 'rule-list': ['name'], rule: ['name'] },
  identities: new Set(),
  initial: ({ username = 'interlock', users = [] }) => {
    const groups = new Map<string, string[]>([['admin', [username]]]);
    for (const user of users)
      for (const group of user.groups ?? []) groups.set(group, [...(groups.get(group) ?? []), user.username]);
    return [
      acm(
        'nacm',
        acm(
          'groups',
          ...[...groups].map(([name, names]) =>
            acm('group', acm('name', name), ...names.map((one) => acm('user-name', one))),
          ),
        ),
        acm(
          'rule-list',
          acm('name', 'admin'),
          acm('group', 'admin'),
          acm(
            'rule',
            acm('name', 'all'),
            acm('module-name', '*'),
            acm('access-operations', '*'),
            acm('action', 'permit'),
          ),
        ),
      ),
    ];
  },
  shown: (running) => running,
};
