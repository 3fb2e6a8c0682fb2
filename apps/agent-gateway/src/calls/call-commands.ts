import type { CallCommand, CallState } from '@interlock/agents';
import { streamName } from '@interlock/contracts';
import { ExecutorCommands, notAsked, readAction } from '@interlock/executor';
import { ProblemError } from '@interlock/kernel';
import type { CallTools } from './call-context.js';
import { callJournal, type CallRunner } from './runner.js';

/**
 * The handler commands of calls. It adds which handlers belong to a tenant, and the terms under
 * which a call is accepted.
 */
export class CallCommands extends ExecutorCommands<CallCommand, CallState> {
  constructor(tools: Pick<CallTools, 'store' | 'config' | 'calls' | 'logger'>, runner: CallRunner) {
    super(
      {
        store: tools.store,
        lease_ms: tools.config.KILL_SWITCH_LEASE_MS,
        logger: tools.logger,
        journal: callJournal(tools),
        actionThat: (tenantId, actionId) => readAction(tools.store, tenantId, actionId),
        known: (tenantId, actionId) => tools.calls.load(streamName('call', tenantId, actionId)),
        acceptTurn: ({ action_id }, { intent, action_type: type }, turn) => {
          if (intent === null) throw notAsked('turn');
          if (type?.handler?.service !== 'agent-gateway' || type.handler.endpoint === undefined)
            throw new ProblemError('side-door', "the action's handler is not here");
          return {
            kind: 'AcceptTurn',
            asked: {
              turn: turn.turn,
              request_id: turn.request_id,
              action_id,
              action_type: intent.action_type,
              version: type.version ?? null,
              entity_id: intent.entity_id,
              on_unknown: type.on_unknown ?? 'ask',
            },
          };
        },
        isServed: ({ handler }, { intent, action_type: type }) =>
          handler.service === 'agent-gateway' &&
          type?.handler?.service === 'agent-gateway' &&
          type.handler.endpoint !== undefined &&
          type.action_type === intent?.action_type,
        against: () => [],
        plan_changed: 'the handler plans otherwise than when it was looked at',
        acceptApply: (apply) => ({ kind: 'AcceptApply', apply }),
      },
      runner,
    );
  }
}
