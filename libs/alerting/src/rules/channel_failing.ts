import { rule, runbookOf } from '../rule.js';

/** A channel fails for long, or for good. Attempts are no events: alerting, which makes them, tells it of itself. */
export const channelFailing = rule<null>({
  name: 'channel_failing',
  severity: 'high',
  runbook: runbookOf('channel_failing'),
  events: {},
  figures: [],
  initial: null,
  fold: () => null,
  judge: () => [],
});
