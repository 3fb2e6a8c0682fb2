import { rule, runbookOf } from '../rule.js';

/** A channel fails for long, or for good. Attempts are no events: alerting, which makes them, tells it of itself. */
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
