import { rule, runbookOf } from '../rule.js';

/**
 * A channel fails for a long time, or permanently. Attempts are not events, so alerting, which
 * makes them, reports it itself.
 */
export const channelFailing = rule<null>({
  name: 'channel_failing',
  condition: 'A channel has failed for longer than its limit, or for good',
  severity: 'high',
  runbook: runbookOf('channel_failing'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
