import { between, elapsedMs, hourMs, rule, runbookOf, seenOf, withKey, type Seen } from '../rule.js';

/** What has the brake on: people, or an input file, each in a stream of its own. */
type Engaged = { readonly [stream: string]: Seen };

/** Returns what has had the brake on the longest; undefined if it is off. */
const longest = (engaged: Engaged): Seen | undefined =>
  Object.values(engaged).sort((a, b) => Date.parse(a.at) - Date.parse(b.at))[0];

/**
 * The safety brake is on for longer than its limit. After a day it pages again, because nobody has
 * released it.
 */
export const brakeEngaged = rule<Engaged>({
  name: 'brake_engaged',
  condition:
    'The safety brake is on for more than 4 h; after 24 h it pages again, and manual intervention is required',
  severity: 'critical',
  runbook: runbookOf('brake_engaged'),
  events: { brake: ['BrakeEngaged', 'BrakeReleased'] },
  figures: ['brake_engaged_h', 'brake_again_h'],
  initial: {},
  fold: (engaged, event) =>
    withKey(
      engaged,
      event.stream,
      event.type === 'BrakeEngaged' ? (engaged[event.stream] ?? seenOf(event)) : undefined,
    ),
  judge: (engaged, now, { brake_engaged_h, brake_again_h }) => {
    const since = longest(engaged);
    if (since === undefined) return [];
    const on = elapsedMs(since.at, now);
    if (on <= brake_engaged_h * hourMs) return [];
    const again = on > brake_again_h * hourMs;
    return [
      {
        subject: 'brake',
        firing: again ? `${since.cause.event_id}:again` : since.cause.event_id,
        severity: 'critical',
        detail: again
          ? `the safety brake is on since ${since.at}, for more than ${brake_again_h} h: manual intervention is required`
          : `the safety brake is on since ${since.at}, for more than ${brake_engaged_h} h`,
        cause: since.cause,
        evidence: between(since),
        manual_intervention_required: again,
      },
    ];
  },
});
