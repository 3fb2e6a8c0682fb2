import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { eventsSince, logEnd } from './pipeline/counted.mjs';
import { publishOne } from './pipeline/load.mjs';
import { openParts } from './pipeline/open.mjs';
import { startStack } from './pipeline/stack.mjs';
import { apiAs, provisionTenant, simulatorOf, tenant } from './pipeline/tenant.mjs';
import { quantile, row } from './report.mjs';

const rounds = 8;
const devices = 12;
const perSecond = 60;
/**
 * After this time every earlier lease has expired without any answer. The time to stop is compared
 * with it.
 */
const byTimeMs = 2250;

/** Endless intents: five dry runs and one for a device, while there are devices. */
function load(js) {
  let going = true;
  let sent = 0;
  const ended = (async () => {
    const began = performance.now();
    for (let n = 0; going; n += 1) {
      const due = began + (n * 1000) / perSecond;
      if (due > performance.now()) await delay(due - performance.now());
      await publishOne(js, n % 6 === 0 ? 'devices' : 'dry-run', n % 6 === 0 ? (n / 6) % devices : n);
      sent += 1;
    }
  })();
  return async () => {
    going = false;
    await ended;
    return sent;
  };
}

/** One drill: engaged, acknowledged, release requested and released. Returns the receipt. */
async function drill(ann, ben) {
  const path = '/api/v1/autonomous/kill-switch';
  const which = { scope: 'tenant', reason: 'bench' };
  const receipt = await ann('POST', path, { ...which, engaged: true, drill: true });
  // Actions published meanwhile must not start.
  await delay(500);
  await ann('POST', path, { ...which, engaged: false });
  await ben('POST', path, { ...which, engaged: false });
  return receipt;
}

/** Executions that started between an acknowledgement and the next release: there must be none. */
function startedWhileStopped(events) {
  let stopped = false;
  let count = 0;
  for (const { type, streamId } of events) {
    if (streamId === `kill_switch-${tenant}:tenant`) {
      if (type === 'KillSwitchAcknowledged') stopped = true;
      if (type === 'KillSwitchReleased') stopped = false;
    }
    if (stopped && type === 'ExecutionStarted') count += 1;
  }
  return count;
}

export async function measure({ note }) {
  note('starting the stack');
  const stack = await startStack({ devices });
  try {
    const users = await provisionTenant(stack, await simulatorOf(stack.home));
    const keys = join(stack.home, 'keys');
    const [ann, ben] = await Promise.all(
      ['bench-ann', 'bench-ben'].map((sub) => apiAs(stack.runtime.http, keys, sub)),
    );
    const parts = await openParts(stack.runtime, users);
    try {
      const atRest = [];
      for (let n = 0; n < rounds; n += 1) {
        note(`drill at rest, ${n + 1} of ${rounds}`);
        atRest.push(await drill(ann, ben));
      }
      const from = await logEnd(parts.client);
      const stop = load(parts.js);
      const loaded = [];
      for (let n = 0; n < rounds; n += 1) {
        note(`drill under load, ${n + 1} of ${rounds}`);
        await delay(2000);
        loaded.push(await drill(ann, ben));
      }
      const sent = await stop();
      const started = startedWhileStopped(await eventsSince(parts.client, from));
      const ms = (list) => list.map(({ time_to_stop_ms }) => time_to_stop_ms);
      const answered = (list) => list.filter(({ acknowledged_by }) => acknowledged_by === 'executors').length;
      return {
        rows: [
          row('time to stop at rest, p50', quantile(ms(atRest), 0.5), 'ms'),
          row('time to stop at rest, longest', Math.max(...ms(atRest)), 'ms'),
          row('time to stop under load, p50', quantile(ms(loaded), 0.5), 'ms'),
          row('time to stop under load, longest', Math.max(...ms(loaded)), 'ms', { most: byTimeMs + 500 }),
          row('acknowledged by the executors', answered([...atRest, ...loaded]), `of ${2 * rounds}`),
          row(
            'cancelled and in flight under load',
            loaded.reduce((sum, one) => sum + one.cancelled_count + one.in_flight_count, 0),
            'actions',
          ),
          row('started after the acknowledgement', started, 'executions', { most: 0 }),
        ],
        notes: [
          `${sent} intents at ${perSecond} per second, one in six for a device; by time alone a switch is acknowledged after ${byTimeMs} ms`,
        ],
        faults: started === 0 ? [] : [`${started} executions were started after an acknowledgement`],
      };
    } finally {
      await parts.close();
    }
  } finally {
    await stack.stop();
  }
}
