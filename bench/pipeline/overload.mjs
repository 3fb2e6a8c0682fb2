import { setTimeout as delay } from 'node:timers/promises';

import { eventsSince, logEnd } from './counted.mjs';
import { publishOne, settled } from './load.mjs';
import { residentOf } from './processes.mjs';

/** The memory of all processes of services. */
const memoryOf = (stack) => stack.services().reduce((sum, { pid }) => sum + residentOf(pid), 0);

/**
 * P3b of one kind: offers three times the rate of P3, even if the answers do not keep up. Returns
 * the decisions per second, the waits for services, and the growth of memory since a third of the
 * run.
 */
export async function overload({ js, jsm, client, watch }, stack, { kind, perSecond }, seconds) {
  const from = await logEnd(client);
  const sending = [];
  const samples = [];
  const seenBefore = watch.seen.size;
  const began = performance.now();
  const rate = 3 * perSecond;
  let early = Number.NaN;
  for (let n = 0; performance.now() - began < seconds * 1000; n += 1) {
    const due = began + (n * 1000) / rate;
    if (due > performance.now()) await delay(due - performance.now());
    sending.push(publishOne(js, kind, n));
    const second = Math.floor((performance.now() - began) / 1000);
    if (second > samples.length) samples.push(watch.seen.size - seenBefore);
    if (Number.isNaN(early) && second >= seconds / 3) early = memoryOf(stack);
  }
  const late = memoryOf(stack);
  const inTime = watch.seen.size - seenBefore;
  const took = (performance.now() - began) / 1000;
  await Promise.all(sending);
  await settled(jsm, 30 * 60_000);
  const events = await eventsSince(client, from);
  const ends = events.filter(({ type }) => type === 'IntentAccepted').length;
  return {
    kind,
    offered: sending.length,
    decidedPerSecond: inTime / took,
    // The slowest ten seconds of the run.
    slowest: slowestOf(samples, 10),
    accepted: ends,
    awaited: events.filter(({ type }) => type === 'ServiceAwaited').length,
    memoryGrowth: late / early,
  };
}

const slowestOf = (samples, window) => {
  let slowest = Infinity;
  for (let n = window; n < samples.length; n += 1)
    slowest = Math.min(slowest, (samples[n] - samples[n - window]) / window);
  return slowest;
};
