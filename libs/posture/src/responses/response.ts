import type { PostureLevel, Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import type { PlannedResponse, ResponseAction, ResponseGate, ResponseMode } from './response-plan.js';

export type ResponseTrigger = 'person' | 'level' | 'schedule';

/**
 * The result of one response of a run. `state` is the end of its action (`DRY_RUN`, `NOT_RUN`,
 * `PENDING` if it has none). `passed` is the result of its check, null without a check or result.
 */
export type ResponseResult = {
  readonly action: ResponseAction;
  readonly action_id: string | null;
  readonly state: string;
  readonly passed: boolean | null;
  readonly detail: string;
  readonly reversible: boolean;
};

export type ResponseEvent =
  | {
      readonly type: 'ResponsePlanned';
      readonly data: {
        readonly response_id: string;
        readonly policy: PostureLevel;
        readonly mode: ResponseMode;
        readonly trigger: ResponseTrigger;
        readonly actions: readonly PlannedResponse[];
      };
    }
  | {
      readonly type: 'ResponseBlocked';
      readonly data: {
        readonly response_id: string;
        readonly policy: PostureLevel;
        readonly mode: ResponseMode;
        readonly trigger: ResponseTrigger;
        readonly gates: readonly ResponseGate[];
      };
    }
  | {
      readonly type: 'ResponseActionSubmitted';
      readonly data: { readonly action: ResponseAction; readonly action_id: string };
    }
  | {
      readonly type: 'ResponseActionEnded';
      readonly data: {
        readonly action: ResponseAction;
        readonly action_id: string;
        readonly state: string;
        readonly passed: boolean | null;
        readonly detail: string;
      };
    }
  | {
      readonly type: 'ResponseCompleted';
      readonly data: { readonly response_id: string; readonly results: readonly ResponseResult[] };
    }
  | {
      readonly type: 'ResponseFailed';
      readonly data: {
        readonly response_id: string;
        readonly detail: string;
        readonly branch: string | null;
      };
    }
  /** The change of the run could not be undone and remains. */
  | { readonly type: 'ResponseUndoFailed'; readonly data: { readonly detail: string } }
  | {
      readonly type: 'ResponseUndone';
      readonly data: { readonly reason: string; readonly restored: string };
    };
type DataOf<T extends ResponseEvent['type']> = Extract<ResponseEvent, { type: T }>['data'];

export type ResponseCommand =
  | { readonly kind: 'PlanResponse'; readonly data: DataOf<'ResponsePlanned'> }
  | { readonly kind: 'BlockResponse'; readonly data: DataOf<'ResponseBlocked'> }
  | { readonly kind: 'SubmitAction'; readonly data: DataOf<'ResponseActionSubmitted'> }
  | { readonly kind: 'EndAction'; readonly data: DataOf<'ResponseActionEnded'> }
  | { readonly kind: 'CompleteResponse' }
  | { readonly kind: 'FailResponse'; readonly detail: string; readonly branch: string | null }
  | { readonly kind: 'FailUndo'; readonly detail: string }
  | { readonly kind: 'UndoResponse'; readonly reason: string; readonly restored: string };

export type ResponseRun = DataOf<'ResponseActionSubmitted'> & {
  readonly ended: Pick<DataOf<'ResponseActionEnded'>, 'state' | 'passed' | 'detail'> | null;
};
export type ResponseStatus = 'running' | 'blocked' | 'completed' | 'failed' | 'undone';
export type Response = {
  readonly status: ResponseStatus;
  readonly response_id: string;
  readonly policy: PostureLevel;
  readonly mode: ResponseMode;
  readonly trigger: ResponseTrigger;
  readonly gates: readonly ResponseGate[];
  readonly actions: readonly PlannedResponse[];
  readonly runs: readonly ResponseRun[];
  readonly results: readonly ResponseResult[];
  readonly detail: string | null;
  readonly began_at: Timestamp;
  readonly ended_at: Timestamp | null;
  /** Why the last attempt to undo it failed. */
  readonly undo_failed: string | null;
  readonly undone: { readonly at: Timestamp; readonly reason: string; readonly restored: string } | null;
};
/** null before the first event. */
export type ResponseState = Response | null;

/** The runner's next step for a response. */
export type ResponseStep =
  | { readonly kind: 'submit'; readonly action: ResponseAction }
  | { readonly kind: 'await'; readonly action: ResponseAction; readonly action_id: string }
  | { readonly kind: 'complete' }
  | { readonly kind: 'none' };

/**
 * The next step of a run, from its state alone, so it is the same after a crash. Its actions run
 * one after the other.
 */
export const nextResponseStep = (state: ResponseState): ResponseStep => {
  if (state?.status !== 'running') return { kind: 'none' };
  if (state.mode === 'dry-run') return { kind: 'complete' };
  for (const { action } of state.actions) {
    const run = state.runs.find((one) => one.action === action);
    if (run === undefined) return { kind: 'submit', action };
    if (run.ended === null) return { kind: 'await', action, action_id: run.action_id };
  }
  return { kind: 'complete' };
};

/** The result of each response of a run; for a dry run, what it would have done. */
export const resultsOf = ({ mode, actions, runs }: Response): readonly ResponseResult[] =>
  actions.map(({ action, reversible }): ResponseResult => {
    const run = runs.find((one) => one.action === action);
    if (mode === 'dry-run')
      return {
        action,
        action_id: null,
        state: 'DRY_RUN',
        passed: null,
        detail: `[DRY-RUN] Would execute ${action}`,
        reversible,
      };
    return {
      action,
      action_id: run?.action_id ?? null,
      state: run === undefined ? 'NOT_RUN' : (run.ended?.state ?? 'PENDING'),
      passed: run?.ended?.passed ?? null,
      detail: run?.ended?.detail ?? '',
      reversible,
    };
  });

/** The action of a completed run that can be undone; undefined if there is none. */
export const undoableOf = (state: ResponseState): ResponseRun | undefined =>
  state?.status === 'completed'
    ? state.runs.find(
        ({ action, ended }) =>
          ended?.state === 'COMPLETED' &&
          state.actions.some((planned) => planned.action === action && planned.reversible),
      )
    : undefined;

const running = (state: ResponseState): Response => {
  if (state?.status !== 'running')
    throw new ProblemError(
      'wrong-state',
      state === null ? 'there is no such response' : `the response is ${state.status}`,
    );
  return state;
};

const undoable = (state: ResponseState): void => {
  if (undoableOf(state) === undefined)
    throw new ProblemError('wrong-state', 'the response changed nothing that can be undone');
};

/**
 * Stream of `responseStream`: one run of the response runner. A repeat writes nothing; throws
 * `wrong-state` if the run has ended.
 */
export const responseDecider: Decider<ResponseCommand, ResponseEvent, ResponseState> = {
  name: 'response',
  types: [
    'ResponsePlanned',
    'ResponseBlocked',
    'ResponseActionSubmitted',
    'ResponseActionEnded',
    'ResponseCompleted',
    'ResponseFailed',
    'ResponseUndoFailed',
    'ResponseUndone',
  ],
  initial: null,
  decide: (command, state) => {
    switch (command.kind) {
      case 'PlanResponse':
        return state === null ? [{ type: 'ResponsePlanned', data: command.data }] : [];
      case 'BlockResponse':
        return state === null ? [{ type: 'ResponseBlocked', data: command.data }] : [];
      case 'SubmitAction':
        return running(state).runs.some(({ action }) => action === command.data.action)
          ? []
          : [{ type: 'ResponseActionSubmitted', data: command.data }];
      case 'EndAction': {
        const run = running(state).runs.find(({ action_id }) => action_id === command.data.action_id);
        if (run === undefined)
          throw new ProblemError('wrong-state', `the response has no action \`${command.data.action_id}\``);
        return run.ended === null ? [{ type: 'ResponseActionEnded', data: command.data }] : [];
      }
      case 'CompleteResponse': {
        if (state?.status === 'completed') return [];
        const open = running(state);
        if (nextResponseStep(open).kind !== 'complete')
          throw new ProblemError('wrong-state', 'an action of the response has not ended');
        return [
          {
            type: 'ResponseCompleted',
            data: { response_id: open.response_id, results: resultsOf(open) },
          },
        ];
      }
      case 'FailResponse': {
        if (state?.status === 'failed') return [];
        const { response_id } = running(state);
        const { detail, branch } = command;
        return [{ type: 'ResponseFailed', data: { response_id, detail, branch } }];
      }
      case 'FailUndo':
        if (state?.status === 'undone' || state?.undo_failed === command.detail) return [];
        undoable(state);
        return [{ type: 'ResponseUndoFailed', data: { detail: command.detail } }];
      case 'UndoResponse': {
        if (state?.status === 'undone') return [];
        undoable(state);
        return [{ type: 'ResponseUndone', data: { reason: command.reason, restored: command.restored } }];
      }
    }
  },
  evolve: (state, { type, data, metadata: { occurred_at: at } }) => {
    if (type === 'ResponsePlanned' || type === 'ResponseBlocked') {
      const blocked = type === 'ResponseBlocked';
      return {
        status: blocked ? 'blocked' : 'running',
        response_id: data.response_id,
        policy: data.policy,
        mode: data.mode,
        trigger: data.trigger,
        gates: blocked ? data.gates : [],
        actions: blocked ? [] : data.actions,
        runs: [],
        results: [],
        detail: null,
        began_at: at,
        ended_at: blocked ? at : null,
        undo_failed: null,
        undone: null,
      };
    }
    if (state === null) return state;
    switch (type) {
      case 'ResponseActionSubmitted':
        return { ...state, runs: [...state.runs, { ...data, ended: null }] };
      case 'ResponseActionEnded': {
        const { state: end, passed, detail } = data;
        return {
          ...state,
          runs: state.runs.map((run) =>
            run.action_id === data.action_id ? { ...run, ended: { state: end, passed, detail } } : run,
          ),
        };
      }
      case 'ResponseCompleted':
        return { ...state, status: 'completed', results: data.results, ended_at: at };
      case 'ResponseFailed':
        return { ...state, status: 'failed', detail: data.detail, ended_at: at };
      case 'ResponseUndoFailed':
        return { ...state, undo_failed: data.detail };
      case 'ResponseUndone':
        return { ...state, status: 'undone', undo_failed: null, undone: { at, ...data } };
    }
  },
};
