import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { eventTypeFilter, END } from '@eventstore/db-client';
import { subject } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { headers as natsHeaders } from 'nats';

import { account, agent, tenant, user } from './tenant.mjs';

const base = {
  tenant_id: tenant,
  account_id: account,
  agent,
  affected_entity_count: 3,
  confidence_score: 0.97,
  risk_level: 'LOW',
  lifecycle_state: 'ACTIVE',
};
const mail = (category) => ({
  action_type: 'inbox.archive',
  affected_entity_count: 1,
  parameters: { category, sender: 'a@example.org' },
  external_contact: false,
});

/** The three kinds of P3: the intent's own part, and the event that must decide it. */
export const kinds = {
  denied: {
    title: 'denied by policy',
    ends: 'ActionDenied',
    intent: (n) => ({ ...mail('legal'), entity_id: `message-${n}` }),
  },
  'dry-run': {
    title: 'completed as dry run',
    ends: 'DryRunCompleted',
    intent: (n) => ({ ...mail('news'), entity_id: `message-${n}`, dry_run: true }),
  },
  devices: {
    title: 'completed on devices',
    ends: 'ActionCompleted',
    intent: (n) => ({
      action_type: 'cell_failover',
      entity_id: `cell-${String(n + 1).padStart(3, '0')}-1`,
      parameters: { power_raise_db: 3, cell_individual_offset: 3 },
    }),
  },
};

/** Watches the log for actions that end, or that stop to ask a person. */
export function watchDecisions(client) {
  const seen = new Map();
  const waiting = new Map();
  const subscription = client.subscribeToAll({
    fromPosition: END,
    filter: eventTypeFilter({
      prefixes: ['Action', 'DryRunCompleted', 'ApprovalRequested', 'ConfirmationWindowOpened'],
    }),
  });
  subscription.on('data', ({ event: recorded }) => {
    if (recorded === undefined || !recorded.streamId.startsWith(`action-${tenant}:`)) return;
    const id = recorded.streamId.slice(`action-${tenant}:`.length);
    seen.set(id, { type: recorded.type, at: performance.now(), data: recorded.data });
    waiting.get(id)?.();
  });
  const stop = () => subscription.on('error', () => undefined);
  const decision = (id) =>
    seen.has(id)
      ? Promise.resolve(seen.get(id))
      : new Promise((resolve) => {
          waiting.set(id, () => {
            waiting.delete(id);
            resolve(seen.get(id));
          });
        });
  return {
    ready: new Promise((resolve) => subscription.once('confirmation', resolve)),
    decision,
    seen,
    stop,
  };
}

function intentOf(kind, n) {
  const intent_id = `bench-${randomUUID()}`;
  return { intent_id, ...base, ...kinds[kind].intent(n) };
}

/** Publishes one intent like an upstream system; returns its time and its action. */
async function publish(js, intent) {
  const at = performance.now();
  const headers = natsHeaders();
  headers.set('Nats-Msg-Id', `${tenant}:${intent.intent_id}`);
  const body = {
    specversion: '1.0',
    type: 'interlock.action_intent.v1',
    source: 'bench',
    id: intent.intent_id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: intent,
  };
  await js.publish(subject({ kind: 'intents', tenant, user }), JSON.stringify(body), { headers });
  return { id: actionIdOf(tenant, intent.intent_id), at };
}

/** Publishes the n-th intent of a kind. */
export const publishOne = (js, kind, n) => publish(js, intentOf(kind, n));

/** INVARIANT: only correct results are counted. */
async function decided(watch, kind, sent) {
  const { ends, title } = kinds[kind];
  const late = AbortSignal.timeout(120_000);
  const gaveUp = new Promise((_, reject) => {
    late.addEventListener('abort', () => {
      reject(
        new Error(
          `${sent.filter(({ id }) => !watch.seen.has(id)).length} of ${sent.length} intents (${title}) were not decided in 120 s`,
        ),
      );
    });
  });
  const all = await Promise.race([Promise.all(sent.map(({ id }) => watch.decision(id))), gaveUp]);
  const wrong = all.find(({ type }) => type !== ends);
  if (wrong !== undefined)
    throw new Error(
      `${all.filter(({ type }) => type !== ends).length} of ${all.length} intents (${title}) did not end by ${ends} but, for one, by ${wrong.type}: ${JSON.stringify(wrong.data).slice(0, 600)}`,
    );
  return sent.map(({ at, id }, i) => ({ id, sent: at, decided: all[i].at }));
}

/** Publishes intents as fast as the bus takes them, 64 at once. */
export async function burst({ js, watch }, kind, count, first = 0) {
  const sent = [];
  let n = 0;
  await Promise.all(
    Array.from({ length: 64 }, async () => {
      while (n < count) {
        n += 1;
        sent.push(await publish(js, intentOf(kind, first + n - 1)));
      }
    }),
  );
  const all = await decided(watch, kind, sent);
  const seconds =
    (Math.max(...all.map((one) => one.decided)) - Math.min(...all.map((one) => one.sent))) / 1000;
  return { all, seconds, perSecond: count / seconds };
}

/**
 * One at a time: the next is published when the previous one is decided; at least 100, so that
 * there is a p99.
 */
export async function oneByOne(parts, kind, seconds) {
  const all = [];
  const end = performance.now() + seconds * 1000;
  for (let n = 0; n < 100 || performance.now() < end; n += 1)
    all.push(...(await decided(parts.watch, kind, [await publish(parts.js, intentOf(kind, n))])));
  return all.map((one) => one.decided - one.sent);
}

/**
 * At a steady rate, even if the answers do not keep up. A time begins when the intent was due, so a
 * stall counts for all delayed intents.
 */
export async function steadily(parts, kind, perSecond, seconds) {
  const began = performance.now();
  const sending = [];
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = began + (n * 1000) / perSecond;
    if (due > performance.now()) await delay(due - performance.now());
    sending.push(publishOne(parts.js, kind, n).then(({ id }) => ({ id, at: due })));
  }
  const all = await decided(parts.watch, kind, await Promise.all(sending));
  return all.map((one) => one.decided - one.sent);
}

/**
 * Waits until every consumer of the bus has handled everything; after `timeoutMs` (two minutes)
 * throws an error that names the others.
 */
export async function settled(jsm, timeoutMs = 120_000) {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const open = [];
    for (const stream of ['INTENTS', 'EVENTS'])
      for await (const { name, num_pending, num_ack_pending } of jsm.consumers.list(stream))
        if (num_pending + num_ack_pending > 0)
          open.push(`${name} has ${num_pending} and ${num_ack_pending} under way`);
    if (open.length === 0) return;
    if (performance.now() > end) throw new Error(`the bus does not come to rest: ${open.join(', ')}`);
    await delay(100);
  }
}
