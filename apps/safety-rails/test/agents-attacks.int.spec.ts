import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { InterlockClient } from '@interlock/client';
import type { Scope } from '@interlock/contracts';
import { until } from '@interlock/testing';
import { SignJWT, UnsecuredJWT } from 'jose';
import { assertionOf, askToken, proofOf, type Answer } from './agent-client.js';
import {
  actionsPath,
  ask,
  call,
  callAs,
  clientId,
  create,
  credentialOf,
  edge,
  endpoint,
  intent,
  parts,
  startAgentsWorld,
  tokenOf,
  type Agent,
} from './agents-world.js';

startAgentsWorld();

describe('the token endpoint refuses', () => {
  let agent: Agent;
  let other: Agent;
  beforeAll(async () => {
    agent = await create('asker');
    other = await create('another');
  });
  const audience = (): string => endpoint;
  const proof = (of: Agent, over: object = {}): Promise<string> =>
    proofOf(of.keys, { method: 'POST', address: endpoint, ...over });
  const soon = (): number => Math.floor(Date.now() / 1000) + 60;

  it('an assertion that was used before', async () => {
    const jti = randomUUID();
    expect((await ask(agent, { jti })).status).toBe(200);
    expect(await ask(agent, { jti })).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
  });

  it('an assertion for another audience, of another subject, that has expired or lives too long', async () => {
    const client = clientId(agent);
    for (const wrong of [
      { audience: 'https://elsewhere.example/token' },
      { subject: clientId(other) },
      { exp: Math.floor(Date.now() / 1000) - 60 },
      { exp: soon() + 3600 },
    ]) {
      const client_assertion = await assertionOf(agent.keys, { client, audience: audience(), ...wrong });
      expect(await askToken(endpoint, await proof(agent), { client_assertion })).toMatchObject({
        status: 401,
        body: { error: 'invalid_client', code: 'unauthenticated' },
      });
    }
  });

  it('an assertion without a signature, or signed with a shared secret', async () => {
    const claims = { jti: randomUUID() };
    const client = clientId(agent);
    const unsigned = new UnsecuredJWT(claims)
      .setIssuer(client)
      .setSubject(client)
      .setAudience(audience())
      .setExpirationTime(soon())
      .encode();
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer(client)
      .setSubject(client)
      .setAudience(audience())
      .setExpirationTime(soon())
      .sign(Buffer.from(JSON.stringify(agent.keys.jwk)));
    for (const client_assertion of [unsigned, shared, 'nonsense'])
      expect(await askToken(endpoint, await proof(agent), { client_assertion })).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
  });

  it('an assertion by the key of another agent', async () => {
    const client_assertion = await assertionOf(other.keys, { client: clientId(agent), audience: audience() });
    for (const by of [agent, other])
      expect(await askToken(endpoint, await proof(by), { client_assertion })).toMatchObject({
        status: 401,
        body: { error: 'invalid_client' },
      });
  });

  it('a request without a proof, or with one for another address, method or time, or used before', async () => {
    const client = clientId(agent);
    const jti = randomUUID();
    await askToken(endpoint, await proof(agent, { jti }), {
      client_assertion: await assertionOf(agent.keys, { client, audience: audience() }),
    });
    const proofs = [
      undefined,
      'nonsense',
      await proof(agent, { address: `${edge.url}${actionsPath}` }),
      await proof(agent, { method: 'GET' }),
      await proof(agent, { iat: soon() - 300 }),
      await proof(agent, { jti }),
    ];
    for (const wrong of proofs) {
      const client_assertion = await assertionOf(agent.keys, { client, audience: audience() });
      expect(await askToken(endpoint, wrong, { client_assertion })).toMatchObject({
        status: 400,
        body: { error: 'invalid_dpop_proof', code: 'proof-invalid' },
      });
    }
  });

  it('another grant, another way to prove the client, and a form that says a thing twice', async () => {
    const form = { client_assertion: 'x' };
    expect(await askToken(endpoint, 'x', { ...form, grant_type: 'password' })).toMatchObject({
      status: 400,
      body: { error: 'unsupported_grant_type' },
    });
    expect(await askToken(endpoint, 'x', { ...form, client_assertion_type: 'none' })).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    });
    const twice = await fetch(endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=client_credentials&grant_type=client_credentials',
    });
    expect(twice.status).toBe(400);
  });
});

