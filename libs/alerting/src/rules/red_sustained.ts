import { between, elapsedMs, hourMs, rule, runbookOf, seenOf, type Seen } from '../rule.js';
import { levelData, levelEvents, turnsRed } from './posture-level.js';

/** The posture has been RED for longer than the limit. */
export const redSustained = rule<Seen | null>({
  name: 'red_sustained',
  condition: 'The posture is RED for more than 4 h: investigate',
  severity: 'high',
  runbook: runbookOf('red_sustained'),
  events: levelEvents,
  figures: ['red_sustained_h'],
  initial: null,
  fold: (since, event) => {
    const data = levelData(event);
    if (data.policy !== 'RED') return null;
    return since === null || turnsRed(data) ? seenOf(event) : since;
  },
  judge: (since, now, { red_sustained_h }) =>
    since === null || elapsedMs(since.at, now) <= red_sustained_h * hourMs
      ? []
      : [
          {
            subject: 'level',
            firing: since.cause.event_id,
            severity: 'high',
            detail: `the posture is RED since ${since.at}, for more than ${red_sustained_h} h: investigate`,
            cause: since.cause,
            evidence: between(since),
          },
        ],
});
