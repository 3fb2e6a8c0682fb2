import {
  addDecision,
  addExecution,
  defaultGateSettings,
  emptyCounts,
  stickyBuckets,
  type StageCounts,
  type StageDecision,
} from '../src/index.js';

export const settings = defaultGateSettings;

export const answered = (over: Partial<StageDecision> = {}): StageDecision => ({
  variant: 'canary',
  bucket: null,
  candidate: { decision: 'ALLOW', cost: 5 },
  active: { decision: 'ALLOW', cost: 5 },
  ...over,
});
/**
 * A number of requests at a stage of 10 %, each of its own entity, all executed if the canary
 * decided. `worse` selects the canary's failed executions.
 */
export const stage = (
  requests: number,
  make: (i: number) => Partial<StageDecision>,
  worse: (i: number) => boolean = () => false,
  pct = 10,
): StageCounts => {
  let counts = emptyCounts;
  for (let i = 0; i < requests; i++) {
    const bucket = (i * 7919) % stickyBuckets;
    const variant = bucket < pct * 100 ? 'canary' : 'active';
    counts = addDecision(counts, answered({ bucket, variant, ...make(i) }));
    if (variant === 'canary') counts = addExecution(counts, { error: worse(counts.executions) });
  }
  return counts;
};
export const bounds = { candidate: 25, active: 25 };
