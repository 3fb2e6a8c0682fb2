import type { JsonObject, Timestamp } from '@interlock/contracts';
import type { ResponseOutcome } from './response-work.js';
import { undoInstruction } from './response-plan.js';
import type { Response } from './response.js';
import { fileTime, type RunFile } from '../state-files.js';

/** The names of the response files, under the configured directory. */
export const responseFiles = {
  preview: 'state/policy_response_preview.json',
  log: 'state/policy_response_log.jsonl',
  blocked: 'reports/policy_response_blocked.json',
  summary: 'audit_summary.md',
  mirror: 'mirrors/anchor_chain.json',
  backup: 'mirrors/anchor_chain.json.backup',
} as const;

/** The record for undoing a run. */
export const undoFile = (responseId: string): string => `state/policy_response_undo_${responseId}.json`;

/** The parts of a run that the files contain. */
export type RecordedRun = Pick<
  Response,
  | 'response_id'
  | 'policy'
  | 'mode'
  | 'began_at'
  | 'trigger'
  | 'status'
  | 'gates'
  | 'actions'
  | 'results'
  | 'detail'
>;

/** A run in the form of the files. */
const responseRecord = (response: RecordedRun): JsonObject => {
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
const blockedMarker = ({ began_at, gates }: Pick<Response, 'began_at' | 'gates'>): string =>
  `<!-- POLICY_RESPONSE: BLOCKED ${fileTime(began_at)} gate=${gates.join(',')} -->`;

/**
 * The files of an ended run: its preview, its line in the log, or the report and marker of a
 * blocked one.
 */
export const responseRunFiles = (response: RecordedRun): readonly RunFile[] => {
  const record = responseRecord(response);
  const whole = `${JSON.stringify(record, null, 2)}\n`;
  if (response.status === 'blocked')
    return [
      { path: responseFiles.blocked, how: 'replace', text: whole },
      { path: responseFiles.summary, how: 'marker', text: blockedMarker(response) },
    ];
  if (response.mode === 'dry-run') return [{ path: responseFiles.preview, how: 'replace', text: whole }];
  return [{ path: responseFiles.log, how: 'append', text: `${JSON.stringify(record)}\n` }];
};

/**
 * The undo record of an applied run, for callers who keep the files elsewhere. It names the command
 * that undoes the run. The file's earlier content stays with the service. Empty if the run changed
 * nothing.
 */
export const undoFiles = ({
  response_id,
  mode,
  status,
  began_at,
  results,
}: RecordedRun): readonly RunFile[] => {
  const action = results.find(({ reversible, passed }) => reversible && passed !== null)?.action;
  if (mode === 'dry-run' || status === 'blocked' || action === undefined) return [];
  const record = {
    response_id,
    action,
    path: responseFiles.mirror,
    undo_instruction: undoInstruction(response_id),
    created_at: fileTime(began_at),
  };
  return [{ path: undoFile(response_id), how: 'replace', text: `${JSON.stringify(record, null, 2)}\n` }];
};

/** The data to undo a run: the file's earlier content, null if there was none. */
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

/** An outcome in one line. */
export const outcomeText = ({ passed, checked, failed, detail }: ResponseOutcome): string =>
  passed === null
    ? detail
    : `${passed ? 'passed' : 'FAILED'}: ${checked} checked, ${failed} wrong; ${detail}`;
