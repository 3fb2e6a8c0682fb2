import type { DecidedStreams } from '@interlock/kernel';
import { actionRecall } from './action.js';
import { killSwitchRecall } from './kill-switch.js';
import { leaseRecall } from './lease.js';
import { planRecall } from './plan.js';
import { tenantRecall } from './tenant.js';

/** The streams of this context. */
export const railsStreams: readonly DecidedStreams[] = [
  actionRecall,
  killSwitchRecall,
  leaseRecall,
  planRecall,
  tenantRecall,
];
