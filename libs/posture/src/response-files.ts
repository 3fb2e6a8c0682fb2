import type { JsonObject, Timestamp } from '@interlock/contracts';
import type { ResponseOutcome } from './response-work.js';
import { undoInstruction } from './response-plan.js';
import type { Response } from './response.js';

/** The names of seeds 001 and 002, under the configured directory. */
export const responseFiles = {
  preview: 'state/policy_response_preview.json',
  log: 'state/policy_response_log.jsonl',
  blocked: 'reports/policy_response_blocked.json',
  summary: 'audit_summary.md',
  mirror: 'mirrors/anchor_chain.json',
  backup: 'mirrors/anchor_chain.json.backup',
} as const;

/** The record by which a run is undone. */
export const undoFile = (responseId: string): string => `state/policy_response_undo_${responseId}.json`;

/** The time form of the seeds' files: whole seconds with `+00:00` for UTC. */
const fileTime = (at: Timestamp): string => `${new Date(at).toISOString().slice(0, 19)}+00:00`;

/** A run as the seeds' files have it. */
export const responseRecord = (response: Response): JsonObject => {
  const { response_id, policy, mode, began_at, trigger, status, gates, actions, results } = response;
  const about = { timestamp: fileTime(began_at), response_id, policy, mode, trigger };
  if (status === 'blocked')
    return { ...about, status, safety_gates_passed: false, failing_gates: [...gates], executed: 0 };
  return {
    ...about,
    status,
    actions_planned: actions.length,
    safety_gates_passed: true,
    ...(response.detail === null ? {} : { error: response.detail }),
    results: results.map(({ action, action_id, state, passed, detail, reversible }) => ({
      action,
      stdout: detail,
      reversible,
      ...(reversible ? { undo_instruction: undoInstruction(response_id) } : {}),
      ...(mode === 'dry-run' ? {} : { action_id, state, passed }),
    })),
  };
};

/** The marker of a blocked run, with every gate that blocked it. */
export const blockedMarker = ({ began_at, gates }: Pick<Response, 'began_at' | 'gates'>): string =>
  `<!-- POLICY_RESPONSE: BLOCKED ${fileTime(began_at)} gate=${gates.join(',')} -->`;

const marker = /^<!-- POLICY_RESPONSE: .* -->$/;

/** A summary with the marker in the place of the one it had, or at its end where it had none; all else stays as it is. */
export const withBlockedMarker = (summary: string, line: string): string => {
  const lines = summary.split('\n');
  const first = lines.findIndex((one) => marker.test(one.trimEnd()));
  if (first >= 0)
    return lines
      .map((one, i) => (i === first ? line : one))
      .filter((one, i) => i === first || !marker.test(one.trimEnd()))
      .join('\n');
  return summary === '' || summary.endsWith('\n') ? `${summary}${line}\n` : `${summary}\n${line}\n`;
};

/** What it takes to undo a run: what the file held before, null where there was none. */
export type UndoRecord = {
  readonly response_id: string;
  readonly action: string;
  readonly path: string;
  readonly backup: string | null;
  readonly before: string | null;
  readonly undo_instruction: string;
  readonly created_at: string;
};

/** The content of `undoFile`. */
export const undoRecord = (
  responseId: string,
  action: string,
  before: string | null,
  now: Timestamp,
): UndoRecord => ({
  response_id: responseId,
  action,
  path: responseFiles.mirror,
  backup: before === null ? null : responseFiles.backup,
  before,
  undo_instruction: undoInstruction(responseId),
  created_at: fileTime(now),
});

/** How an outcome is told in one line. */
export const toldOutcome = ({ passed, checked, failed, detail }: ResponseOutcome): string =>
  passed === null
    ? detail
    : `${passed ? 'passed' : 'FAILED'}: ${checked} checked, ${failed} wrong; ${detail}`;
