import { describe, expect, it } from '@jest/globals';
import { InterlockClient } from '@interlock/client';
import { until } from '@interlock/testing';
import { exportJWK } from 'jose';
import { newAgentKeys, type Answer } from './agent-client.js';
import {
  actionsPath,
  asAdmin,
  asTwo,
  ask,
  call,
  callAs,
  create,
  credentialOf,
  edge,
  endpoint,
  intent,
  parts,
  startAgentsWorld,
  tokenOf,
} from './agents-world.js';

startAgentsWorld();

describe('a registered agent', () => {
  it('gets a token by its key alone, submits an intent and reads it', async () => {
    const agent = await create('ran-optimizer');
    const client = new InterlockClient({ credential: await credentialOf(agent) });
    const accepted = await client.submit(intent('ran-optimizer'));
    const action = await client.action(accepted.action_id, { position: accepted.position });
    expect(action['requester']).toBe('service:agent.ran-optimizer');
  });

  it('finds the endpoint by its metadata', async () => {
    const { body } = await call('GET', '/.well-known/oauth-authorization-server', {});
    expect(body).toMatchObject({
      issuer: edge.url,
      token_endpoint: endpoint,
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
    });
    expect(body['dpop_signing_alg_values_supported']).toContain('EdDSA');
  });

  it('is listed with its keys, never with a private one', async () => {
    await create('listed');
    const { body } = await asAdmin('GET', '');
    const items = body['items'] as readonly { readonly name: string; readonly client_id: string }[];
    expect(items.find(({ name }) => name === 'listed')).toMatchObject({
      client_id: 'demo.listed',
      accounts: ['north'],
      agents: ['listed'],
    });
    expect(JSON.stringify(items)).not.toContain('"d"');
  });

  it('is refused within two seconds after it was revoked, at the endpoint and at the services', async () => {
    const agent = await create('short-lived');
    const token = await tokenOf(agent);
    expect((await callAs(agent, token, 'GET', actionsPath)).status).toBe(200);
    expect((await asAdmin('POST', '/short-lived/revoke', {})).status).toBe(200);
    const revokedAt = performance.now();
    const refused = await until(async () => {
      const answer = await callAs(agent, token, 'GET', actionsPath);
      return answer.status === 401 && answer;
    }, 'the agent is refused');
    expect(performance.now() - revokedAt).toBeLessThan(2000);
    expect((refused as Answer).body['code']).toBe('credential-revoked');
    expect(await ask(agent)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client', code: 'credential-revoked' },
    });
  });

  it('gets no more events on a stream that was open when it was revoked', async () => {
    const agent = await create('listening');
    const client = new InterlockClient({ credential: await credentialOf(agent) });
    const { position: after } = await client.submit(intent('listening'));
    const events = client.follow(null, { after: `${BigInt(after) - 1n}` });
    await events.next();
    expect((await asAdmin('POST', '/listening/revoke', {})).status).toBe(200);
    const revokedAt = performance.now();
    const refused = (async () => {
      for await (const { type } of events) expect(type).not.toBe('opened');
    })();
    await expect(refused).rejects.toMatchObject({ code: 'credential-revoked' });
    expect(performance.now() - revokedAt).toBeLessThan(5000);
  });

  it('has its open actions cancelled on request', async () => {
    const agent = await create('stopped');
    const client = new InterlockClient({ credential: await credentialOf(agent) });
    const { action_id: id } = await client.submit(intent('stopped'));
    const { status, body } = await asAdmin('POST', '/stopped/revoke', { cancel: true });
    expect({ status, cancelled: body['cancelled_actions'] }).toEqual({ status: 200, cancelled: [id] });
    const headers = await parts.issuer.person(['AUTONOMOUS_READ']);
    const action = await until(async () => {
      const answer = await call('GET', `${actionsPath}/${id}`, headers);
      return answer.body['state'] === 'CANCELLED' && answer.body;
    }, 'the action is cancelled');
    expect(action).toMatchObject({ requester: 'service:agent.stopped' });
  });

  it('goes on with both keys during a rotation, and then with the new one alone', async () => {
    const agent = await create('rotated');
    const token = await tokenOf(agent);
    const next = { name: 'rotated', keys: await newAgentKeys() };
    expect(await asTwo('POST', '/rotated/rotate', { jwk: next.keys.jwk, overlap_s: 2 })).toMatchObject({
      status: 200,
      body: { keys: [{ jkt: agent.keys.jkt }, { jkt: next.keys.jkt, ends_at: null }] },
    });
    expect((await callAs(agent, token, 'GET', actionsPath)).status).toBe(200);
    expect(
      (await until(async () => (await ask(next)).status === 200, 'the new key is known')) as boolean,
    ).toBe(true);
    await until(async () => (await callAs(agent, token, 'GET', actionsPath)).status === 401, 'the old ends');
    expect(await ask(agent)).toMatchObject({ status: 401, body: { code: 'credential-revoked' } });
    expect((await ask(next)).status).toBe(200);
  });
});

