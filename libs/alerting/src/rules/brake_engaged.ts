import { between, elapsedMs, hourMs, rule, runbookOf, seenOf, type Seen } from '../rule.js';

/**
 * The safety brake is on for longer than its limit. After a day it pages again, because nobody has
 * released it.
 */
export const brakeEngaged = rule<Seen | null>({
  name: 'brake_engaged',
  condition:
    'The safety brake is on for more than 4 h; after 24 h it pages again, and manual intervention is required',
  severity: 'critical',
  runbook: runbookOf('brake_engaged'),
  events: { brake: ['BrakeEngaged', 'BrakeReleased'] },
  figures: ['brake_engaged_h', 'brake_again_h'],
  initial: null,
  fold: (since, event) => (event.type === 'BrakeEngaged' ? (since ?? seenOf(event)) : null),
  judge: (since, now, { brake_engaged_h, brake_again_h }) => {
    if (since === null) return [];
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
