import { describe, expect, it } from '@jest/globals';
import {
  actionTypeLoosens,
  credentialLoosens,
  tenantLoosens,
  type ActionTypeContent,
  type Credential,
  type TenantState,
} from '../src/index.js';

const type: ActionTypeContent = {
  action_type: 'inbox.send',
  title: 'Send',
  parameters_schema: { type: 'object' },
  handler: null,
  impact_fields: [],
  reversible: false,
  read_only: false,
  external_contact: true,
  min_confidence: 0.8,
};
const credential: Credential = {
  credential: 'service:nats.demo.app',
  public_key: 'UA',
  agents: ['a'],
  accounts: ['x'],
  signals: ['forecast_risk'],
};
const pointers = (found: readonly { readonly pointer: string }[]): readonly string[] =>
  found.map(({ pointer }) => pointer);

describe('what loosens an action type', () => {
  it.each<[string, ActionTypeContent | null, ActionTypeContent | null, readonly string[]]>([
    ['a new type', null, type, ['']],
    ['a type that is retired', type, null, []],
    ['another title', type, { ...type, title: 'Send it' }, []],
    ['a handler', type, { ...type, handler: { service: 'agent-gateway', name: 'x' } }, ['/handler']],
    ['a schema', type, { ...type, parameters_schema: {} }, ['/parameters_schema']],
    ['a contact that is not declared', type, { ...type, external_contact: false }, ['/external_contact']],
    ['a change that can be taken back', type, { ...type, reversible: true }, ['/reversible']],
    ['a type that only reads', type, { ...type, read_only: true }, ['/read_only']],
    ['a lower threshold', type, { ...type, min_confidence: 0.7 }, ['/confidence_threshold']],
    ['no threshold', type, (({ min_confidence: _, ...rest }) => rest)(type), ['/confidence_threshold']],
    ['a higher threshold', type, { ...type, min_confidence: 0.9 }, []],
    ['KPIs', type, { ...type, kpis: ['open_rate'] }, ['/kpis']],
    ['a shorter time to undo', type, { ...type, undo_within_s: 60 }, ['/undo_within_s']],
  ])('%s', (_, before, after, expected) =>
    expect(pointers(actionTypeLoosens(before, after))).toEqual(expected),
  );
});

describe('what loosens a credential', () => {
  it.each<[string, Credential | null, Credential | null, readonly string[]]>([
    ['a new one', null, credential, ['']],
    ['one that is revoked', credential, null, []],
    ['another key', credential, { ...credential, public_key: 'UB' }, ['/public_key']],
    ['any agent', credential, { ...credential, agents: ['*'] }, ['/agents']],
    ['fewer names', credential, { ...credential, agents: [], accounts: [], signals: [] }, []],
    ['handlers', credential, { ...credential, handlers: ['t'] }, ['/handlers']],
  ])('%s', (_, before, after, expected) =>
    expect(pointers(credentialLoosens(before, after))).toEqual(expected),
  );
});

describe('what loosens a tenant', () => {
  const state = (status: TenantState['status'], ...credentials: readonly Credential[]): TenantState => ({
    status,
    credentials: new Map(credentials.map((one) => [one.credential, one])),
    formerKeys: new Map(),
  });
  const key = { jkt: 'k', jwk: { kty: 'OKP', crv: 'Ed25519', x: 'x' }, ends_at: null } as const;
  const at = '/credentials/service:nats.demo.app';
  it.each<[string, TenantState, TenantState, readonly string[]]>([
    ['a new one, without credentials', state('unknown'), state('active'), []],
    ['one that is suspended', state('active'), state('suspended'), []],
    ['one that is resumed', state('suspended'), state('active'), ['/status']],
    ['one that is back', state('removed'), state('active'), ['/status']],
    ['a credential', state('active'), state('active', credential), [at]],
    ['a revocation', state('active', credential), state('active'), []],
    ['a key', state('active', credential), state('active', { ...credential, keys: [key] }), [`${at}/keys`]],
    [
      'a key that ends later',
      state('active', { ...credential, keys: [{ ...key, ends_at: '2026-01-01T00:00:00.000Z' }] }),
      state('active', { ...credential, keys: [key] }),
      [`${at}/keys`],
    ],
    [
      'a key that ends',
      state('active', { ...credential, keys: [key] }),
      state('active', { ...credential, keys: [{ ...key, ends_at: '2026-01-01T00:00:00.000Z' }] }),
      [],
    ],
  ])('%s', (_, before, after, expected) => expect(pointers(tenantLoosens(before, after))).toEqual(expected));
});
