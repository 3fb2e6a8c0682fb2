import type { Timestamp } from '@interlock/contracts';
import { isOnRota, rotaOf, type Reach } from './reach.js';
import { onCallOf } from './rota/rota-decider.js';

/** Why nobody, or not the right person, would be notified. */
export type ReachFinding = {
  readonly code: 'no-channel' | 'all-failing' | 'nobody-on-call' | 'no-such-rota';
  /** The rota that it is about; null if it is about all channels. */
  readonly rota_id: string | null;
  readonly detail: string;
  readonly remedy: string;
};

/**
 * Where nobody would be notified of a tenant's alerts: no channel reaches people, all such channels
 * fail, or a route leads to a rota by which nobody is on call. `failing`: the channels that do not
 * deliver. Pure.
 */
export const reachFindings = (
  reach: Reach,
  failing: readonly string[],
  at: Timestamp,
): readonly ReachFinding[] => {
  const { people, routes, rotas } = reach;
  if (people.length === 0)
    return [
      {
        code: 'no-channel',
        rota_id: null,
        detail: 'no channel reaches people, so alerts stand only in the console',
        remedy: 'set a channel: `interlock channels set`',
      },
    ];
  const all: ReachFinding[] = people.every((id) => failing.includes(id))
    ? [
        {
          code: 'all-failing',
          rota_id: null,
          detail: `no channel that reaches people delivers: ${people.join(', ')}`,
          remedy: 'see why: `interlock channels deliveries --state failed`',
        },
      ]
    : [];
  const named = new Set(routes.flatMap(({ channels }) => channels.filter(isOnRota).map(rotaOf)));
  for (const rota_id of named) {
    const onCall = onCallOf(rotas[rota_id], at);
    if ('unknown' in onCall)
      all.push({
        code: (rotas[rota_id]?.rota ?? null) === null ? 'no-such-rota' : 'nobody-on-call',
        rota_id,
        detail: `rota \`${rota_id}\`: ${onCall.unknown}, so its alerts go to everyone`,
        remedy: 'see who is on call: `interlock oncall list`',
      });
    else if (!onCall.channels.some((id) => people.includes(id) && !failing.includes(id)))
      all.push({
        code: 'nobody-on-call',
        rota_id,
        detail: `rota \`${rota_id}\`: no channel reaches ${onCall.members.join(', ')}`,
        remedy: 'give the member a channel that delivers: `interlock oncall set`',
      });
  }
  return all;
};
