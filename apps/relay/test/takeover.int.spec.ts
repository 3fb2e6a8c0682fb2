import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { relayStatus } from '@interlock/jetstream';
import { collect, isProblem, testMetadata } from '@interlock/kernel';
import { startParts, until, type Parts } from '@interlock/testing';
import { startRelayProcess, type RelayProcess } from './relay-process.js';

let parts: Parts;
const relays: RelayProcess[] = [];
let writing: Promise<void> = Promise.resolve();
let stopWriting = false;

beforeEach(async () => {
  parts = await startParts({ durable: true });
  stopWriting = false;
});
afterEach(async () => {
  stopWriting = true;
  await writing;
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await parts.stop();
});

const boot = async (count: number): Promise<void> => {
  relays.push(...(await Promise.all(Array.from({ length: count }, () => startRelayProcess(parts)))));
};
/**
 * Appends to seven streams until told to stop. An append that the log does not acknowledge is sent
 * again.
 */
const write = (): void => {
  writing = Promise.all(
    Array.from({ length: 7 }, async (_, n) => {
      const stream = `action-demo:${n}`;
      for (let revision = -1n; !stopWriting;) {
        const event = {
          id: randomUUID(),
          type: 'Happened',
          data: { n: Number(revision + 1n) },
          metadata: testMetadata({ tenant_id: 'demo' }),
        };
        for (;;) {
          try {
            ({ revision } = await parts.log.store.append(
              stream,
              [event],
              revision < 0n ? 'no_stream' : revision,
            ));
            break;
          } catch (error) {
            if (!isProblem(error, 'append-outcome-unknown')) throw error;
          }
        }
        // This paces the load; nothing waits for it. Without it the log would outrun every relay,
        // and the test would end by catching up.
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }),
  ).then(() => undefined);
};
const active = (): Promise<RelayProcess> =>
  until(async () => {
    const { active: now } = await relayStatus(parts.connection);
    return relays.find(({ pid }) => now?.instance.endsWith(`:${pid}`) === true);
  }, 'one of the relays is active');
const held = async (): Promise<number> => (await relayStatus(parts.connection)).events?.messages ?? 0;
const progress = async (count: number): Promise<void> => {
  const before = await held();
  await until(async () => (await held()) >= before + count, `${count} more events came onto the bus`);
};
/** Stops writing, waits until the bus holds as much as the log, and returns the ids of both. */
const settled = async (): Promise<{ readonly log: readonly string[]; readonly bus: readonly string[] }> => {
  stopWriting = true;
  await writing;
  const log = (await collect(parts.log.store.readAll())).map(({ id }) => id);
  await until(async () => (await held()) >= log.length, 'the bus holds as much as the log');
  const bus: string[] = [];
  const consumer = await parts.connection.jetstream().consumers.get('EVENTS', { headers_only: true });
  for await (const { headers, info } of await consumer.consume()) {
    bus.push(headers!.get('Nats-Msg-Id'));
    if (info.pending === 0) break;
  }
  return { log, bus };
};

describe('of several relays', () => {
  it('another takes over when the active one is killed under load, again and again, without a gap or a repeat', async () => {
    await boot(3);
    write();
    await progress(100);
    for (let round = 0; round < 2; round += 1) {
      const first = await active();
      await first.kill();
      relays.splice(relays.indexOf(first), 1);
      await until(async () => (await active()) !== first, 'another to be active');
      await progress(100);
    }
    const { log, bus } = await settled();
    expect(bus).toEqual(log);
  });

  it('one that was paused for longer than its lease and then continues publishes nothing twice and nothing out of order', async () => {
    await boot(2);
    write();
    await progress(100);
    const zombie = await active();
    zombie.signal('SIGSTOP');
    await until(async () => (await active()) !== zombie, 'another to be active');
    await progress(100);
    zombie.signal('SIGCONT');
    await until(
      async () => (await zombie.metric('interlock_relay_active')) === 0,
      'the one that was stopped to know that it stands by',
    );
    await progress(100);
    const other = await active();
    expect(other).not.toBe(zombie);
    expect(await zombie.metric('interlock_relay_lag_positions')).toBeUndefined();
    expect(await other.metric('interlock_relay_active')).toBe(1);
    const { log, bus } = await settled();
    expect(bus).toEqual(log);
  });
});

describe('the relay under load', () => {
  it.each([
    ['keeps its files', false],
    ['loses its files', true],
  ])('fills the bus without a gap or a repeat when NATS is killed and %s', async (_, lose) => {
    await boot(2);
    write();
    await progress(200);
    await parts.nats.kill({ lose });
    await parts.nats.up();
    await until(async () => (await held()) > 0, 'the stream to be there');
    await progress(100);
    const { log, bus } = await settled();
    expect(bus).toEqual(log);
  });

  it('continues from its last position when the log is killed and comes back', async () => {
    await boot(2);
    write();
    await progress(100);
    await parts.log.kill();
    await parts.log.up();
    await progress(100);
    const { log, bus } = await settled();
    expect(bus).toEqual(log);
  });
});
