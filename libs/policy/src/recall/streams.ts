import type { DecidedStreams } from '@interlock/kernel';
import { evaluationEvents } from '../recorded.js';
import { bundleRecall, policyRecall } from './contents.js';
import { exportsRecall, refusalsRecall, signingRecall } from './exchange.js';
import { rolloutRecall } from './rollout.js';
import { actionTypeRecall, lintRecall, teamRecall } from './settings.js';

/** The streams of this context. Evaluations are facts that nobody decides on. */
export const policyStreams: readonly DecidedStreams[] = [
  policyRecall,
  bundleRecall,
  rolloutRecall,
  actionTypeRecall,
  teamRecall,
  lintRecall,
  signingRecall,
  exportsRecall,
  refusalsRecall,
  { category: 'evaluation', decider: evaluationEvents },
];
