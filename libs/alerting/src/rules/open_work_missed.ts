import { rule, runbookOf } from '../rule.js';

/**
 * A start read its open work from a note that lacked some of it. The service reports it once the
 * whole log has shown what was missing. INVARIANT: no event ends it. Only a person closes it, after
 * checking what a kill switch may have missed meanwhile.
 */
export const openWorkMissed = rule<null>({
  name: 'open_work_missed',
  condition: 'A note of open work lacked something that is open',
  severity: 'critical',
  runbook: runbookOf('open_work_missed'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