describe('a service refuses', () => {
  let agent: Agent;
  let other: Agent;
  let token: string;
  beforeAll(async () => {
    agent = await create('caller');
    other = await create('bystander');
    token = await tokenOf(agent);
  });
  const code = async (answer: Promise<Answer>): Promise<unknown> => (await answer).body['code'];

  it('a token without its proof, with any scheme', async () => {
    expect(await code(call('GET', actionsPath, { authorization: `Bearer ${token}` }))).toBe('proof-invalid');
    expect(await code(call('GET', actionsPath, { authorization: `DPoP ${token}` }))).toBe('proof-invalid');
  });

  it('a proof by another key, for another address, method or time', async () => {
    const as = (proof: Parameters<typeof callAs>[5], by = agent): Promise<unknown> =>
      code(callAs(by, token, 'GET', actionsPath, undefined, proof));
    expect(await as({}, other)).toBe('proof-invalid');
    expect(await as({ path: '/api/v1/autonomous/plans' })).toBe('proof-invalid');
    expect(await as({ method: 'POST' })).toBe('proof-invalid');
    expect(await as({ iat: Math.floor(Date.now() / 1000) - 300 })).toBe('proof-invalid');
    expect(await as({ iat: Math.floor(Date.now() / 1000) + 300 })).toBe('proof-invalid');
  });

  it('a proof that was used before', async () => {
    const jti = randomUUID();
    expect((await callAs(agent, token, 'GET', actionsPath, undefined, { jti })).status).toBe(200);
    expect(await code(callAs(agent, token, 'GET', actionsPath, undefined, { jti }))).toBe('proof-invalid');
  });

  it('a proof for another token', async () => {
    const second = await tokenOf(agent);
    const dpop = await proofOf(agent.keys, {
      method: 'GET',
      address: `${edge.url}${actionsPath}`,
      token: second,
    });
    expect(await code(call('GET', actionsPath, { authorization: `DPoP ${token}`, dpop }))).toBe(
      'proof-invalid',
    );
  });

  it('an intent that names another account or agent', async () => {
    for (const wrong of [intent('caller', 'south'), intent('bystander')])
      expect(await code(callAs(agent, token, 'POST', actionsPath, wrong))).toBe('wrong-agent');
  });

  it("an agent that reads another's action, by id, in a list and in a timeline", async () => {
    const client = new InterlockClient({ credential: await credentialOf(other) });
    const { action_id: id, position } = await client.submit(intent('bystander'));
    await client.action(id, { position });
    expect(await code(callAs(agent, token, 'GET', `${actionsPath}/${id}`))).toBe('action-not-found');
    expect(await code(callAs(agent, token, 'GET', `${actionsPath}/${id}/timeline`))).toBe('action-not-found');
    const own = await client.call<{ readonly items: readonly { readonly action_id: string }[] }>(
      'GET',
      actionsPath,
    );
    expect(own.items.map(({ action_id }) => action_id)).toEqual([id]);
    const { body } = await callAs(agent, token, 'GET', actionsPath);
    expect(body['items']).toEqual([]);
  });

  it("an agent that reads another's plan, or submits one for another account", async () => {
    const client = new InterlockClient({ credential: await credentialOf(other) });
    const planOf = (account: string): object => {
      const { intent_id: id, tenant_id: _tenant, ...node } = intent('bystander', account);
      return {
        submission_id: id,
        failure_rule: 'stop',
        max_affected_entities: 10,
        nodes: [{ node_id: 'a', intent: node }],
      };
    };
    const plansPath = '/api/v1/autonomous/plans';
    const { plan_id: id } = await client.call<{ readonly plan_id: string }>(
      'POST',
      plansPath,
      planOf('north'),
    );
    expect(await client.call('GET', `${plansPath}/${id}`)).toMatchObject({ plan_id: id });
    expect(await code(callAs(agent, token, 'GET', `${plansPath}/${id}`))).toBe('plan-not-found');
    const listed = async (): Promise<readonly unknown[]> =>
      (await client.call<{ readonly items: readonly unknown[] }>('GET', plansPath)).items;
    await until(async () => (await listed()).length === 1, 'the plan is listed');
    expect((await callAs(agent, token, 'GET', plansPath)).body['items']).toEqual([]);
    await expect(client.call('POST', plansPath, planOf('south'))).rejects.toMatchObject({
      code: 'wrong-agent',
    });
  });

  it('an agent that decides, stops, loosens or reads what is not its own', async () => {
    const client = new InterlockClient({ credential: await credentialOf(agent) });
    const { action_id: id } = await client.submit(intent('caller'));
    for (const [method, path, body] of [
      ['POST', `${actionsPath}/${id}/approve`, {}],
      ['POST', `${actionsPath}/${id}/confirm`, {}],
      ['POST', `${actionsPath}/${id}/cancel`, {}],
      ['POST', '/api/v1/autonomous/kill-switch', { scope: 'tenant', engaged: true, reason: 'x' }],
      ['GET', '/api/v1/autonomous/status', undefined],
      ['GET', `${actionsPath}/records`, undefined],
      ['GET', '/api/v1/autonomous/agents', undefined],
      ['POST', '/api/v1/autonomous/agents', { name: 'more', accounts: ['*'], jwk: {} }],
      ['POST', '/api/v1/autonomous/agents/bystander/revoke', {}],
    ] as const)
      expect([path, await code(callAs(agent, token, method, path, body))]).toEqual([path, 'missing-scope']);
  });

  it('a tenant that is not the agent’s', async () => {
    const path = `${actionsPath}?tenant_id=acme`;
    expect(await code(callAs(agent, token, 'GET', path))).toBe('wrong-tenant');
  });

  it('a person or program with no right to credentials', async () => {
    const scopes: readonly Scope[] = ['AUTONOMOUS_APPROVE', 'AUTONOMOUS_READ'];
    const headers = await parts.issuer.person(scopes);
    expect(await code(call('GET', '/api/v1/autonomous/agents', headers))).toBe('missing-scope');
  });
});
