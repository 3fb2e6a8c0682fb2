import type { ConnectedEventStore } from '@interlock/eventstore';
import { busOperator, logReader } from '@interlock/contracts';
import type { BusAddress, RelayStatus } from '@interlock/jetstream';
import { collect, comparePositions, type Position, positionOrNull, positionText } from '@interlock/kernel';
import type { NatsConnection } from 'nats';
import { areOfEnvironment } from '../../parts.js';
import {
  CliError,
  connectNats,
  homeOf,
  operatorOf,
  print,
  readRuntime,
  type Globals,
} from '../../connection/session.js';
import { act, group } from '../../program/declare.js';

const { env } = process;
// Loaded on demand, because it is most of the program and no other command needs it.
const relayStatus = async (connection: NatsConnection): Promise<RelayStatus> =>
  (await import('@interlock/jetstream')).relayStatus(connection);
const rebuildEvents = async (connection: NatsConnection): Promise<unknown> =>
  (await import('@interlock/jetstream')).rebuildEvents(connection);
/** The lag is counted event by event up to this number; above it, the output says "more than". */
const countedEvents = 10_000;
const lookEveryMs = 500;

type Addresses = { readonly eventStore: string; readonly nats: BusAddress };
type Parts = { readonly store: ConnectedEventStore; readonly connection: NatsConnection };

/**
 * INVARIANT: log and bus belong to one installation: that of the environment, or that of the home.
 */
const addresses = async (globals: Globals): Promise<Addresses> => {
  if (areOfEnvironment(globals, 'EVENT_STORE_URL', 'NATS_URL'))
    return {
      eventStore: (await import('@interlock/eventstore')).readLogUrl(env, logReader),
      nats: (await import('@interlock/jetstream')).readBusAddress(env, env['NATS_USER'] || busOperator),
    };
  const runtime = readRuntime(homeOf(globals));
  const { event_store: home } = runtime;
  if (home === undefined) throw new CliError('set EVENT_STORE_URL and NATS_URL', 2);
  return { eventStore: home, nats: operatorOf(homeOf(globals), runtime) };
};

const withParts = async (globals: Globals, work: (parts: Parts) => Promise<void>): Promise<void> => {
  const { eventStore, nats } = await addresses(globals);
  const connection = await connectNats(nats);
  try {
    const { connectEventStore, readEventKeys } = await import('@interlock/eventstore');
    const store = await connectEventStore(eventStore, { keys: readEventKeys(process.env, []) });
    try {
      await work({ store, connection });
    } finally {
      await store.close();
    }
  } finally {
    await connection.drain();
  }
};

/** Returns the last event that the relay must copy to the bus. */
const headOf = async (store: ConnectedEventStore): Promise<Position | null> =>
  (await collect(store.readAll({ backwards: true, limit: 1 })))[0]?.position ?? null;
const text = (position: Position | null): string =>
  position === null ? 'the beginning' : positionText(position);
const holder = ({ active }: RelayStatus): string =>
  active === null ? 'no relay is active' : `${active.instance} relays, at ${text(active.position)}`;

const lagOf = async (
  store: ConnectedEventStore,
  at: Position | null,
): Promise<{ readonly events: number; readonly more: boolean; readonly seconds: number }> => {
  const behind = await collect(store.readAll({ after: at, limit: countedEvents + 1 }));
  const oldest = behind[0]?.created;
  return {
    events: Math.min(behind.length, countedEvents),
    more: behind.length > countedEvents,
    seconds: oldest === undefined ? 0 : Math.max(0, Math.round((Date.now() - Date.parse(oldest)) / 1000)),
  };
};

