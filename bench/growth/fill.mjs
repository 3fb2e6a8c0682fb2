import { randomUUID } from 'node:crypto';

import { subject } from '@interlock/contracts';
import { connectEventStore } from '@interlock/eventstore';
import { positionText } from '@interlock/kernel';
import { connectBus, newBusKey, relayedEvent } from '@interlock/jetstream';
import { headers } from 'nats';

import { appendsOf, movedCopy, otherIds, renumbered, spacingMs, tenantCopy } from './copies.mjs';

const app = (path) => import(new URL(`../../apps/${path}`, import.meta.url).href);
const silent = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
  child: () => silent,
};
const ways = 16;

/** Log and bus of a home whose stack is stopped. */
async function openHome(dir) {
  const [{ Home }, { Children }, { BusAccounts }, { startEventStore, startNats }] = await Promise.all([
    app('interlock/dist/home.js'),
    app('interlock/dist/processes/children.js'),
    app('interlock/dist/bus-accounts.js'),
    app('interlock/dist/parts.js'),
  ]);
  const home = new Home(dir);
  const children = new Children(home, silent);
  const url = (await startEventStore(home, children, {}, ['bench'])).addressOf('bench');
  const nats = await startNats(home, children, new BusAccounts(home, children, silent));
  const store = await connectEventStore(url, { logger: silent, deadlineMs: 120_000 });
  const relay = await connectBus({ url: nats.url, user: 'relay', password: home.busPasswords().relay });
  return {
    store,
    relay,
    close: async () => {
      await relay.close();
      await store.close();
      await children.stop(['nats', 'event-store']);
    },
  };
}

/**
 * Records that everything is on the bus, as if the log had grown over time and the messages had
 * aged out.
 */
async function relayed(relay, store, { stream, event, result }) {
  const recorded = { ...event, stream, ...result, created: event.metadata.occurred_at };
  const given = headers();
  given.set('Nats-Msg-Id', event.id);
  given.set('position', positionText(result.position));
  const [, category, tenant] = /^([^-]+)-([^:]+):/.exec(stream);
  await relay
    .jetstream()
    .publish(
      subject({ kind: 'events', category, eventType: event.type, tenant }),
      JSON.stringify(relayedEvent(recorded)),
      { headers: given },
    );
}

/** Processes a list with a fixed concurrency. */
async function sideBySide(count, work) {
  let next = 0;
  await Promise.all(
    Array.from({ length: ways }, async () => {
      while (next < count) {
        next += 1;
        await work(next - 1);
      }
    }),
  );
}

/** Runs appends that must keep their order one after the other, concurrently with all others. */
function lane() {
  let before = Promise.resolve();
  return (work) => {
    before = before.then(work);
    return before;
  };
}

async function fillActions(store, { lines, known, actions }, count, last) {
  const copies = Math.ceil(count / actions);
  const inTurn = lane();
  let leased = 0n;
  await sideBySide(copies, async (n) => {
    const move = { ids: otherIds(n + 1, known), earlierMs: (copies - n) * actions * spacingMs };
    const { appends, leases } = appendsOf(lines.map((line) => JSON.parse(movedCopy(line, move))));
    for (const [stream, events] of appends) last(stream, events, await store.append(stream, events, 'any'));
    for (const [stream, events] of leases)
      await inTurn(async () => {
        const result = await store.append(stream, renumbered(events, leased), 'any');
        leased = result.revision + 1n;
        last(stream, events, result);
      });
  });
}

async function fillTenants(store, { setUp, tenant }, count, last) {
  const publicKey = /"public_key":"(U[A-Z0-9]+)"/.exec(setUp.join('\n'))[1];
  await sideBySide(count, async (n) => {
    const name = `t${`${n}`.padStart(5, '0')}`;
    const key = newBusKey().public_key;
    for (const { stream, ...event } of tenantCopy(setUp, { tenant, copy: n + 1, name, publicKey, key }))
      last(stream, [event], await store.append(stream, [event], 'any'));
  });
}

/** Adds copies of one event: a device, a policy. */
async function fillOf(store, { stream, ...event }, count, last, change) {
  await sideBySide(count, async (n) => {
    const made = change(structuredClone(event), n);
    const to = `${stream.slice(0, stream.indexOf(':'))}:${made.name}`;
    const appended = { ...made.event, id: randomUUID() };
    last(to, [appended], await store.append(to, [appended], 'no_stream'));
  });
}

const ofType = ({ setUp, tenant }, type) =>
  JSON.parse(setUp.find((line) => line.includes(`"type":"${type}"`) && line.includes(`-${tenant}:`)));

const otherTypes = ['inbox.quarantine', 'inbox.escalate', 'knowledge.reindex', 'planner.schedule'];

/**
 * Fills the log of a home whose stack is stopped with more actions, tenants, devices and policies.
 * Returns the number of events.
 */
export async function fillHome(dir, recorded, { actions = 0, tenants = 0, devices = 0, policies = 0 }) {
  const { store, relay, close } = await openHome(dir);
  let latest;
  let events = 0;
  const last = (stream, appended, result) => {
    events += appended.length;
    if (latest === undefined || result.position.commit > latest.result.position.commit)
      latest = { stream, event: appended.at(-1), result };
  };
  try {
    if (actions > 0) await fillActions(store, recorded, actions, last);
    if (tenants > 0) await fillTenants(store, recorded, tenants, last);
    if (devices > 0)
      await fillOf(store, ofType(recorded, 'DeviceRegistered'), devices, last, (event, n) => {
        const name = `more-${n}`;
        const { data } = event;
        Object.assign(data, { device_id: name, site_id: `site-${name}`, host: '192.0.2.1', port: 1 + n });
        data.host_key_fingerprint = `SHA256:${`${n}`.padStart(43, 'A')}`;
        data.cells = [{ cell_id: `cell-${name}`, neighbours: [] }];
        return { event, name };
      });
    if (policies > 0)
      await fillOf(store, ofType(recorded, 'PolicyCreated'), policies, last, (event, n) => {
        const text = JSON.stringify(event)
          .replaceAll('"failover"', `"more-${n}"`)
          .replaceAll('"cell_failover"', `"${otherTypes[n % otherTypes.length]}"`);
        return { event: JSON.parse(text), name: `more-${n}` };
      });
    if (latest !== undefined) await relayed(relay, store, latest);
    return events;
  } finally {
    await close();
  }
}
