import { sameJson, whereAdded, whereLowered, type Loosens } from '@interlock/kernel';
import type { ActionTypeContent } from './registration.js';
import type { Credential } from '../tenant/credential.js';
import { grantsOf, type TenantState } from '../tenant/tenant.js';

const changed = (pointer: string, before: unknown, after: unknown) =>
  sameJson(before ?? null, after ?? null) ? [] : [{ pointer, detail: 'changes' }];

/**
 * A new type loosens, because it can be requested afterwards. A change of the handler, of the
 * parameters schema, or of the parameters that state amounts always loosens, because such changes
 * cannot be compared.
 */
export const actionTypeLoosens: Loosens<ActionTypeContent | null> = (before, after) => {
  if (after === null) return [];
  if (before === null) return [{ pointer: '', detail: 'is new' }];
  return [
    ...changed('/handler', before.handler, after.handler),
    ...changed('/parameters_schema', before.parameters_schema, after.parameters_schema),
    ...changed('/impact', before.impact, after.impact),
    ...changed('/impact_fields', before.impact_fields, after.impact_fields),
    ...(before.external_contact && !after.external_contact
      ? [{ pointer: '/external_contact', detail: 'is no longer declared' }]
      : []),
    ...(!before.reversible && after.reversible ? [{ pointer: '/reversible', detail: 'is declared' }] : []),
    ...(!before.read_only && after.read_only ? [{ pointer: '/read_only', detail: 'is declared' }] : []),
    ...whereLowered('/confidence_threshold', before.min_confidence ?? null, after.min_confidence ?? null),
    ...changed('/kpis', [...(before.kpis ?? [])].sort(), [...(after.kpis ?? [])].sort()),
    ...whereLowered('/undo_within_s', before.undo_within_s ?? Infinity, after.undo_within_s ?? Infinity),
    ...(before.on_unknown === after.on_unknown
      ? []
      : changed('/on_unknown', before.on_unknown, after.on_unknown)),
  ];
};

/** A new key loosens, and so does one that ends later. */
const keysLoosen = ({ keys: before = [] }: Credential, { keys: after = [] }: Credential) =>
  after
    .filter(({ jkt, ends_at: end }) => {
      const known = before.find((key) => key.jkt === jkt);
      return known === undefined || (known.ends_at !== null && (end === null || end > known.ends_at));
    })
    .map(({ jkt, ends_at: end }) => ({
      pointer: '/keys',
      detail: `has the key \`${jkt}\`${end === null ? '' : ` until ${end}`}`,
    }));

/**
 * A new credential loosens. So does each name that a credential gains, and each change of its key.
 */
export const credentialLoosens: Loosens<Credential | null> = (before, after) => {
  if (after === null) return [];
  if (before === null) return [{ pointer: '', detail: 'is new' }];
  const [had, has] = [grantsOf(before), grantsOf(after)];
  return [
    ...changed('/public_key', before.public_key, after.public_key),
    ...keysLoosen(before, after),
    ...whereAdded('/agents', before.agents, after.agents),
    ...whereAdded('/accounts', before.accounts, after.accounts),
    ...whereAdded('/signals', had.signals, has.signals),
    ...whereAdded('/handlers', had.handlers, has.handlers),
  ];
};

const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');

/**
 * A tenant that becomes active again loosens, and so does each credential that gains something. A
 * new tenant does not, because nobody can act in it yet.
 */
export const tenantLoosens: Loosens<TenantState> = (before, after) => [
  ...(after.status === 'active' && (before.status === 'suspended' || before.status === 'removed')
    ? [{ pointer: '/status', detail: `changes from ${before.status} to active` }]
    : []),
  ...[...after.credentials].flatMap(([name, credential]) =>
    credentialLoosens(before.credentials.get(name) ?? null, credential).map(({ pointer, detail }) => ({
      pointer: `/credentials/${escaped(name)}${pointer}`,
      detail,
    })),
  ),
];
