import { rule, runbookOf } from '../rule.js';

/**
 * An event was written by another service than the one that owns its category. The relay, which reads the whole log, tells it.
 * INVARIANT: no event ends it: only a person closes it, because the log itself holds the forged event for ever.
 */
export const forgedEvent = rule<null>({
  name: 'forged_event',
  condition: 'An event was written by another service than the one that owns its stream',
  severity: 'critical',
  runbook: runbookOf('forged_event'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
