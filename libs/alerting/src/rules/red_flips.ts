import { between, elapsedMs, hourMs, rule, runbookOf, seenOf, type Seen } from '../rule.js';
import { levelData, levelEvents, turnsRed } from './posture-level.js';

/** Above this number, changes are no longer counted one by one. */
const kept = 100;

/** The posture turned RED more often within a day than the limit. */
export const redFlips = rule<readonly Seen[]>({
  name: 'red_flips',
  condition: 'The posture turned RED more than 2 times in 24 h',
  severity: 'high',
  runbook: runbookOf('red_flips'),
  events: levelEvents,
  figures: ['red_flips', 'red_flips_h'],
  initial: [],
  fold: (turns, event) => (turnsRed(levelData(event)) ? [...turns, seenOf(event)].slice(-kept) : turns),
  judge: (turns, now, { red_flips, red_flips_h }) => {
    const recent = turns.filter(({ at }) => elapsedMs(at, now) < red_flips_h * hourMs);
    const [first, last] = [recent[0], recent.at(-1)];
    if (first === undefined || last === undefined || recent.length <= red_flips) return [];
    return [
      {
        subject: 'level',
        firing: 'flips',
        severity: 'high',
        detail: `the posture turned RED ${recent.length} times in ${red_flips_h} h`,
        cause: last.cause,
        evidence: between(first, last),
      },
    ];
  },
});
