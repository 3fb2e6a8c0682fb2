import { describe, expect, it } from '@jest/globals';
import { busStreams } from '@interlock/contracts';
import { collect, testMetadata } from '@interlock/kernel';
import { connect, createServer, type AddressInfo } from 'node:net';
import { atThisPace, startGate, startLog, startNats, testIssuer, until } from '../src/index.js';

const opens = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });

describe('startLog', () => {
  it('starts a real log of its own and stops it again', async () => {
    const [one, two] = await Promise.all([startLog(), startLog()]);
    const event = {
      id: '00000000-0000-4000-8000-000000000001',
      type: 'Tested',
      data: { a: 1 },
      metadata: testMetadata(),
    };
    await one.store.append('thing-demo:1', [event], 'no_stream');
    expect((await collect(one.store.read('thing-demo:1'))).map(({ type, data }) => [type, data])).toEqual([
      ['Tested', { a: 1 }],
    ]);
    expect(await collect(two.store.read('thing-demo:1'))).toEqual([]);
    await Promise.all([one.stop(), two.stop()]);
    expect(await opens(one.port)).toBe(false);
  });

  it('keeps the events of a durable one while it is down', async () => {
    const log = await startLog({ durable: true, deadlineMs: atThisPace(1500) });
    const event = {
      id: '00000000-0000-4000-8000-000000000001',
      type: 'Tested',
      data: {},
      metadata: testMetadata(),
    };
    await log.store.append('thing-demo:1', [event], 'no_stream');
    await log.down();
    await expect(collect(log.store.read('thing-demo:1'))).rejects.toMatchObject({ code: 'log-unavailable' });
    await log.up();
    expect(await until(() => collect(log.store.read('thing-demo:1')), 'it answers again')).toHaveLength(1);
    await log.stop();
  });
});

describe('startNats', () => {
  it('keeps the messages of JetStream over a restart, and connections return', async () => {
    const nats = await startNats();
    try {
      const connection = await nats.connection();
      const manager = await connection.jetstreamManager();
      expect((await manager.streams.list().next()).map(({ config }) => config.name).sort()).toEqual(
        busStreams.map(({ name }) => name).sort(),
      );
      await manager.streams.add({ name: 'T', subjects: ['t.*'] });
      await connection.jetstream().publish('t.a');
      await nats.restart();
      const { state } = await until(() => manager.streams.info('T'), 'the stream is there again');
      expect(state.messages).toBe(1);
    } finally {
      await nats.stop();
    }
    expect(await opens(nats.port)).toBe(false);
  });
});

describe('a gate', () => {
  it('lets through, cuts, and lets through again', async () => {
    const nats = await startNats();
    const gate = await startGate(nats.port);
    const reads = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(gate.port, '127.0.0.1')
          .once('data', (data) => {
            socket.destroy();
            resolve(data.toString());
          })
          .once('error', reject)
          .once('close', () => reject(new Error('closed')));
      });
    expect(await reads()).toMatch(/^INFO/);
    gate.cut();
    await expect(reads()).rejects.toThrow();
    gate.mend();
    expect(await reads()).toMatch(/^INFO/);
    await gate.stop();
    await nats.stop();
  });
});

describe('a gate to an echo', () => {
  /** A server that echoes, behind a gate, and one client of it. */
  const echoed = async () => {
    const server = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gate = await startGate((server.address() as AddressInfo).port);
    const client = connect(gate.port, '127.0.0.1').on('error', () => undefined);
    let heard = '';
    let ended = false;
    client
      .on('data', (data) => {
        heard += data.toString();
      })
      .on('end', () => {
        ended = true;
      });
    await new Promise<void>((resolve) => {
      client.once('connect', () => resolve());
    });
    return {
      gate,
      client,
      heard: () => heard,
      ended: () => ended,
      stop: async () => {
        client.destroy();
        await gate.stop();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  };

  it('holds sent data and lets it through afterwards', async () => {
    const { gate, client, heard, stop } = await echoed();
    gate.hold();
    client.write('held');
    await new Promise((resolve) => {
      connect(gate.port, '127.0.0.1')
        .once('connect', resolve)
        .once('close', () => undefined)
        .on('error', () => undefined);
    });
    expect(heard()).toBe('');
    gate.mend();
    await until(() => heard() === 'held', 'it comes back');
    await stop();
  });

  it('delays without changing the order, and counts its clients', async () => {
    const { gate, client, heard, stop } = await echoed();
    gate.delay(20);
    const began = performance.now();
    for (const part of ['a', 'b', 'c']) client.write(part);
    await until(() => heard() === 'abc', 'it comes back');
    expect(performance.now() - began).toBeGreaterThanOrEqual(38);
    expect(gate.connections()).toBe(1);
    client.destroy();
    await until(() => gate.connections() === 0, 'nobody is connected');
    await stop();
  });

  it('ends the direction to the client only', async () => {
    const { gate, ended, stop } = await echoed();
    gate.halfClose();
    await until(ended, 'the client has heard it');
    await stop();
  });
});

describe('parts that are killed', () => {
  it('return with their data, and NATS without if its files are lost', async () => {
    const [log, nats] = await Promise.all([
      startLog({ durable: true, deadlineMs: atThisPace(1500) }),
      startNats(),
    ]);
    await log.store.append(
      'thing-demo:1',
      [{ id: '00000000-0000-4000-8000-000000000001', type: 'Tested', data: {}, metadata: testMetadata() }],
      'no_stream',
    );
    await log.kill();
    await log.up();
    expect(await until(() => collect(log.store.read('thing-demo:1')), 'the log answers again')).toHaveLength(
      1,
    );
    const manager = await (await nats.connection()).jetstreamManager();
    await nats.kill();
    await nats.up();
    expect(await until(async () => (await manager.streams.names().next()).length, 'NATS answers again')).toBe(
      busStreams.length,
    );
    await nats.kill({ lose: true });
    await nats.up();
    expect(await until(async () => (await manager.streams.names().next()).length, 'NATS answers again')).toBe(
      0,
    );
    await Promise.all([log.stop(), nats.stop()]);
  });
});

describe('until', () => {
  it('returns the answer of the condition, although it threw before', async () => {
    let calls = 0;
    expect(
      await until(() => {
        calls += 1;
        if (calls < 3) throw new Error('not yet');
        return calls;
      }, 'the third call'),
    ).toBe(3);
  });

  it('names the unmet condition and the last fault', async () => {
    const fault = new Error('broken');
    await expect(
      until(
        () => {
          throw fault;
        },
        'the end',
        5,
      ),
    ).rejects.toMatchObject({ message: 'waited 5 ms in vain until the end', cause: fault });
  });
});

describe('testIssuer', () => {
  it('makes tokens for people and services', async () => {
    const issuer = await testIssuer();
    const claims = (header: { authorization: string }): unknown =>
      JSON.parse(Buffer.from(header.authorization.split('.')[1]!, 'base64url').toString());
    expect(claims(await issuer.person(['POLICY_READ']))).toMatchObject({
      principal_kind: 'person',
      tenant: 'demo',
      scope: 'POLICY_READ',
    });
    expect(claims(await issuer.service([], { tenant: 'other' }))).toMatchObject({
      principal_kind: 'service',
      tenant: 'other',
      scope: '',
    });
  });
});
