import { defaults, type PlanAnswer, type Reason } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import {
  ExecutorDriver,
  heldTurn,
  isTurnAsked,
  lapseAbandoned,
  LeaseExpired,
  movedOn,
  readAction,
  StepFailed,
  waitOutHolder,
  type ActionThat,
  type ExecutorPort,
  type ExecutorPresence,
  type HeldTurn,
  type Work,
  type WorkJournal,
} from '@interlock/executor';
import { traceparentWithin } from '@interlock/jetstream';
import { isProblem, ProblemError, type EventStore } from '@interlock/kernel';
import { newId, nowText, serviceCommandContext } from '@interlock/platform';
import {
  isCheckingResponse,
  responseWorkStatus,
  responseWorkStream,
  workStage,
  type ResponseAction,
  type ResponseWorkCommand,
  type ResponseWorkState,
} from '@interlock/posture';
import type { ResponseWorkHandler } from '../handlers.js';
import type { ReadyResponse, ResponseChecks } from './response-checks.js';
import { responseOf } from './response-intent.js';

/** The dependencies of the steps of a response. */
export type ResponseTools = {
  readonly store: EventStore;
  readonly handler: ResponseWorkHandler;
  readonly checks: Pick<ResponseChecks, 'ready' | 'hasBegun' | 'takeBack'>;
  readonly plan: (tenantId: string, action: ResponseAction) => Promise<PlanAnswer>;
  readonly executor: Pick<ExecutorPresence, 'lease'>;
  readonly logger: AdapterLogger;
};

/** The work of one response, as its steps see it. */
type ResponseRun = Work<ResponseWorkCommand, ResponseWorkState> & { readonly response_id: string };
type Port = ExecutorPort<ResponseWorkCommand, ResponseWorkState, ResponseRun, HeldTurn>;

/** Returns the journal of the work of responses. */
export const responseJournal = ({
  handler,
}: Pick<ResponseTools, 'handler'>): WorkJournal<ResponseWorkCommand, ResponseWorkState> => ({
  streamOf: responseWorkStream,
  handler,
  stageOf: workStage,
  statusOf: responseWorkStatus,
  revisionOf: () => undefined,
  contextOf: (tenantId, trace) =>
    serviceCommandContext('posture', tenantId, {
      correlationId: trace.correlation_id,
      causationId: trace.causation_id,
      ...traceparentWithin(trace.traceparent),
    }),
});

/** Returns a function that reads an action from the log. */
export const actionIn =
  (store: EventStore): ActionThat =>
  (tenantId, actionId) =>
    readAction(store, tenantId, actionId);

const actionOf = ({ turn }: ResponseWorkState): ResponseAction => {
  if (turn === null) throw new TypeError('the work of a response has no turn');
  return turn.action;
};

const why = (code: string, error: unknown, prefix: string): readonly Reason[] => {
  const said = isProblem(error)
    ? `${error.code}: ${error.detail}`
    : error instanceof Error
      ? error.message
      : 'it threw';
  return [{ code, detail: `${prefix}${said}` }];
};

