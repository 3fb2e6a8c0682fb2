import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ActionIntentV1 } from '@interlock/contracts';
import { startNats, type TestNats } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { Webhook } from 'standardwebhooks';
import { InterlockClient, InterlockProblem, publishIntent, readWebhook, serveOnBus } from '../src/index.js';

const intent: ActionIntentV1 = {
  intent_id: 'client-1',
  tenant_id: 'demo',
  account_id: 'inbox',
  agent: 'inbox-agent',
  action_type: 'mail.sort',
  entity_id: 'message-1',
  parameters: {},
  affected_entity_count: 1,
  confidence_score: 0.9,
};

it.each(['', 'foo', '127.0.0.1:8080', 'http://'])('the client refuses the address `%s`', (url) => {
  expect(() => new InterlockClient({ url, token: 't' })).toThrow(
    `\`${url}\` is not the address of an Interlock`,
  );
});

it('a refusal has a line for each violation', () => {
  const violations = [{ pointer: '/agent', detail: 'is required' }];
  expect(new InterlockProblem({ code: 'validation-failed', detail: 'one fault', violations }).message).toBe(
    'validation-failed: one fault\n  /agent is required',
  );
});

describe('the client on the bus', () => {
  let nats: TestNats;
  let connection: NatsConnection;
  beforeAll(async () => {
    nats = await startNats();
    connection = await nats.connection();
  });
  afterAll(() => nats.stop());

  it('publishes an intent once, and again if its content changes', async () => {
    const publish = (confidence: number): Promise<{ readonly duplicate: boolean }> =>
      publishIntent(connection, 'demo.inbox', { ...intent, confidence_score: confidence });
    const receipts = [await publish(0.9), await publish(0.9), await publish(0.8)];
    expect(receipts.map(({ duplicate }) => duplicate)).toEqual([false, true, false]);
  });

  it('serves the steps of a handler and leaves other steps unanswered', async () => {
    const faults: unknown[] = [];
    const served = serveOnBus(
      connection,
      { tenant: 'demo', actionType: 'mail.sort' },
      { status: ({ action_id }) => ({ status: action_id === 'a-1' ? 'applied' : 'not_applied' }) },
      (error) => faults.push(error),
    );
    const ask = (step: string): Promise<unknown> =>
      connection
        .request(
          `interlock.handlers.demo.mail=sort.${step}`,
          new TextEncoder().encode(JSON.stringify({ step, action_id: 'a-1' })),
          { timeout: step === 'status' ? 60_000 : 500 },
        )
        .then((answer) => JSON.parse(new TextDecoder().decode(answer.data)) as unknown);
    expect(await ask('status')).toEqual({ status: 'applied' });
    await expect(ask('undo')).rejects.toThrow();
    expect(String(faults)).toContain('the handler has no step `undo`');
    connection.publish('interlock.handlers.demo.mail=sort.status', 'no JSON');
    await connection.flush();
    expect(await ask('status')).toEqual({ status: 'applied' });
    expect(String(faults)).toContain('not valid JSON');
    served.stop();
    await connection.flush();
    await expect(ask('status')).rejects.toThrow();
  });
});

describe('a webhook', () => {
  it('is accepted only if it is signed with the secret', () => {
    const secret = `whsec_${Buffer.from('a secret of the test').toString('base64')}`;
    const body = JSON.stringify({ step: 'status', action_id: 'a-1' });
    const at = new Date();
    const headers = {
      'webhook-id': 'r-1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('r-1', at, body),
    };
    expect(readWebhook(secret, headers, body)).toMatchObject({ step: 'status', action_id: 'a-1' });
    expect(() => readWebhook(secret, headers, `${body} `)).toThrow();
    expect(() => readWebhook(secret, {}, body)).toThrow();
  });
});

describe('waiting for an outcome', () => {
  let server: Server;
  let url = '';
  const asked: string[] = [];
  const positions: unknown[] = [];
  let answers: ((response: ServerResponse) => void)[] = [];
  const json =
    (status: number, value: object) =>
    (response: ServerResponse): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
  beforeAll(async () => {
    server = createServer((request, response) => {
      const isStream = request.url?.endsWith('/stream') === true;
      if (isStream) {
        // The stream breaks as soon as it is open.
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(': hello\n\n', () => response.destroy());
        return;
      }
      asked.push(request.url ?? '');
      positions.push(request.headers['interlock-min-position']);
      (answers.length > 1 ? answers.shift() : answers[0])?.(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('goes on over lost connections and unavailable services', async () => {
    answers = [
      json(200, { action_id: 'a-1', state: 'EVALUATING' }),
      (response) => response.destroy(),
      json(503, { code: 'overloaded', detail: 'too much', status: 503 }),
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"action_id":', () => response.destroy());
      },
      json(200, { action_id: 'a-1', state: 'COMPLETED' }),
    ];
    const client = new InterlockClient({ url, token: () => 'a-token' });
    expect(await client.waitForOutcome('a-1')).toMatchObject({ state: 'COMPLETED' });
    expect(asked).toHaveLength(5);
  });

  it('reads no older than what it submitted', async () => {
    answers = [
      json(202, { action_id: 'a-1', intent_id: 'client-1', position: '77', state: 'PENDING' }),
      json(200, { action_id: 'a-1', state: 'COMPLETED' }),
    ];
    const client = new InterlockClient({ url, token: 'a-token' });
    positions.length = 0;
    await client.submit(intent);
    await client.action('a-1');
    await client.waitForOutcome('a-1');
    await client.action('a-1', { position: '401' });
    await client.action('a-2');
    expect(positions).toEqual([undefined, '77', '77', '401', undefined]);
  });

  it('ends with its signal if nobody answers', async () => {
    const held = Promise.withResolvers<undefined>();
    answers = [() => held.resolve(undefined)];
    const end = new AbortController();
    const waiting = new InterlockClient({ url, token: 'a-token' }).waitForOutcome('a-1', {
      signal: end.signal,
    });
    await held.promise;
    end.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it('ends with a permanent error and all of its violations', async () => {
    const violations = [{ pointer: '/entity_id', detail: 'is required' }];
    answers = [json(422, { code: 'validation-failed', detail: 'no', status: 422, violations })];
    const client = new InterlockClient({ url, token: 'a-token' });
    const refused: unknown = await client.waitForOutcome('a-1').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InterlockProblem);
    expect(refused).toMatchObject({ code: 'validation-failed', status: 422, violations, mayPass: false });
  });
});
