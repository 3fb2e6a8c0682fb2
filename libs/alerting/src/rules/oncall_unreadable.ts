import { rule, runbookOf } from '../rule.js';

/**
 * The provider that says who is on call cannot be read, or names a stranger. Alerting, which reads
 * it, reports it itself.
 */
export const oncallUnreadable = rule<null>({
  name: 'oncall_unreadable',
  condition: 'PagerDuty or Opsgenie does not say who is on call, so alerts of the rota go to everyone',
  severity: 'high',
  runbook: runbookOf('oncall_unreadable'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