const responsePort = (tools: ResponseTools, instance: string): Port => {
  const { store, checks, plan, logger } = tools;

  /**
   * Carries out the response and returns the command that records its end. It starts only after
   * `check`.
   */
  const doing = (work: ResponseRun, action: ResponseAction) => {
    let ready: Promise<ReadyResponse> | undefined;
    return async (check: () => void): Promise<ResponseWorkCommand> => {
      try {
        ready ??= checks.ready(action, work.action_id, work.response_id);
        const outcome = await (await ready)(check, work.signal);
        return { kind: 'FinishWork', outcome };
      } catch (error) {
        if (error instanceof LeaseExpired || error instanceof StepFailed) throw error;
        work.throwIfStopping();
        logger.warn({ err: error, action_id: work.action_id }, 'a response failed');
        return { kind: 'FailWork', reasons: why('response-failed', error, '') };
      }
    };
  };

  return {
    prepare: async (work, { state, revision }) => {
      const asked = state.turn;
      if (asked === null) return undefined;
      if (!(await isTurnAsked(actionIn(store), work, asked.request_id))) {
        await work.record({ kind: 'RecordLapse', reasons: [movedOn] }, revision);
        return undefined;
      }
      // The plan's violations were refused earlier. An error here makes the work fail.
      const { plan_hash, diff } = await plan(work.tenant_id, asked.action);
      const sent = performance.now();
      await work.record({ kind: 'RecordTurn', turn: asked.turn, instance, plan_hash, diff }, revision);
      return heldTurn(asked.turn, sent, () => undefined);
    },
    start: async (work, { state }, _held, sendChange) => {
      const { result, against } = await sendChange<ResponseWorkCommand>({
        request: { kind: 'RequestWork', instance },
        send: doing(work, actionOf(state)),
      });
      const done = await work.record(result);
      // If a kill switch was engaged while the lease expired during the rebuild, the change is
      // undone.
      const reasons = (done.state.outcome?.change ?? null) === null ? [] : await against();
      if (reasons.length > 0) await work.record({ kind: 'TakeBack', reasons });
    },
    // Work that has begun is repeated: a check with the same request id, the mirror from the same
    // undo record.
    settle: async (work, at, _fault, sendAgain) => {
      const action = actionOf(at.state);
      const isUnbegun = async (): Promise<boolean> => !(await checks.hasBegun(action, work.response_id));
      if (await isUnbegun()) return lapseAbandoned(work, at, instance, isUnbegun);
      try {
        await work.record(await sendAgain(doing(work, action)));
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        await work.record({ kind: 'TakeBack', reasons: error.reasons });
      }
    },
    observe: () => Promise.reject(new TypeError('a response is observed when it is done')),
    confirm: async (work, { revision }) => {
      await work.record({ kind: 'ConfirmWork' }, revision);
    },
    undo: async (work, at) => {
      const action = actionOf(at.state);
      // Another process may still be rebuilding the mirror.
      const mayBeUnderWay = at.state.outcome === null && !isCheckingResponse(action);
      if (mayBeUnderWay && !(await waitOutHolder(work, at, instance))) return;
      try {
        await checks.takeBack(action, work.response_id);
      } catch (error) {
        logger.warn(
          { err: error, action_id: work.action_id },
          'what a response had changed could not be put back',
        );
        const prefix = 'what it changed could not be put back: ';
        await work.record({ kind: 'FailUndo', reasons: why('undo-failed', error, prefix) });
        return;
      }
      await work.record({ kind: 'TakeWorkBack' });
    },
  };
};

/** Drives the work of responses. The port contains the part that is specific to posture. */
export class ResponseDriver extends ExecutorDriver<
  ResponseWorkCommand,
  ResponseWorkState,
  ResponseRun,
  HeldTurn
> {
  constructor(tools: ResponseTools) {
    const instance = newId();
    super({
      store: tools.store,
      service: 'posture',
      executor: tools.executor,
      lease_ms: defaults.kill_switch_lease_ms,
      logger: tools.logger,
      instance,
      journal: responseJournal(tools),
      port: responsePort(tools, instance),
      actionThat: actionIn(tools.store),
      open: async (tenantId, actionId, driven) => {
        const action = await readAction(tools.store, tenantId, actionId);
        if (action.intent === null)
          throw new ProblemError('action-not-found', `the action \`${actionId}\` of a response is not there`);
        const work = driven(action);
        // The end of a response is recorded even while this instance is stopping.
        const own = { ...work, record: work.recordLast, response_id: responseOf(action.intent.intent_id) };
        return { workAt: () => own, end: () => Promise.resolve() };
      },
      decideBy: ({ done_at: done, apply }) =>
        new Date(Date.parse(done ?? nowText()) + (apply?.confirm_timeout_s ?? 0) * 1000).toISOString(),
      turnTaken: () => undefined,
      onEnd: () => undefined,
    });
  }
}
