import { describe, expect, it } from '@jest/globals';
import { actingFor, commandContext, personIdOf, requirePerson, requireScope, type Principal } from '../src/index.js';

const anna: Principal = {
  tenant_id: 'demo', tenants: ['demo', 'other'], subject: 'anna', person_id: personIdOf('demo', 'anna'), kind: 'person', scopes: ['POLICY_READ'], teams: [],
  actor: { kind: 'person', person_id: personIdOf('demo', 'anna') }, requester: `person:${personIdOf('demo', 'anna')}`,
};
const optimizer: Principal = { ...anna, subject: 'optimizer', person_id: null, kind: 'service', actor: { kind: 'service', service: 'optimizer' }, requester: 'service:optimizer' };
const code = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('actingFor', () => {
  it('gives a person another id in another tenant, and the subject nowhere', () => {
    const there = actingFor(anna, 'other');
    expect(there).toMatchObject({ tenant_id: 'other', person_id: personIdOf('other', 'anna'), actor: { kind: 'person', person_id: personIdOf('other', 'anna') }, requester: `person:${personIdOf('other', 'anna')}` });
    expect(JSON.stringify(commandContext(there, '2026-01-01T00:00:00.000Z'))).not.toContain('anna');
    expect(actingFor(there, 'demo')).toEqual(anna);
  });

  it('leaves a service itself', () => {
    expect(actingFor(optimizer, 'other')).toEqual({ ...optimizer, tenant_id: 'other' });
  });

  it('refuses a tenant that the token does not allow', () => {
    expect(code(() => actingFor(anna, 'third'))).toBe('wrong-tenant');
  });
});

describe('requirePerson and requireScope', () => {
  it('refuse what is missing', () => {
    expect([code(() => requirePerson(optimizer)), requirePerson(anna)]).toEqual(['person-required', anna.person_id]);
    expect([code(() => { requireScope(anna, 'POLICY_WRITE'); }), code(() => { requireScope(anna, 'POLICY_READ'); })]).toEqual(['missing-scope', undefined]);
  });
});

describe('commandContext', () => {
  it('makes ids of its own, which sort by time, and takes what is given', () => {
    const [one, two] = [commandContext(anna, '2026-01-01T00:00:00.000Z'), commandContext(anna, '2026-01-01T00:00:00.000Z')];
    expect(one.commandId).not.toBe(two.commandId);
    expect(one).toMatchObject({ tenantId: 'demo', actor: anna.actor, now: '2026-01-01T00:00:00.000Z', causationId: one.commandId });
    expect(one.commandId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(commandContext(anna, '2026-01-01T00:00:00.000Z', { commandId: 'mine', correlationId: 'c', expectedRevision: 3n })).toMatchObject({ commandId: 'mine', causationId: 'mine', correlationId: 'c', expectedRevision: 3n });
  });
});
