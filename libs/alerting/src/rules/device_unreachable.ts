import { rule, runbookOf } from '../rule.js';

/** A device's session cannot be had. Sessions are no events: the gateway, which opens them, tells it. */
export const deviceUnreachable = rule<null>({
  name: 'device_unreachable',
  condition: "A device's session cannot be had",
  severity: 'medium',
  runbook: runbookOf('device_unreachable'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
