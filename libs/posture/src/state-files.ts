import type { PostureInputs, PostureLevel, PostureThresholds, Timestamp } from '@interlock/contracts';

/** The names of the state files, under the configured directory. */
export const stateFiles = {
  state: 'state/policy_state.json',
  log: 'state/policy_state_log.jsonl',
  summary: 'audit_summary.md',
} as const;

/** The time form of the files: whole seconds with `+00:00` for UTC. */
export const fileTime = (at: Timestamp): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`;

type Evaluated = {
  readonly policy: PostureLevel;
  readonly evaluated_at: Timestamp;
  readonly inputs: PostureInputs;
  readonly thresholds: PostureThresholds;
};

/** `state/policy_state.json`. */
export const stateFile = ({ policy, evaluated_at, inputs, thresholds }: Evaluated): string =>
  `${JSON.stringify({ policy, evaluated_at: fileTime(evaluated_at), inputs, thresholds }, null, 2)}\n`;

/** One line of `state/policy_state_log.jsonl`, with its line break. */
export const stateLogLine = ({ policy, evaluated_at, inputs }: Evaluated): string =>
  `${JSON.stringify({
    timestamp: fileTime(evaluated_at),
    policy,
    trust_locked: inputs.trust_locked,
    integrity: inputs.integrity_score,
    consensus: inputs.consensus_pct,
    reputation: inputs.reputation_score,
    forecast: inputs.forecast_risk,
    responses: inputs.recent_responses,
  })}\n`;

/** The marker of a run that wrote its files. */
export const updatedMarker = (at: Timestamp, policy: PostureLevel): string =>
  `<!-- POLICY_ORCHESTRATION: UPDATED ${fileTime(at)} policy=${policy} -->`;
/** The marker of a run that failed. */
export const failedMarker = (at: Timestamp): string =>
  `<!-- POLICY_ORCHESTRATION: FAILED ${fileTime(at)} -->`;

/**
 * A file of a run, relative to the configured directory. It is replaced, appended to, or written as
 * a marker that replaces the earlier one.
 */
export type RunFile = {
  readonly path: string;
  readonly how: 'replace' | 'append' | 'marker';
  readonly text: string;
};

/**
 * The files of an evaluation: state, marker and log. The log comes last, so that a logged
 * evaluation has its other files.
 */
export const evaluationFiles = (posture: Evaluated): readonly RunFile[] => [
  { path: stateFiles.state, how: 'replace', text: stateFile(posture) },
  { path: stateFiles.summary, how: 'marker', text: updatedMarker(posture.evaluated_at, posture.policy) },
  { path: stateFiles.log, how: 'append', text: stateLogLine(posture) },
];

/** `fix/policy-orchestrator-<timestamp>`, a name that Git allows. */
export const fixBranch = (at: Timestamp): string =>
  `fix/policy-orchestrator-${new Date(at).toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')}`;

/** Seconds before each retry of a write. */
export const retryAfterS = [1, 3, 9] as const;
