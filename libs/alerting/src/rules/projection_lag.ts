import { rule, runbookOf } from '../rule.js';

/**
 * A read model is behind for more than its limit. Its service tells it, because it alone sees how
 * far its read model is.
 */
export const projectionLag = rule<null>({
  name: 'projection_lag',
  condition: 'A read model is behind for more than its limit',
  severity: 'medium',
  runbook: runbookOf('projection_lag'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
