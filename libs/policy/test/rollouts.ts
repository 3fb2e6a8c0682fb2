import { fold } from '@interlock/kernel';
import {
  defaultRolloutSettings,
  emptyCounts,
  judgeStage,
  rolloutDecider,
  type GateReport,
  type RolloutCommand,
  type RolloutState,
  type StageCounts,
} from '../src/index.js';

export const hour = 3_600_000;
const start = Date.parse('2026-01-01T00:00:00.000Z');
export const timeAfter = (ms: number): string => new Date(start + ms).toISOString();

const counts = (pct: number, over: Partial<StageCounts> = {}): StageCounts => ({
  ...emptyCounts,
  decisions: 1000,
  requests: (1000 * 100) / pct,
  executions: 1000,
  split: { ...emptyCounts.split, units: 1000, canary: pct * 10 },
  ...over,
});
const reports = new Map<string, GateReport>();
/** Judging is slow, and a property test judges often. */
const judged = (name: string, judge: () => GateReport): GateReport => {
  const report = reports.get(name) ?? judge();
  reports.set(name, report);
  return report;
};
/** Gates of a stage that pass both plainly and by evidence. */
export const goodGates = (pct: number): GateReport =>
  judged(`good ${pct}`, () =>
    judgeStage(counts(pct), pct, defaultRolloutSettings, { candidate: 0, active: 0 }),
  );
/** Gates that pass plainly, on too little data for evidence. */
export const plainGates = (pct: number): GateReport =>
  judgeStage(
    counts(pct, { decisions: 100, executions: 100, errors: 4, requests: 1000 }),
    pct,
    defaultRolloutSettings,
  );
export const badGates = (pct: number): GateReport =>
  judged(`bad ${pct}`, () => judgeStage(counts(pct, { errors: 70 }), pct, defaultRolloutSettings));

/** The state after a command. Throws what `decide` throws. */
export const step = (state: RolloutState, command: RolloutCommand, at: string = timeAfter(0)): RolloutState =>
  fold(rolloutDecider, rolloutDecider.decide(command, state), { occurred_at: at }, state);
/** The state after the whole promotion of its canary. */
export const promoted = (state: RolloutState): RolloutState => {
  const { canary } = state;
  if (canary === null) return state;
  return promoted(
    step(state, {
      kind: 'PromoteCanary',
      bundle_id: canary.bundle_id,
      trigger: 'person',
      reason: 'a test',
      verdicts: goodGates(canary.canary_pct),
      now: timeAfter(0),
    }),
  );
};