const status = async ({ store, connection }: Parts, asJson: boolean): Promise<void> => {
  // One after the other, so that the relay is never ahead of the head that is read later.
  const now = await relayStatus(connection);
  const head = await headOf(store);
  const lag = now.active === null ? null : await lagOf(store, now.active.position);
  const at = now.active?.position ?? null;
  const isAhead = at !== null && (head === null || comparePositions(at, head) > 0);
  if (now.active === null || now.events === null || isAhead) process.exitCode = 1;
  if (asJson) {
    const shown = {
      ...now,
      active:
        now.active === null
          ? null
          : {
              ...now.active,
              position: positionOrNull(now.active.position),
            },
    };
    print(JSON.stringify({ ...shown, head: positionOrNull(head), lag }, null, 2));
    return;
  }
  print(holder(now));
  print(
    `the log's last event is at ${text(head)}${lag === null ? '' : lag.events === 0 ? (isAhead ? '' : ', and is on the bus') : `; behind by ${lag.more ? 'more than ' : ''}${lag.events} events, ${lag.seconds} s`}`,
  );
  if (isAhead)
    print(
      'the bus holds events that the log does not: the log was restored to an earlier state, or is another one; after a restore run `interlock relay rebuild`',
    );
  print(
    now.events === null
      ? 'there is no stream EVENTS'
      : `EVENTS holds ${now.events.messages} messages, ${now.events.bytes} bytes`,
  );
  for (const { name, pending, unacknowledged } of now.events?.consumers ?? [])
    print(`  ${name}  ${pending} to come, ${unacknowledged} in hand`);
};

/**
 * Waits until the relay has copied everything up to a position. A returned text says why it does
 * not.
 */
const follow = async (
  { connection }: Parts,
  target: Position | null,
  timeoutMs: number,
): Promise<string | undefined> => {
  let printed = '';
  let movedAt = performance.now();
  for (;;) {
    const now = await relayStatus(connection);
    const at = now.active?.position ?? null;
    const line = `${text(at)} of ${text(target)}, ${now.events?.messages ?? 0} messages${now.active === null ? ', no relay is active yet' : ''}`;
    if (line !== printed) {
      print(line);
      printed = line;
      movedAt = performance.now();
    }
    if (
      now.active !== null &&
      now.events !== null &&
      (target === null || (at !== null && comparePositions(at, target) >= 0))
    )
      return undefined;
    if (performance.now() - movedAt > timeoutMs) {
      return now.active === null
        ? 'no relay runs: the stream is filled as soon as one does'
        : `the relay ${now.active.instance} does not get on: see its log and its /health/ready`;
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
};

const secondsOf = (text: string): number => {
  if (Number(text) > 0) return Number(text);
  throw new CliError('--timeout is a number of seconds', 2);
};

const rebuild = async (parts: Parts, yes: boolean, timeoutMs: number): Promise<void> => {
  const [before, target] = await Promise.all([relayStatus(parts.connection), headOf(parts.store)]);
  if (!yes) {
    print(
      [
        `EVENTS ${before.events === null ? 'is not there' : `holds ${before.events.messages} messages, which are deleted`}, and is filled from the log, to ${text(target)} and on`,
        `${before.events?.consumers.length ?? 0} durable consumers go with it; services make them again by themselves and see every event once more, which changes nothing`,
        holder(before),
      ].join('\n'),
    );
    throw new CliError('nothing was done: say --yes', 2);
  }
  await rebuildEvents(parts.connection);
  const why = await follow(parts, target, timeoutMs);
  if (why !== undefined) throw new CliError(why);
  print(`EVENTS holds everything up to ${text(target)}`);
};

/** `interlock relay`: the copy of the log on the bus. */
export const addRelay = group(
  'relay',
  'the copy of the log on the bus, for the home or for EVENT_STORE_URL and NATS_URL',
  [
    act({
      command: 'status',
      about:
        'show the relaying instance, the progress of the bus, and its consumers; exit code 1 if nothing relays, or the bus is ahead of the log',
      options: { '--json': { about: 'as JSON', preset: false } },
      run: ({ globals, options: { json } }) => withParts(globals, (parts) => status(parts, json)),
    }),
    act({
      command: 'rebuild',
      about: 'delete the copy and fill it again from the log; without --yes, print what that would do',
      options: {
        '--yes': { about: 'do it', preset: false },
        '--timeout <seconds>': {
          about: 'give up after so many seconds without progress',
          preset: '30',
          read: secondsOf,
        },
      },
      run: ({ globals, options: { yes, timeout } }) =>
        withParts(globals, (parts) => rebuild(parts, yes, timeout * 1000)),
    }),
  ],
);
