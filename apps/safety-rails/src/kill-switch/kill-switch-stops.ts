import { isProblem, type CommandContext, type RecordedEvent } from '@interlock/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { commandContext, LOGGER, newId, nowText, type Principal } from '@interlock/platform';
import {
  isInFlight,
  isOpen,
  isTakingBack,
  sawOf,
  type ActionState,
  type KillSwitchTarget,
  type ListedAction,
  type ReceiptData,
  type StoppedAction,
} from '@interlock/rails';
import type { Logger } from 'pino';
import { actionStream } from '../actions/action-stream.js';
import { ActionHandler } from '../handlers.js';
import { OpenActions } from '../actions/open-actions.js';
import { Orchestrator } from '../actions/orchestrator.js';
import { Semaphore } from '../actions/semaphore.js';

const atOnce = 32;

/** The results for the open actions that a switch stops. */
export type Stopped = Pick<ReceiptData, 'cancelled' | 'in_flight' | 'not_notified' | 'complete'>;

/** An active use of a kill switch. */
export type Engaged = { readonly target: KillSwitchTarget; readonly rollback_in_flight: boolean };
type ContextOf = (now: string, actionId: string) => Omit<CommandContext, 'tenantId'>;

/**
 * Returns the context of an action's command, from the person who stops it. Null: the service
 * itself sends the command.
 */
const contextOf =
  (principal: Principal | null): ContextOf =>
  (now, actionId) =>
    principal === null
      ? {
          commandId: newId(),
          actor: { kind: 'service', service: 'safety-rails' },
          now,
          correlationId: actionId,
          causationId: actionId,
        }
      : commandContext(principal, now, { commandId: newId() });

/**
 * Returns an action's site, from its gates or its plan. Null if it has none or has not reached them
 * yet.
 */
const siteOfAction = (state: ActionState): string | null =>
  sawOf(state, 'blast_radius')?.estimate?.site_id ?? state.planned?.plan?.site_id ?? null;

/** Returns true if a switch can stop an action, without regard to its site. */
export const isMeant = (target: KillSwitchTarget, action: ListedAction): boolean =>
  (target.tenant_id === null || target.tenant_id === action.tenant_id) &&
  (target.action_type === null || target.action_type === action.action_type) &&
  (target.account_id === undefined || target.account_id === action.account_id) &&
  (target.agent === undefined || target.agent === action.agent);

/** Notifies the open actions that a kill switch was engaged. */
@Injectable()
export class KillSwitchStops {
  constructor(
    @Inject(ActionHandler) private readonly actions: Pick<ActionHandler, 'load'>,
    @Inject(OpenActions) private readonly open: Pick<OpenActions, 'current' | 'list' | 'isConfirmed'>,
    @Inject(Orchestrator) private readonly orchestrator: Pick<Orchestrator, 'command'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * Notifies every action that the switch stops, by the log, read to its end after the switch's own
   * event. An action that is accepted later meets the switch at gate 1 or the last look. One failed
   * notification does not prevent the others. An action whose site is not known yet meets a site's
   * switch at its gates.
   */
  async stop(principal: Principal, target: KillSwitchTarget, rollback: boolean): Promise<Stopped> {
    const isCurrent = await this.open.current().then(
      () => true,
      (error: unknown) => {
        this.logger.warn(
          { err: error },
          'the kill switch is engaged; actions of the last moments may be missing in its receipt and stop at their next gate',
        );
        return false;
      },
    );
    const complete = isCurrent && !this.open.isConfirmed ? 'unconfirmed' : isCurrent;
    return {
      ...(await this.#stopAll(this.open.list(), { target, rollback }, contextOf(principal))),
      complete,
    };
  }

  /**
   * Notifies actions that a note of open work lacked of the switches that were engaged meanwhile.
   * An action that cannot be notified stops at its next gate.
   */
  async stopMissed(streams: readonly string[], engaged: readonly Engaged[]): Promise<void> {
    const missed = this.open
      .list()
      .filter(({ tenant_id, action_id }) => streams.includes(actionStream(tenant_id, action_id)));
    for (const use of engaged)
      await this.#stopAll(missed, { target: use.target, rollback: use.rollback_in_flight }, contextOf(null));
  }

  async #stopAll(
    actions: readonly ListedAction[],
    { target, rollback }: { readonly target: KillSwitchTarget; readonly rollback: boolean },
    context: ContextOf,
  ): Promise<Omit<Stopped, 'complete'>> {
    const cancelled: StoppedAction[] = [];
    const inFlight: StoppedAction[] = [];
    const notNotified: ReceiptData['not_notified'][number][] = [];
    const some = new Semaphore(atOnce);
    await Promise.all(
      actions
        .filter((action) => !action.ended && isMeant(target, action))
        .map((action) =>
          some.run(async () => {
            const { tenant_id, action_id } = action;
            try {
              if (target.site_id !== undefined && (await this.#siteOf(action)) !== target.site_id) return;
              const state = await this.#tell(context, action, rollback);
              if (isInFlight(state) || isTakingBack(state))
                inFlight.push({ tenant_id, action_id, state: state.status });
              else if (!isOpen(state)) cancelled.push({ tenant_id, action_id, state: state.status });
            } catch (error) {
              this.logger.warn(
                { err: error, action_id, tenant_id },
                'an action could not be notified of the kill switch',
              );
              notNotified.push({
                tenant_id,
                action_id,
                code: isProblem(error) ? error.code : 'internal-error',
              });
            }
          }),
        ),
    );
    return { cancelled, in_flight: inFlight, not_notified: notNotified };
  }

  /** Returns the present states of these actions. Throws the store's errors. */
  async standing(actions: readonly StoppedAction[]): Promise<readonly StoppedAction[]> {
    const some = new Semaphore(atOnce);
    return Promise.all(
      actions.map((action) =>
        some.run(async () => ({
          ...action,
          state: (await this.actions.load(actionStream(action.tenant_id, action.action_id))).state.status,
        })),
      ),
    );
  }

  async #siteOf({ tenant_id, action_id }: ListedAction): Promise<string | null> {
    return siteOfAction((await this.actions.load(actionStream(tenant_id, action_id))).state);
  }

  async #tell(
    context: ContextOf,
    { tenant_id: tenantId, action_id: actionId }: ListedAction,
    rollback: boolean,
  ): Promise<ActionState> {
    const now = nowText();
    const { state } = await this.orchestrator.command(
      tenantId,
      actionId,
      {
        kind: 'stop_by_kill_switch',
        now,
        rollback_in_flight: rollback,
        reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch was engaged' }],
      },
      { ...context(now, actionId), tenantId },
    );
    return state;
  }
}

/**
 * Returns the event that engaged a switch, from the stream read backwards; undefined if it was
 * never engaged.
 */
export const lastEngaged = async (
  events: AsyncIterable<RecordedEvent>,
): Promise<RecordedEvent | undefined> => {
  for await (const event of events) if (event.type === 'KillSwitchEngaged') return event;
  return undefined;
};
