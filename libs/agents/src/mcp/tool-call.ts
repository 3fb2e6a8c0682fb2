import { streamName, type ActionStateName } from '@interlock/contracts';
import { contentHash, ProblemError, type Decider } from '@interlock/kernel';

/** The caller, the tool and the arguments. Identical calls have equal values here. */
export type ToolCaller = {
  readonly server: string;
  readonly tool: string;
  readonly agent: string;
  readonly account_id: string;
  readonly requester: string;
  /** Hash of the arguments. */
  readonly arguments_digest: string;
};
/** The `n`-th of identical calls that did not join an open one. */
type OpenedToolCall = ToolCaller & {
  readonly n: number;
  readonly intent_id: string;
  readonly action_id: string;
};
/**
 * The answer that the caller received in the end: the action's state, or that the intent was
 * refused at the edge.
 */
export type ToolCallEnd = ActionStateName | 'REFUSED';

export type ToolCallEvent =
  | { readonly type: 'ToolCallOpened'; readonly data: OpenedToolCall }
  /** The caller is present to take the result, so an approved call may run. */
  | {
      readonly type: 'ToolCallClaimed';
      readonly data: {
        readonly n: number;
        readonly action_id: string;
        /** The digest of the claimed approval; absent if nobody was asked. */
        readonly approval_digest?: string;
      };
    }
  /** The caller received the result, so the next identical call is a new one. */
  | {
      readonly type: 'ToolCallAnswered';
      readonly data: { readonly n: number; readonly action_id: string; readonly state: ToolCallEnd };
    };
export type ToolCallCommand =
  | {
      readonly kind: 'OpenToolCall';
      readonly caller: ToolCaller;
      readonly intent_id: string;
      readonly action_id: string;
    }
  | { readonly kind: 'ClaimToolCall'; readonly n: number; readonly approval_digest?: string }
  | { readonly kind: 'AnswerToolCall'; readonly n: number; readonly state: ToolCallEnd };
export type ToolCallState = {
  /** The latest call; null before the first. */
  readonly call: OpenedToolCall | null;
  /** The digest of the claimed approval; null if there was none. */
  readonly claimed: string | null;
  readonly answered: ToolCallEnd | null;
};

/** The key of identical calls, 64 hex digits. */
export const toolCallKey = (caller: ToolCaller): string => contentHash(caller);
/** The stream of identical calls of a tool. */
export const toolCallStream = (tenantId: string, key: string): string =>
  streamName('mcp_call', tenantId, key);
/** The id of the intent of the `n`-th of identical calls. */
export const toolIntentId = (key: string, n: number): string => `mcp-${key}-${n}`;

const idPattern = /^mcp-([0-9a-f]{64})-([1-9][0-9]{0,8})$/;
/** Parses such an id; undefined for an intent that does not come from a tool call. */
export const toolCallOf = (intentId: string): { readonly key: string; readonly n: number } | undefined => {
  const match = idPattern.exec(intentId);
  return match?.[1] === undefined ? undefined : { key: match[1], n: Number(match[2]) };
};

const decide = (
  command: ToolCallCommand,
  { call, claimed, answered }: ToolCallState,
): readonly ToolCallEvent[] => {
  if (command.kind === 'OpenToolCall') {
    if (call !== null && answered === null) return [];
    const { caller, intent_id, action_id } = command;
    const n = (call?.n ?? 0) + 1;
    if (intent_id !== toolIntentId(toolCallKey(caller), n))
      throw new ProblemError('stale-revision', 'an identical call was opened and ended meanwhile');
    return [{ type: 'ToolCallOpened', data: { ...caller, n, intent_id, action_id } }];
  }
  if (call === null || command.n > call.n)
    throw new ProblemError('wrong-state', 'there is no such call of the tool');
  const { n, action_id } = call;
  if (command.n < n || answered !== null) return [];
  if (command.kind === 'ClaimToolCall')
    return claimed !== null && claimed === (command.approval_digest ?? '')
      ? []
      : [
          {
            type: 'ToolCallClaimed',
            data: {
              n,
              action_id,
              ...(command.approval_digest === undefined ? {} : { approval_digest: command.approval_digest }),
            },
          },
        ];
  return [{ type: 'ToolCallAnswered', data: { n, action_id, state: command.state } }];
};

/** Identical calls of a tool. One of them is open at a time, and any further caller joins it. */
export const toolCallDecider: Decider<ToolCallCommand, ToolCallEvent, ToolCallState> = {
  name: 'mcp_call',
  types: ['ToolCallOpened', 'ToolCallClaimed', 'ToolCallAnswered'],
  initial: { call: null, claimed: null, answered: null },
  decide,
  evolve: (state, { type, data }) => {
    switch (type) {
      case 'ToolCallOpened':
        return { call: data, claimed: null, answered: null };
      case 'ToolCallClaimed':
        return { ...state, claimed: data.approval_digest ?? '' };
      case 'ToolCallAnswered':
        return { ...state, answered: data.state };
    }
  },
};
