import type { PostureLevel } from '@interlock/contracts';
import { between, elapsedMs, hourMs, rule, runbookOf, seenOf, type Seen } from '../rule.js';
import { levelData, levelEvents } from './posture-level.js';

type Change = { readonly seen: Seen; readonly from: PostureLevel; readonly to: PostureLevel };

/** The level changed. This message stays for a while, and for as long as the level is RED. */
export const postureChanged = rule<Change | null>({
  name: 'posture_changed',
  condition: 'The level changed; RED stays on the list for as long as it lasts',
  severity: 'high',
  runbook: runbookOf('posture_changed'),
  events: levelEvents,
  figures: ['told_h'],
  initial: null,
  fold: (last, event) => {
    const { policy, previous } = levelData(event);
    if (policy === previous?.policy) return last;
    // A tenant's first level is no change, unless it is RED.
    if (previous === null && policy !== 'RED') return last;
    return { seen: seenOf(event), from: previous?.policy ?? 'GREEN', to: policy };
  },
  judge: (last, now, { told_h }) => {
    if (last === null) return [];
    const { seen, from, to } = last;
    if (to !== 'RED' && elapsedMs(seen.at, now) >= told_h * hourMs) return [];
    return [
      {
        subject: 'level',
        firing: seen.cause.event_id,
        severity: to === 'RED' ? 'high' : 'info',
        detail: `the posture went from ${from} to ${to}`,
        cause: seen.cause,
        evidence: between(seen),
      },
    ];
  },
});
