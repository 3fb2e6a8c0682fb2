import {
  defaults,
  type HandlerEnvelope,
  type PlanAnswer,
  type RpcAnswer,
  type TxStatus,
} from '@interlock/contracts';
import { ProblemError, isTexts } from '@interlock/kernel';
import type { RpcClient } from '@interlock/jetstream';
import { killSwitchEpoch, sawOf, type AcceptedAction, type ActionInFlight } from '@interlock/rails';

/** The calls to the handler that carries out an action, with the ids and deadlines they need. */
export class HandlerCalls {
  readonly #rpc: Pick<RpcClient, 'call'>;

  constructor(rpc: Pick<RpcClient, 'call'>) {
    this.#rpc = rpc;
  }

  /**
   * Returns the changes that the action would make, or its undo; null if no handler carries it out.
   * `shown`: a person may decide on it, so a device is asked for its own difference.
   */
  async plan(
    state: AcceptedAction,
    what: 'action' | 'shown' | 'undo' = 'action',
  ): Promise<PlanAnswer | null> {
    const { intent, action_id, action_type: type } = state.accepted;
    if (type.handler === null) return null;
    const { tenant_id, action_type, entity_id, parameters } = intent;
    const name = `${type.handler.service}.plan` as const;
    const plan: Partial<PlanAnswer> | null = await this.#rpc.call(
      name,
      {
        tenant_id,
        action_id,
        action_type,
        entity_id,
        parameters,
        ...(type.version === undefined ? {} : { action_type_version: type.version }),
        ...(what === 'undo' ? { undo: true } : {}),
        ...(what === 'shown' && type.handler.service === 'netconf-gateway' ? { device_diff: true } : {}),
      },
      { deadlineMs: defaults.netconf_connect_ms + defaults.rpc_deadline_ms },
    );
    const texts = [plan?.plan_hash, plan?.diff_hash, plan?.leaves_fingerprint];
    if (!isTexts(texts) || !Array.isArray(plan?.violations))
      throw new ProblemError('internal-error', `\`${name}\` answered no plan`);
    return plan as PlanAnswer;
  }

  /**
   * Requests the executor's turn; a repeat returns its status. The turn is taken in the background.
   */
  takeTurn(
    state: AcceptedAction,
    turn: NonNullable<AcceptedAction['turn']>,
    service: string,
  ): Promise<TxStatus> {
    return this.#rpc.call(
      `${service}.take_turn`,
      this.#envelope(
        state,
        turn.request_id,
        killSwitchEpoch(sawOf(state, 'kill_switch')?.switches ?? []) || 'none',
      ),
    );
  }

  /** Starts the transaction; a repeat returns the recorded answer. */
  apply(state: ActionInFlight): Promise<RpcAnswer<`${string}.apply`>> {
    return this.#rpc.call(`${state.execution.service}.apply`, this.#execution(state));
  }

  status(state: ActionInFlight): Promise<TxStatus> {
    return this.#rpc.call(`${state.execution.service}.status`, this.#execution(state));
  }

  confirm(state: ActionInFlight, requestId: string): Promise<TxStatus> {
    return this.#rpc.call(`${state.execution.service}.confirm`, this.#execution(state, requestId));
  }

  undo(state: ActionInFlight, requestId: string): Promise<TxStatus> {
    return this.#rpc.call(`${state.execution.service}.undo`, this.#execution(state, requestId));
  }

  /** Takes a completed action back. */
  takeBack(state: AcceptedAction, service: string, requestId: string, epoch: string): Promise<TxStatus> {
    return this.#rpc.call(`${service}.undo`, this.#envelope(state, requestId, epoch));
  }

  #execution(state: ActionInFlight, requestId = state.execution.request_id): HandlerEnvelope {
    return this.#envelope(state, requestId, state.execution.epoch);
  }

  #envelope(state: AcceptedAction, requestId: string, epoch: string): HandlerEnvelope {
    const { action_id, intent } = state.accepted;
    return {
      request_id: requestId,
      deadline: new Date(Date.now() + defaults.rpc_deadline_ms).toISOString(),
      epoch,
      tenant_id: intent.tenant_id,
      action_id,
    };
  }
}
