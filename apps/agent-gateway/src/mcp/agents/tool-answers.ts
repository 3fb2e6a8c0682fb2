import type { JsonObject, Reason } from '@interlock/contracts';
import { gateNames, tellGate, type ActionState } from '@interlock/rails';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

type Known = Exclude<ActionState, { readonly status: 'NONE' }>;

const inWords = (reasons: readonly Reason[]): string =>
  reasons.length === 0 ? '' : ` Why: ${reasons.map(({ detail }) => detail).join('; ')}.`;

/** Each reason once, because several gates may hold for the same one. */
const different = (reasons: readonly Reason[]): readonly Reason[] =>
  reasons.filter(({ detail }, i) => reasons.findIndex((one) => one.detail === detail) === i);

/**
 * Returns a sentence for each finding of the gates that did not simply pass, with clause, rule and
 * nearest miss.
 */
const lookedAt = (state: Known): readonly string[] =>
  gateNames.flatMap((gate) => {
    const record = state.gates[gate];
    return record === undefined || record.verdict === 'pass'
      ? []
      : tellGate(record).map((line) => `${gate}: ${line}`);
  });

/** The author of an answer. A tool may return any text, but it cannot overwrite this mark. */
type Speaker = 'tool' | 'interlock';
const mark = (actionId: string, state: string, by: Speaker): JsonObject => ({
  interlock: { action_id: actionId, state, by },
});

/** Returns the tool's own result, marked with its action. */
export const resultAnswer = (actionId: string, state: string, result: JsonObject): CallToolResult => {
  const meta = result['_meta'];
  return {
    content: [],
    ...(result as object),
    _meta: { ...(typeof meta === 'object' ? meta : {}), ...mark(actionId, state, 'tool') },
  } as CallToolResult;
};

const answer = (text: string, structured: JsonObject, isError: boolean): CallToolResult => ({
  content: [{ type: 'text', text }],
  structuredContent: structured,
  ...(isError ? { isError } : {}),
  _meta: mark(String(structured['action_id']), String(structured['state']), 'interlock'),
});

/** Returns the answer for an action that has run but whose result is no longer available. */
export const lostAnswer = (actionId: string, state: string): CallToolResult =>
  answer(
    `The tool was called and has answered, but its answer is not kept here any more. Do not take this for a failure. The action is ${actionId}.`,
    { status: 'done', action_id: actionId, state, result: null },
    false,
  );

/**
 * Returns the answer for an action that is held or under way. It says what the action waits for,
 * whether anything may have been done, and how to ask again.
 */
export const pendingAnswer = (actionId: string, state: Known, continuation: string): CallToolResult => {
  const isHeld = state.status === 'AWAITING_APPROVAL' || state.status === 'AWAITING_CONFIRMATION';
  const held = isHeld ? (state.approval ?? state.window) : null;
  const reasons = different((held?.holds ?? []).flatMap((hold) => hold.reasons));
  const isBegun = state.execution !== null;
  const waitsFor = isBegun
    ? 'the end of the call of the tool'
    : state.status === 'AWAITING_APPROVAL'
      ? 'the approval of a person'
      : state.status === 'AWAITING_CONFIRMATION'
        ? 'the end of a window in which a person may stop it'
        : state.waiting_for !== null
          ? `the service ${state.waiting_for.service}`
          : 'its turn';
  return answer(
    `This call is pending: it waits for ${waitsFor}.${inWords(reasons)} ${isBegun ? 'The tool is being called, and nobody can say yet what it has done. Do not do the same in another way.' : 'Nothing was done yet.'} Call \`interlock_continue\` with this continuation later, or make the very same call again: ${continuation}`,
    {
      status: 'pending',
      action_id: actionId,
      state: state.status,
      waits_for: waitsFor,
      reasons: reasons.map(({ code, detail }) => ({ code, detail })),
      continuation,
    },
    false,
  );
};

/**
 * Returns the answer for an action that did not run, or was taken back. It gives the reason in
 * words that a model can act on.
 */
export const endedAnswer = (actionId: string, state: Known): CallToolResult => {
  const reasons = state.reasons;
  const isUnknown = state.status === 'ROLLBACK_FAILED';
  const isTried = state.execution !== null;
  const summary = isUnknown
    ? 'The tool was called, and nobody can say whether it has done it. A person was told. Do not repeat the call.'
    : isTried
      ? 'The tool was asked and did not do it, or it was taken back.'
      : 'The tool was not called.';
  const notes = isTried ? [] : lookedAt(state);
  return answer(
    `${state.status}: ${summary}${inWords(reasons)}${notes.length === 0 ? '' : ` What was looked at: ${notes.join('; ')}.`}`,
    {
      status: isUnknown ? 'unknown' : isTried ? 'failed' : 'denied',
      action_id: actionId,
      state: state.status,
      reasons: reasons.map(({ code, detail }) => ({ code, detail })),
      looked_at: notes,
    },
    true,
  );
};

/** Returns the answer for a call that was refused before an action existed. */
export const refusedAnswer = (
  code: string,
  detail: string,
  violations: readonly object[],
): CallToolResult => ({
  content: [
    {
      type: 'text',
      text: `The call was refused: ${detail}.${violations.length === 0 ? '' : ` ${JSON.stringify(violations)}`}`,
    },
  ],
  structuredContent: { status: 'refused', code, detail, violations: [...violations] },
  isError: true,
  _meta: { interlock: { by: 'interlock' } satisfies { readonly by: Speaker } },
});
