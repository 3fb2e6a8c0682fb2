import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNats, type TestNats } from '@interlock/testing';
import { connect, Events, headers, type NatsConnection } from 'nats';
import { BusHandlers } from '../src/handlers/bus-handlers.js';

let nats: TestNats;
let connection: NatsConnection;
let handlers: BusHandlers;

beforeAll(async () => {
  nats = await startNats();
  connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 });
  handlers = new BusHandlers(connection);
  handlers.start();
});
afterAll(async () => {
  await connection.close();
  await nats.stop();
});

/** Resolves when the connection has reported the event. */
const until = async (of: NatsConnection, event: Events): Promise<void> => {
  for await (const { type } of of.status()) if (type === event) return;
};

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
      ['mail.empty', new Uint8Array(), { status: 200, bytes: new Uint8Array() }],
      ['mail.huge', new Uint8Array(300_000), { status: 500, bytes: new Uint8Array() }],
    ] as const) {
      connection.subscribe(`interlock.handlers.demo.${actionType.replace('.', '=')}.apply`, {
        callback: (_, message) => message.respond(data),
      });
      expect(await ask(actionType)).toEqual(answer);
    }
  });

  it.each([
    ['404', 404],
    ['500', 500],
    ['200', 500],
    ['none', 500],
  ])('that answers with the error %s of a NATS service has answered %i', async (code, status) => {
    const actionType = `mail.error_${code}`;
    connection.subscribe(`interlock.handlers.demo.${actionType.replace('.', '=')}.apply`, {
      callback: (_, message) => {
        const marked = headers();
        marked.set('Nats-Service-Error', 'it could not be done');
        marked.set('Nats-Service-Error-Code', code);
        message.respond('{"status":"applied"}', { headers: marked });
      },
    });
    expect(await ask(actionType)).toEqual({ status, bytes: new Uint8Array() });
  });

  it('is not asked while the bus is down, and nobody waits for an answer', async () => {
    const down = until(connection, Events.Disconnect);
    await nats.kill();
    await down;
    await expect(ask('mail.none')).rejects.toMatchObject({ sent: false, message: 'the bus is down' });
    const back = until(connection, Events.Reconnect);
    await nats.up();
    await back;
    await expect(ask('mail.none')).rejects.toMatchObject({ message: 'no handler listens on the bus' });
  });
});
