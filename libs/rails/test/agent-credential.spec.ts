import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  agentsIn,
  needsRegistration,
  ownRequesters,
  tenantDecider,
  type TenantCommand,
} from '../src/index.js';
import type { TenantEvent } from '../src/index.js';

const jwk = { kty: 'OKP', crv: 'Ed25519', x: 'x' } as const;
const now = '2026-11-20T10:00:00.000Z';
const later = '2026-11-20T10:10:00.000Z';
const key = (jkt: string) => ({ jkt, jwk });
const create = (name: string, jkt: string, more: object = {}): TenantCommand => ({
  kind: 'create_agent',
  tenant_id: 'demo',
  name,
  agents: [name],
  accounts: ['north'],
  signals: [],
  key: key(jkt),
  bus: null,
  ...more,
});
const rotate = (jkt: string, until = later, at = now): TenantCommand => ({
  kind: 'rotate_agent',
  name: 'a',
  key: key(jkt),
  old_keys_until: until,
  now: at,
});
const after = (...commands: readonly TenantCommand[]) =>
  fold(
    tenantDecider,
    [{ kind: 'create', tenant_id: 'demo' } as const, ...commands].reduce<readonly TenantEvent[]>(
      (events, command) => [...events, ...tenantDecider.decide(command, fold(tenantDecider, events))],
      [],
    ),
  );
const keysAfter = (...commands: readonly TenantCommand[]) =>
  agentsIn('demo', after(...commands).credentials)[0]?.keys.map(({ jkt, ends_at }) => [jkt, ends_at]);

describe('the credential of an agent', () => {
  it('has one key, and after a rotation the old one until it ends', () => {
    expect(keysAfter(create('a', 'k1'))).toEqual([['k1', null]]);
    expect(keysAfter(create('a', 'k1'), rotate('k2'))).toEqual([
      ['k1', later],
      ['k2', null],
    ]);
  });

  it('drops a key that has ended at the next rotation, and never extends one', () => {
    const ended = '2026-11-20T10:20:00.000Z';
    expect(keysAfter(create('a', 'k1'), rotate('k2'), rotate('k3', ended, ended))).toEqual([
      ['k2', ended],
      ['k3', null],
    ]);
    expect(keysAfter(create('a', 'k1'), rotate('k2', now, '2026-11-20T09:00:00.000Z'), rotate('k3'))).toEqual(
      [
        ['k2', later],
        ['k3', null],
      ],
    );
    const sooner = '2026-11-20T10:05:00.000Z';
    expect(keysAfter(create('a', 'k1'), rotate('k2', sooner), rotate('k3'))).toEqual([
      ['k1', sooner],
      ['k2', later],
      ['k3', null],
    ]);
  });

  it('ends with its user of the bus', () => {
    const bus = { public_key: `U${'A'.repeat(55)}`, handlers: ['mail.sort'] };
    expect([...after(create('a', 'k1', { bus })).credentials.keys()]).toEqual([
      'service:agent.a',
      'service:nats.demo.a',
    ]);
    const revoke = { kind: 'revoke_agent', tenant_id: 'demo', name: 'a' } as const;
    expect(after(create('a', 'k1', { bus }), revoke).credentials.size).toBe(0);
  });

  it('is refused for a name or a key that is registered, and where there is none', () => {
    expect(() => after(create('a', 'k1'), create('a', 'k2'))).toThrow('there is an agent `a` already');
    expect(() => after(create('a', 'k1'), create('b', 'k1'))).toThrow('the key is registered already');
    expect(() => after(rotate('k2'))).toThrow('there is no agent `a`');
    expect(() => after({ kind: 'suspend', tenant_id: 'demo' }, create('a', 'k1'))).toThrow('suspended');
  });
});

it('an agent owns what it submitted by its token and on the bus, and anyone else what they submitted', () => {
  expect(ownRequesters('demo', 'service:agent.a')).toEqual(['service:agent.a', 'service:nats.demo.a']);
  expect(ownRequesters('demo', 'service:a')).toEqual(['service:a']);
  expect(['service:agent.a', 'service:nats.demo.a', 'service:a'].map(needsRegistration)).toEqual([
    true,
    true,
    false,
  ]);
});
