import { rule, runbookOf } from '../rule.js';

/**
 * A session to a device cannot be opened. Sessions are not events, so the gateway, which opens
 * them, reports it.
 */
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
