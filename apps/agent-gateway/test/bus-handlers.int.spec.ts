import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNats, type TestNats } from '@interlock/testing';
import { connect, type NatsConnection } from 'nats';
import { BusHandlers } from '../src/handlers/bus-handlers.js';

let nats: TestNats;
let connection: NatsConnection;
let handlers: BusHandlers;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url });
  handlers = new BusHandlers(connection);
  handlers.start();
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

describe('a handler on the bus', () => {
  const ask = (actionType: string) =>
    handlers.request({
      tenant_id: 'demo',
      action_type: actionType,
      step: 'apply',
      request_id: 'r-1',
      body: '{}',
      timeout_ms: 60_000,
    });

  it('that nobody runs has heard nothing, and nobody waits for it', async () => {
    await expect(ask('mail.none')).rejects.toMatchObject({
      fault: 'not-connected',
      sent: false,
      message: 'no handler listens on the bus',
    });
  });

  it('that answers nothing, or more than is read, has been asked all the same', async () => {
    for (const [actionType, data, answer] of [
      ['mail.empty', new Uint8Array(), { status: 200, body: '' }],
      ['mail.huge', new Uint8Array(300_000), { status: 500, body: '' }],
    ] as const) {
      connection.subscribe(`interlock.handlers.demo.${actionType.replace('.', '=')}.apply`, {
        callback: (_, message) => message.respond(data),
      });
      expect(await ask(actionType)).toEqual(answer);
    }
  });
});
