import { describe, expect, it } from '@jest/globals';
import type { ProblemCode, RecordRefusalRequest } from '@interlock/contracts';
import { inMemoryPeopleTable, newMasterKey, parseMasterKeys, People } from '@interlock/people';
import type { FastifyRequest } from 'fastify';
import { principalIn, type Caller } from '../src/request/principal.js';
import { RefusedCommands } from '../src/problems/refused-commands.js';
import { stateOf } from '../src/request/request-state.js';

const logger = { warn: () => undefined };
const people = new People({ table: inMemoryPeopleTable(), keys: parseMasterKeys(newMasterKey()), logger });
const anna: Caller = {
  tenant_id: 'demo',
  tenants: ['demo', 'other'],
  subject: 'anna',
  kind: 'person',
  scopes: ['AUTONOMOUS_READ'],
  roles: ['viewer'],
  teams: [],
};
const path = '/api/v1/changes/c-1/approve';

/** What is recorded of a request that was refused; null if nothing is. */
const recordedOf = async (
  code: ProblemCode,
  {
    method = 'POST',
    caller = anna,
    tenant,
  }: { method?: string; caller?: Caller | undefined; tenant?: string } = {},
): Promise<RecordRefusalRequest | null> => {
  const request = {
    raw: {},
    headers: {},
    method,
    url: `${path}?tenant_id=demo`,
    routeOptions: { url: '/api/v1/changes/:id/approve' },
  } as unknown as FastifyRequest;
  const state = stateOf(request);
  state.caller = Promise.resolve(caller);
  if (tenant !== undefined) state.principal = await principalIn(caller, tenant, people);
  const recorded: RecordRefusalRequest[] = [];
  new RefusedCommands((one) => Promise.resolve(recorded.push(one)), people, logger).note(request, { code });
  await new Promise((resolve) => setImmediate(resolve));
  return recorded[0] ?? null;
};

describe('what a service refuses a person', () => {
  it('is recorded with who asked, for what, and the code, in the tenant of the request', async () => {
    expect(await recordedOf('same-person', { tenant: 'other' })).toMatchObject({
      tenant_id: 'other',
      person: `person:${await people.idOf('other', 'anna')}`,
      command: 'POST /api/v1/changes/:id/approve',
      path,
      code: 'same-person',
    });
  });

  it('is recorded in the own tenant of a person who has not the scope', async () => {
    expect(await recordedOf('missing-scope')).toMatchObject({
      tenant_id: 'demo',
      person: `person:${await people.idOf('demo', 'anna')}`,
      code: 'missing-scope',
    });
  });

  it.each<readonly [string, ProblemCode, object]>([
    ['a read', 'missing-scope', { method: 'GET' }],
    ['a faulty form', 'validation-failed', { tenant: 'demo' }],
    ['what is not there', 'action-not-found', { tenant: 'demo' }],
    ['a token that is not valid', 'token-expired', {}],
    ['a service that is away', 'service-unreachable', { tenant: 'demo' }],
    ['a fault of ours', 'internal-error', { tenant: 'demo' }],
    ['a program', 'person-required', { caller: { ...anna, kind: 'service', subject: 'ci' } }],
  ])('is not recorded for %s', async (_, code, over) => {
    expect(await recordedOf(code, over)).toBeNull();
  });
});
