import { describe, expect, it } from '@jest/globals';
import { createTokenVerifier, principalIn } from '../src/index.js';
import { fakeContext } from './fake-context.js';
import { issuer, parts, running, startAuthService } from './auth-service.js';

startAuthService();

describe('the tenant of a request', () => {
  const ask = async (headers: Record<string, string>, path = '/tenant', body?: object): Promise<unknown> => {
    const token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ', 'POLICY_WRITE'],
      sub: 'anna',
      kind: 'person',
      tenants: ['other'],
    });
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things${path}`, {
      method: body === undefined ? 'GET' : 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as { tenant_id?: string; code?: string };
    return answer.tenant_id ?? answer.code;
  };

  it("is the token's own, or one that it allows by header, query, path or body", async () => {
    expect([
      await ask({}),
      await ask({ 'x-tenant-id': 'other' }),
      await ask({}, '/tenant?tenant_id=other'),
      await ask({ 'x-tenant-id': 'other' }, '/tenant?tenant_id=other'),
    ]).toEqual(['demo', 'other', 'other', 'other']);
    expect([
      await ask({}, '/of/other'),
      await ask({}, '/in/action-other:1'),
      await ask({}, '/tenant', { tenant_id: 'other' }),
      await ask({}, '/tenant', { tenant_id: null }),
    ]).toEqual(['other', 'other', 'other', 'demo']);
  });

  it('is that of the person, who is another there', async () => {
    const token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ'],
      sub: 'anna',
      kind: 'person',
      tenants: ['other'],
    });
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things/tenant`, {
      headers: { authorization: `Bearer ${token}`, 'x-tenant-id': 'other' },
    });
    expect(await response.json()).toEqual({
      tenant_id: 'other',
      acting: 'other',
      person_id: await parts.context.people.idOf('other', 'anna'),
    });
  });

  it('refuses others, and what is not a name', async () => {
    expect([
      await ask({ 'x-tenant-id': 'third' }),
      await ask({}, '/tenant?tenant_id=_system'),
      await ask({}, '/of/third'),
      await ask({}, '/in/action-third:1'),
      await ask({}, '/tenant', { tenant_id: 'third' }),
    ]).toEqual(Array.from({ length: 5 }, () => 'wrong-tenant'));
    expect([
      await ask({ 'x-tenant-id': 'No Name' }),
      await ask({}, '/tenant?tenant_id=demo&tenant_id=other'),
      await ask({}, '/tenant', { tenant_id: 7 }),
    ]).toEqual(Array.from({ length: 3 }, () => 'validation-failed'));
  });

  it('refuses two tenants at once, wherever they stand', async () => {
    const both = [
      await ask({ 'x-tenant-id': 'demo' }, '/tenant?tenant_id=other'),
      await ask({ 'x-tenant-id': 'demo' }, '/of/other'),
      await ask({ 'x-tenant-id': 'demo' }, '/in/action-other:1'),
      await ask({ 'x-tenant-id': 'other' }, '/tenant', { tenant_id: 'demo' }),
      await ask({}, '/of/other?tenant_id=demo'),
    ];
    expect(both).toEqual(Array.from(both, () => 'validation-failed'));
  });

  it('leaves a body to a route that keeps what it refuses: it only chooses what the token allows', async () => {
    expect([
      await ask({}, '/kept', { tenant_id: 'other' }),
      await ask({}, '/kept', { tenant_id: 'third' }),
      await ask({ 'x-tenant-id': 'other' }, '/kept', { tenant_id: 'demo' }),
    ]).toEqual(['other', 'demo', 'other']);
  });
});

describe("a person's id", () => {
  it('is the same for the same subject, and another in another tenant', async () => {
    const { people } = parts.context;
    const anna = await people.idOf('demo', 'anna');
    expect(await people.idOf('demo', 'anna')).toBe(anna);
    expect(new Set([anna, await people.idOf('other', 'anna'), await people.idOf('demo', 'bert')]).size).toBe(
      3,
    );
  });

  it('cannot be told from the subject: nobody finds a person again by guessing', async () => {
    const another = fakeContext(issuer.auth).context.people;
    expect(await another.idOf('demo', 'anna')).not.toBe(await parts.context.people.idOf('demo', 'anna'));
  });

  it('is asked for no service, and only in the tenant that is chosen', async () => {
    const nobody = {
      actorOf: () => Promise.reject(new Error('asked')),
      withNamesake: () => Promise.reject(new Error('asked')),
      seal: () => Promise.reject(new Error('asked')),
      open: () => Promise.reject(new Error('asked')),
    };
    const token = await issuer.token({ tenant: 'demo', scopes: [], sub: 'optimizer', kind: 'service' });
    const caller = await createTokenVerifier(issuer.auth)(token);
    expect(await principalIn(caller, 'demo', nobody)).toMatchObject({
      person_id: null,
      actor: { kind: 'service', service: 'optimizer' },
      requester: 'service:optimizer',
    });
  });
});
