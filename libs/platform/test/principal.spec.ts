import { describe, expect, it } from '@jest/globals';
import { inMemoryPeopleTable, newMasterKey, parseMasterKeys, People } from '@interlock/people';
import {
  approverOf,
  commandContext,
  principalIn,
  requirePerson,
  requireScope,
  sealed,
  type Principal,
} from '../src/index.js';

const people = new People({
  table: inMemoryPeopleTable(),
  keys: parseMasterKeys(newMasterKey()),
  logger: { warn: () => undefined },
});
const annaId = await people.idOf('demo', 'anna');
const anna: Principal = {
  tenant_id: 'demo',
  tenants: ['demo', 'other'],
  subject: 'anna',
  person_id: annaId,
  kind: 'person',
  scopes: ['POLICY_READ'],
  roles: [],
  teams: [],
  actor: { kind: 'person', person_id: annaId },
  requester: `person:${annaId}`,
  refused_as: [`person:${annaId}`, 'service:anna'],
  people,
};
const optimizer: Principal = {
  ...anna,
  subject: 'optimizer',
  person_id: null,
  kind: 'service',
  actor: { kind: 'service', service: 'optimizer' },
  requester: 'service:optimizer',
  refused_as: ['service:optimizer', 'service:optirnizer'],
};
const code = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('principalIn', () => {
  const caller = {
    tenant_id: 'demo',
    tenants: ['demo', 'other'],
    subject: 'anna',
    kind: 'person',
    scopes: ['POLICY_READ'],
    roles: [],
    teams: [],
  } as const;

  it('gives a person another id in another tenant, and the subject nowhere in what is written', async () => {
    const there = await principalIn(caller, 'other', people);
    const id = await people.idOf('other', 'anna');
    expect(id).not.toBe(annaId);
    expect(there).toMatchObject({
      tenant_id: 'other',
      tenants: ['demo', 'other'],
      person_id: id,
      actor: { kind: 'person', person_id: id },
      requester: `person:${id}`,
    });
    expect(JSON.stringify(commandContext(there, '2026-01-01T00:00:00.000Z'))).not.toContain('anna');
    expect(await principalIn(caller, 'demo', people)).toEqual(anna);
  });

  it('leaves a service itself', async () => {
    expect(await principalIn({ ...caller, subject: 'optimizer', kind: 'service' }, 'other', people)).toEqual({
      ...optimizer,
      tenant_id: 'other',
    });
  });
});

describe('requirePerson and requireScope', () => {
  it('refuse what is missing', () => {
    expect([code(() => requirePerson(optimizer)), requirePerson(anna)]).toEqual([
      'person-required',
      anna.person_id,
    ]);
    expect([
      code(() => requireScope(anna, 'POLICY_WRITE')),
      code(() => requireScope(anna, 'POLICY_READ')),
    ]).toEqual(['missing-scope', undefined]);
  });
});

describe('sealed', () => {
  it('seals what a person wrote, the same for the same text in the same context, and nothing of a service', async () => {
    const text = await sealed(anna, 'because of Bert', 'action-demo:1 reject');
    expect(text).toMatch(new RegExp(`^enc:1:${annaId}:[A-Za-z0-9_-]+$`));
    expect([
      (await sealed(anna, 'because of Bert', 'action-demo:1 reject')) === text,
      (await sealed(anna, 'because of Bert', 'action-demo:2 reject')) === text,
    ]).toEqual([true, false]);
    expect(await sealed(optimizer, 'load', 'action-demo:1 reject')).toBe('load');
  });

  it("takes a person's text whatever it looks like, and no sealed one from a service", async () => {
    const text = await sealed(anna, 'secret', 'c');
    const twice = await sealed(anna, text, 'c');
    expect((await people.open(['demo'], [twice])).get(twice)).toBe(text);
    await expect(sealed(optimizer, text, 'c')).rejects.toMatchObject({ code: 'validation-failed' });
  });
});

describe('approverOf', () => {
  it('holds the roles and scopes of a person who approves, and what they were shown', () => {
    expect(commandContext(anna, '2026-01-01T00:00:00.000Z', approverOf(anna, 'd'))).toMatchObject({
      approver: { roles: [], scopes: ['POLICY_READ'], shown: 'd' },
    });
  });
});

describe('commandContext', () => {
  it('makes ids of its own, which sort by time, and takes what is given', () => {
    const [one, two] = [
      commandContext(anna, '2026-01-01T00:00:00.000Z'),
      commandContext(anna, '2026-01-01T00:00:00.000Z'),
    ];
    expect(one.commandId).not.toBe(two.commandId);
    expect(one).toMatchObject({
      tenantId: 'demo',
      actor: anna.actor,
      now: '2026-01-01T00:00:00.000Z',
      causationId: one.commandId,
    });
    expect(one.commandId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(
      commandContext(anna, '2026-01-01T00:00:00.000Z', {
        commandId: 'mine',
        correlationId: 'c',
        expectedRevision: 3n,
      }),
    ).toMatchObject({ commandId: 'mine', causationId: 'mine', correlationId: 'c', expectedRevision: 3n });
  });
});
