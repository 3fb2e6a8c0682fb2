import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@interlock/kernel';
import {
  busCredential,
  keyedUsers,
  mayName,
  tenantDecider,
  wrongAgent,
  type TenantCommand,
  type TenantEvent,
} from '../src/index.js';

const create: TenantCommand = { kind: 'create', tenant_id: 'acme' };
const created: TenantEvent = { type: 'TenantCreated', data: { tenant_id: 'acme' } };
const register = (agents: readonly string[]): TenantCommand => ({
  kind: 'register',
  credential: busCredential('acme.app'),
  agents,
  accounts: ['north'],
  public_key: null,
});

/** The code of the refusal. */
const codeOf = (before: readonly TenantEvent[], command: TenantCommand): string | undefined => {
  try {
    tenantDecider.decide(command, fold(tenantDecider, before));
    return undefined;
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
};

describe('a tenant', () => {
  it('is suspended, removed and has credentials revoked in spite of a forged event, and nothing else', () => {
    const { takes, after } = tenantDecider.inSpiteOfForgery!;
    const state = fold(tenantDecider, [created]);
    expect(after(state)).toBe(state);
    const commands: readonly TenantCommand[] = [
      ...(['create', 'suspend', 'resume', 'remove'] as const).map((kind) => ({ kind, tenant_id: 'acme' })),
      register(['*']),
      { kind: 'revoke', credential: busCredential('acme.app') },
    ];
    expect(commands.filter((command) => takes(command, state)).map(({ kind }) => kind)).toEqual([
      'suspend',
      'remove',
      'revoke',
    ]);
  });

  it('is made, suspended, resumed and removed, and says nothing where it already is so', () => {
    for (const [kind, before, type] of [
      ['create', [], 'TenantCreated'],
      ['suspend', [created], 'TenantSuspended'],
      ['resume', [created, { type: 'TenantSuspended', data: { tenant_id: 'acme' } }], 'TenantResumed'],
      ['remove', [created], 'TenantRemoved'],
    ] as const) {
      const { events } = given(tenantDecider, [...before]).when({ kind, tenant_id: 'acme' });
      expect(events).toEqual([{ type, data: { tenant_id: 'acme' } }]);
      expect(given(tenantDecider, [...before, ...events]).when({ kind, tenant_id: 'acme' }).events).toEqual(
        [],
      );
    }
  });

  it('that is not there is neither suspended nor given a credential, and a suspended one is not made anew', () => {
    for (const kind of ['suspend', 'resume', 'remove'] as const)
      expect(codeOf([], { kind, tenant_id: 'acme' })).toBe('wrong-state');
    expect(codeOf([], register(['a']))).toBe('wrong-state');
    expect(codeOf([created, { type: 'TenantSuspended', data: { tenant_id: 'acme' } }], create)).toBe(
      'wrong-state',
    );
  });

  it('has no credential left once it was removed, also where it is made anew', () => {
    const registered = given(tenantDecider, [created]).when(register(['a']));
    expect(registered.state.credentials.size).toBe(1);
    const removed = given(tenantDecider, [created, ...registered.events]).when({
      kind: 'remove',
      tenant_id: 'acme',
    });
    expect(
      given(tenantDecider, [created, ...registered.events, ...removed.events]).when(create).state,
    ).toEqual({ status: 'active', credentials: new Map(), formerKeys: new Map() });
  });

  it('keeps one list for each credential, and the last one holds', () => {
    const first = given(tenantDecider, [created]).when(register(['a']));
    expect(given(tenantDecider, [created, ...first.events]).when(register(['a'])).events).toEqual([]);
    const second = given(tenantDecider, [created, ...first.events]).when(register(['b']));
    expect([...second.state.credentials.values()]).toMatchObject([{ agents: ['b'] }]);
  });
});

describe('a key of a user of the bus', () => {
  const name = busCredential('acme.app');
  const give = (key: string | null, user = 'acme.app'): TenantCommand => ({
    kind: 'register',
    credential: busCredential(user),
    agents: [],
    accounts: [],
    public_key: key,
  });
  const former = (...commands: readonly TenantCommand[]): unknown => [
    ...fold(
      tenantDecider,
      commands.reduce<readonly TenantEvent[]>(
        (events, command) => [...events, ...tenantDecider.decide(command, fold(tenantDecider, events))],
        [created],
      ),
    ).formerKeys,
  ];
  const revoke: TenantCommand = { kind: 'revoke', credential: name };

  it('is remembered once it was revoked, replaced, or its tenant removed, and is known to be back for the same user alone', () => {
    expect(former(give('K'))).toEqual([]);
    expect(former(give('K'), revoke)).toEqual([['K', name]]);
    expect(former(give('K'), give('L'))).toEqual([['K', name]]);
    expect(former(give('K'), give(null))).toEqual([['K', name]]);
    expect(former(give('K'), { kind: 'remove', tenant_id: 'acme' }, create)).toEqual([['K', name]]);
    expect(former(give('K'), revoke, give('K'))).toEqual([]);
    expect(former(give('K'), revoke, give('K', 'acme.other'))).toEqual([['K', name]]);
    expect(
      former(
        give('K'),
        revoke,
        give('K', 'acme.other'),
        { kind: 'revoke', credential: busCredential('acme.other') },
        give('K', 'acme.other'),
      ),
    ).toEqual([['K', name]]);
    expect(former(give('K'), { ...give('K'), agents: ['a'] } as TenantCommand)).toEqual([]);
  });

  it('makes its user one of those that prove themselves by it; tokens and passwords do not', () => {
    const { credentials } = fold(tenantDecider, [
      created,
      ...[
        give('K'),
        give(null, 'acme.other'),
        { ...give(null), credential: 'service:cli' } as TenantCommand,
      ].flatMap((command) => tenantDecider.decide(command, fold(tenantDecider, [created]))),
    ]);
    expect(keyedUsers(credentials.values())).toEqual([
      { user: 'acme.app', public_key: 'K', grants: { signals: [], handlers: [] } },
    ]);
  });
});

describe('a list of names', () => {
  it.each<readonly [readonly string[], readonly string[], boolean]>([
    [['a'], ['x'], true],
    [['*'], ['x'], true],
    [['*'], ['*'], true],
    [['b'], ['x'], false],
    [['a'], ['y'], false],
    [[], ['*'], false],
    [['*'], [], false],
  ])('of agents %j and accounts %j allows agent a with account x: %s', (agents, accounts, is) => {
    expect(mayName({ agents, accounts }, 'a', 'x')).toBe(is);
    expect(wrongAgent(busCredential('acme.app'), { agents, accounts }, 'a', 'x') === null).toBe(is);
  });

  it('names each name that is not allowed, those that are, and how others are registered', () => {
    const names = { agents: ['a', 'b'], accounts: ['x'] };
    expect(wrongAgent(busCredential('acme.app'), names, 'c', 'y')).toMatchObject({
      code: 'wrong-agent',
      violations: [
        { pointer: '/agent', detail: 'must be one of `a`, `b`' },
        { pointer: '/account_id', detail: 'must be one of `x`' },
      ],
      remedy: expect.stringContaining('interlock tenants allow') as unknown,
    });
    expect(wrongAgent('service:agent.clerk', names, 'a', 'y')).toMatchObject({
      violations: [{ pointer: '/account_id' }],
      remedy: expect.stringContaining('interlock agents create') as unknown,
    });
    expect(wrongAgent('service:bot', null, 'a', 'x')).toMatchObject({
      violations: [{ pointer: '/agent' }, { pointer: '/account_id' }],
    });
  });
});
