import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

import { scopes } from '@interlock/contracts';
import { createDevIssuer } from '@interlock/platform';

/** A token of the demo's tenant with every scope. */
export async function tokenOf(home) {
  const issuer = await createDevIssuer(join(home, 'keys'));
  return issuer.token({ tenant: 'demo', scopes, sub: 'bench', kind: 'service', ttlS: 36_000 });
}

/**
 * Submits an action like the demo's; returns its id. With more power than the demo's bundle allows
 * it is denied, after all earlier gates.
 */
export async function submit(http, token, n, power) {
  const response = await fetch(`${http}/api/v1/autonomous/actions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      intent_id: `bench-${process.pid}-${n}`,
      tenant_id: 'demo',
      account_id: 'ran-north',
      agent: 'night-shift',
      action_type: 'cell_failover',
      entity_id: n === 'asked' ? 'cell-005-2' : `cell-00${1 + (n % 5)}-${1 + (n % 3)}`,
      affected_entity_count: 3,
      confidence_score: 0.9,
      risk_level: 'LOW',
      lifecycle_state: 'ACTIVE',
      parameters: { power_raise_db: power, cell_individual_offset: 3 },
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`an action was answered ${response.status}: ${text}`);
  return JSON.parse(text).action_id;
}

/** Subscribes to the live stream like any client, and counts its events. */
export async function listen(http, token) {
  const ended = new AbortController();
  const response = await fetch(`${http}/api/v1/live`, {
    headers: { authorization: `Bearer ${token}` },
    signal: ended.signal,
  });
  const ear = {
    count: 0,
    stop: () => {
      ended.abort();
      return ear.count;
    },
  };
  void (async () => {
    try {
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream()))
        ear.count += chunk.split('\nid: ').length - 1 + (chunk.startsWith('id: ') ? 1 : 0);
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    }
  })();
  return ear;
}

/**
 * Submits enough actions for a rate of events, as `eventCount` counts them, until it is stopped.
 * Then returns their number.
 */
export function keepRate(http, token, perSecond, eventCount) {
  let going = true;
  let sent = 0;
  const before = eventCount();
  const began = performance.now();
  const one = async () => {
    while (going) {
      const due = ((performance.now() - began) / 1000) * perSecond;
      if (eventCount() - before < due) {
        sent += 1;
        await submit(http, token, sent, 6);
      } else await delay(5);
    }
  };
  const all = Promise.all(Array.from({ length: 4 }, one));
  return async () => {
    going = false;
    await all;
    return sent;
  };
}
