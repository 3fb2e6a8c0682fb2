import { callStage, callStatus, callTxState, type CallCommand, type CallState } from '@interlock/agents';
import { streamName } from '@interlock/contracts';
import { ExecutorDriver, readAction, type Trace, type WorkJournal } from '@interlock/executor';
import { traceparentWithin } from '@interlock/jetstream';
import { ProblemError, type CommandContext } from '@interlock/kernel';
import { serviceCommandContext } from '@interlock/platform';
import { applyCall } from './apply.js';
import { dueAt, type Call, type CallTools, type HeldPlace } from './call-context.js';
import { confirmCall, observeSoak, settleCall, undoCall } from './finish.js';
import { takeTurn } from './turn.js';

const contextOf = (tenantId: string, trace: Trace): CommandContext =>
  serviceCommandContext('agent-gateway', tenantId, {
    correlationId: trace.correlation_id,
    causationId: trace.causation_id,
    ...traceparentWithin(trace.traceparent),
  });

/** The journal of calls. */
export const callJournal = ({ calls }: Pick<CallTools, 'calls'>): WorkJournal<CallCommand, CallState> => ({
  streamOf: (tenantId, actionId) => streamName('call', tenantId, actionId),
  handler: calls,
  stageOf: callStage,
  statusOf: callStatus,
  revisionOf: () => undefined,
  contextOf,
});

/** Drives calls. It adds to the driver how a handler is asked. */
export class CallRunner extends ExecutorDriver<CallCommand, CallState, Call, HeldPlace> {
  constructor(tools: CallTools) {
    super({
      store: tools.store,
      service: 'agent-gateway',
      executor: tools.executor,
      lease_ms: tools.config.KILL_SWITCH_LEASE_MS,
      logger: tools.logger,
      instance: tools.instance,
      journal: callJournal(tools),
      port: {
        prepare: (call, at) => takeTurn(tools, call, at),
        start: (call, at, held, send) => applyCall(tools, call, at, held, send),
        settle: (call, at) => settleCall(tools, call, at),
        observe: (call, at) => observeSoak(tools, call, at),
        confirm: (call, at) => confirmCall(tools, call, at),
        undo: (call, at, send) => undoCall(tools, call, at, send),
      },
      actionThat: (tenantId, actionId) => readAction(tools.store, tenantId, actionId),
      open: async (tenantId, actionId, driven) => {
        const action = await readAction(tools.store, tenantId, actionId);
        const { intent, action_type: type } = action;
        if (intent === null || type === null)
          throw new ProblemError('action-not-found', `the action \`${actionId}\` of a call is not there`);
        const work = driven(action);
        // The outcome of a call is recorded even while this instance is stopping, unless it
        // crashes.
        const call: Call = { ...work, record: work.recordLast, intent, type };
        return { workAt: () => call, end: () => Promise.resolve() };
      },
      decideBy: dueAt,
      turnTaken: (actionId) => tools.probe('turn-taken', actionId),
      onEnd: (_, state) => tools.onEnd(callTxState(state)),
    });
  }
}
