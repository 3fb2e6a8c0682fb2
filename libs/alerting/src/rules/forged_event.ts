import { rule, runbookOf } from '../rule.js';

/**
 * A service wrote an event that does not own its category. The relay, which reads the whole log,
 * reports it. INVARIANT: no event ends it. Only a person closes it, because the log holds the
 * forged event for ever.
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