describe('a credential', () => {
  it('is given once another person has approved it, and the same call then answers it', async () => {
    const { jwk } = await newAgentKeys();
    const body = { name: 'approved', accounts: ['north'], jwk };
    const asked = await asAdmin('POST', '', body);
    expect(asked).toMatchObject({
      status: 202,
      body: { status: 'open', loosened: [{ pointer: '/credentials/service:agent.approved' }] },
    });
    const listed = async (): Promise<string> => JSON.stringify((await asAdmin('GET', '')).body);
    expect(await listed()).not.toContain('approved');
    expect(await asTwo('POST', '', body)).toMatchObject({ status: 200, body: { name: 'approved' } });
    expect(await listed()).toContain('approved');
    expect(await asAdmin('POST', '', body)).toMatchObject({ status: 200, body: { name: 'approved' } });
    const rotated = await asAdmin('POST', '/approved/rotate', { jwk: (await newAgentKeys()).jwk });
    expect(rotated).toMatchObject({
      status: 202,
      body: { loosened: [{ pointer: '/credentials/service:agent.approved/keys' }] },
    });
  });

  it('is proposed by a program with a reason alone, and taken back by one at once', async () => {
    const { jwk } = await newAgentKeys();
    const body = { name: 'by-program', accounts: ['north'], jwk };
    expect((await asAdmin('POST', '', body, 'service')).body['code']).toBe('person-required');
    await create('taken');
    const rotated = await asAdmin('POST', '/taken/rotate', { jwk }, 'service');
    expect(rotated.body['code']).toBe('person-required');
    expect((await asAdmin('POST', '/taken/revoke', {}, 'service')).status).toBe(200);
  });

  it('is never given for a private key, a key of another kind, or a name that exists', async () => {
    const { jwk, privateKey } = await newAgentKeys();
    const given = { name: 'odd', accounts: ['north'] };
    for (const wrong of [
      await exportJWK(privateKey),
      { kty: 'oct', k: 'AAAA' },
      { kty: 'RSA', n: 'x', e: 'AQAB' },
    ])
      expect((await asAdmin('POST', '', { ...given, jwk: wrong })).body['code']).toBe('validation-failed');
    await create('there', { jwk });
    const { jwk: another } = await newAgentKeys();
    expect((await asAdmin('POST', '', { ...given, name: 'there', jwk: another })).body['code']).toBe(
      'already-exists',
    );
    expect((await asAdmin('POST', '', { ...given, jwk })).body['code']).toBe('already-exists');
  });

  it('is not a subject that another issuer may name', async () => {
    const headers = await parts.issuer.service(['AUTONOMOUS_SUBMIT'], { sub: 'agent.there' });
    expect((await call('GET', actionsPath, headers)).body['code']).toBe('unauthenticated');
  });
});
