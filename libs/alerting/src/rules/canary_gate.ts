import { rule, runbookOf } from '../rule.js';

/**
 * A canary is not within a gate. No event shows this before the canary is rolled back, so the
 * policy registry, which measures it, reports it.
 */
export const canaryGate = rule<null>({
  name: 'canary_gate',
  condition: 'A running canary is not within a gate',
  severity: 'medium',
  runbook: runbookOf('canary_gate'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
