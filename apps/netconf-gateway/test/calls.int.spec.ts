import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CallHome, type CallOutcome } from '../src/sessions/call-home.js';
import { CallPort } from '../src/sessions/call-port.js';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Opens a connection, and returns its end at the server too. */
const call = async (port: number): Promise<{ readonly caller: Socket; readonly accepted: Socket }> => {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const accept = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    if (socket.localPort === port) resolve(socket);
  };
  subscribe('net.server.socket', accept);
  const caller = connect(port, '127.0.0.1');
  caller.on('error', () => undefined);
  stops.push(() => caller.destroy());
  const accepted = await promise;
  unsubscribe('net.server.socket', accept);
  return { caller, accepted };
};

describe('a caller', () => {
  it.each(['ssh', 'tls'] as const)(
    'is done with at once if it has closed its connection over %s while the inventory is read',
    async (transport) => {
      const read = Promise.withResolvers<void>();
      const ended = Promise.withResolvers<CallOutcome>();
      const callHome = new CallHome({
        config: {
          NETCONF_CALL_HOME_PORT: 0,
          NETCONF_CALL_HOME_TLS_PORT: 0,
          // Longer than any test.
          NETCONF_CONNECT_MS: 2 ** 31 - 1,
        },
        host: '127.0.0.1',
        inventory: { callersWith: () => [], recent: () => read.promise },
        credentials: {
          read: () => {
            throw new Error('no secret is read');
          },
        },
        logger,
        onReach: () => undefined,
        onCall: (outcome) => ended.resolve(outcome),
        onShortage: () => undefined,
      });
      await callHome.start();
      stops.push(() => callHome.stop());
      const { caller, accepted } = await call((transport === 'ssh' ? callHome.port : callHome.tlsPort)!);
      const closed = new Promise((resolve) => accepted.once('close', resolve));
      caller.resetAndDestroy();
      await closed;
      read.resolve();
      expect(await ended.promise).toBe('failed');
    },
  );

  it('gives its place back if it cannot be served', async () => {
    const tooMany: Socket[] = [];
    const warnings: unknown[] = [];
    const port = new CallPort({
      host: '127.0.0.1',
      logger: { ...logger, warn: (one) => warnings.push(one) },
      onCall: () => Promise.reject(new Error('a fault')),
      onTooMany: (socket) => tooMany.push(socket),
    });
    await port.start(0);
    stops.push(() => port.stop());
    for (let n = 0; n < 20; n += 1) {
      const { caller } = await call(port.port!);
      caller.resume();
      await new Promise((resolve) => caller.once('close', resolve));
    }
    expect(tooMany).toEqual([]);
    expect(warnings).toHaveLength(20);
  });
});
