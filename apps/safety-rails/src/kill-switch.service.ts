import { defaults, systemTenant } from '@interlock/contracts';
import { isProblem, positionText, ProblemError } from '@interlock/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { commandContext, LOGGER, newId, nowText, sealed, type Principal } from '@interlock/platform';
import { isInFlight, isOpen, killSwitchStream } from '@interlock/rails';
import type { Logger } from 'pino';
import { ActionHandler, KillSwitchHandler } from './handlers.js';
import { OpenActions, type OpenAction } from './open-actions.js';
import { Semaphore } from './semaphore.js';
import type { KillSwitchDto } from './actions.dto.js';
import { actionStream } from './action-stream.js';
import { Orchestrator } from './orchestrator.js';

type StoppedAction = { readonly action_id: string; readonly state: string };
export type Receipt = {
  readonly scope: string;
  /** Whose actions stop; null for scope `global`, which stops every tenant's. */
  readonly tenant_id: string | null;
  /** Null where it stops every action type. */
  readonly action_type: string | null;
  readonly engaged: boolean;
  readonly engaged_at: string;
  readonly position: string | null;
  /** Was pending or waiting, and is cancelled. */
  readonly cancelled: readonly StoppedAction[];
  /** Had started before; how it stands now. */
  readonly in_flight: readonly StoppedAction[];
  /** Could not be told, and why: open ones stop at their next gate. */
  readonly not_told: readonly { readonly action_id: string; readonly code: string }[];
  /** False where the log could not be read to its end: actions may be missing above. */
  readonly complete: boolean;
  readonly rollback_in_flight: boolean;
  readonly time_to_stop_ms: number;
};

const atOnce = 32;
/** Replaces, in the log, a reason that could not be sealed, because stopping matters more than saying why. */
export const reasonLeftOut = 'left out: the reason could not be sealed';

/** Engages and releases the kill switch; answers engaging with a receipt once no executor's lease from before can be alive. */
@Injectable()
export class KillSwitchService {
  constructor(
    @Inject(KillSwitchHandler) private readonly handler: KillSwitchHandler,
    @Inject(ActionHandler) private readonly actions: Pick<ActionHandler, 'load'>,
    @Inject(OpenActions) private readonly open: Pick<OpenActions, 'current' | 'list'>,
    @Inject(Orchestrator) private readonly orchestrator: Pick<Orchestrator, 'command'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Throws `wrong-tenant` (global scope needs a `_system` token), `validation-failed`, `person-required` (release). */
  async set(principal: Principal, dto: KillSwitchDto): Promise<Receipt> {
    const { scope } = dto;
    if (scope === 'global' && principal.tenant_id !== systemTenant)
      throw new ProblemError(
        'wrong-tenant',
        `the global kill switch needs a token of tenant \`${systemTenant}\``,
      );
    if (scope !== 'global' && principal.tenant_id === systemTenant)
      throw new ProblemError('wrong-tenant', "a tenant's kill switch needs a token of that tenant");
    if (scope === 'action_type' && dto.action_type === undefined) {
      throw new ProblemError('validation-failed', 'the kill switch has 1 fault', {
        violations: [{ pointer: '/action_type', detail: 'must be named for this scope' }],
      });
    }
    if (!dto.engaged && principal.person_id === null)
      throw new ProblemError('person-required', 'a kill switch is released by a person');
    const started = performance.now();
    const now = nowText();
    const tenantId = scope === 'global' ? null : principal.tenant_id;
    const actionType = scope === 'action_type' ? dto.action_type! : null;
    const stream = killSwitchStream(scope, principal.tenant_id, dto.action_type ?? '');
    const reason = await this.#reason(principal, dto, stream);
    // Another instance may have used the switch since, so the kept state cannot say whether it is engaged.
    await this.handler.load(stream);
    const result = await this.handler.handle(
      stream,
      {
        kind: dto.engaged ? 'engage' : 'release',
        scope,
        tenant_id: tenantId,
        action_type: actionType,
        reason,
        rollback_in_flight: dto.rollback_in_flight === true,
      },
      commandContext(principal, now),
    );
    const committed = performance.now();
    const receipt = {
      scope,
      tenant_id: tenantId,
      action_type: actionType,
      engaged: result.state.engaged,
      engaged_at: result.state.since ?? now,
      position: result.position === null ? null : positionText(result.position),
      rollback_in_flight: dto.rollback_in_flight === true,
    };
    if (!dto.engaged)
      return {
        ...receipt,
        cancelled: [],
        in_flight: [],
        not_told: [],
        complete: true,
        time_to_stop_ms: Math.round(performance.now() - started),
      };

    const { complete, actions } = await this.#unfinished(tenantId, actionType);
    const stopped = await this.#stop(principal, actions, dto.rollback_in_flight === true);
    const left =
      defaults.kill_switch_lease_ms + defaults.kill_switch_margin_ms - (performance.now() - committed);
    if (left > 0)
      await new Promise((resolve) => {
        setTimeout(resolve, left);
      });
    const inFlight = await Promise.all(
      stopped.inFlight.map(async (a) => ({
        action_id: a.action_id,
        state: (await this.actions.load(actionStream(a.tenant_id, a.action_id))).state.status,
      })),
    );
    return {
      ...receipt,
      cancelled: stopped.cancelled,
      in_flight: inFlight,
      not_told: stopped.notTold,
      complete,
      time_to_stop_ms: Math.round(performance.now() - started),
    };
  }

  /** INVARIANT: engaging never fails because of its reason. */
  async #reason(principal: Principal, { engaged, reason }: KillSwitchDto, stream: string): Promise<string> {
    try {
      return await sealed(principal, reason, `${stream} ${engaged ? 'engage' : 'release'}`);
    } catch (error) {
      if (!engaged) throw error;
      this.logger.warn(
        { err: error, tenant_id: principal.tenant_id },
        'the reason of a kill switch was left out: it could not be sealed',
      );
      return reasonLeftOut;
    }
  }

  /** By the log, read to its end after the switch's own event; what is accepted later meets the switch at gate 1 or the last look. */
  async #unfinished(
    tenantId: string | null,
    actionType: string | null,
  ): Promise<{ readonly complete: boolean; readonly actions: readonly OpenAction[] }> {
    const complete = await this.open.current().then(
      () => true,
      (error: unknown) => {
        this.logger.warn(
          { err: error },
          'the kill switch is engaged; actions of the last moments may be missing in its receipt and stop at their next gate',
        );
        return false;
      },
    );
    return {
      complete,
      actions: this.open
        .list()
        .filter(
          (a) =>
            !a.ended &&
            (tenantId === null || a.tenant_id === tenantId) &&
            (actionType === null || a.action_type === actionType),
        ),
    };
  }

  /** Tells every action to stop. One that cannot be told does not keep the others from being told. */
  async #stop(
    principal: Principal,
    actions: readonly OpenAction[],
    rollback: boolean,
  ): Promise<{
    readonly cancelled: readonly StoppedAction[];
    readonly inFlight: readonly OpenAction[];
    readonly notTold: Receipt['not_told'];
  }> {
    const cancelled: StoppedAction[] = [];
    const inFlight: OpenAction[] = [];
    const notTold: { action_id: string; code: string }[] = [];
    const some = new Semaphore(atOnce);
    await Promise.all(
      actions.map((action) =>
        some.run(async () => {
          const now = nowText();
          try {
            const { state } = await this.orchestrator.command(
              action.tenant_id,
              action.action_id,
              {
                kind: 'stop_by_kill_switch',
                now,
                rollback_in_flight: rollback,
                reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch was engaged' }],
              },
              { ...commandContext(principal, now, { commandId: newId() }), tenantId: action.tenant_id },
            );
            if (isInFlight(state)) inFlight.push(action);
            else if (!isOpen(state)) cancelled.push({ action_id: action.action_id, state: state.status });
          } catch (error) {
            this.logger.warn(
              { err: error, action_id: action.action_id, tenant_id: action.tenant_id },
              'an action could not be told of the kill switch',
            );
            notTold.push({
              action_id: action.action_id,
              code: isProblem(error) ? error.code : 'internal-error',
            });
          }
        }),
      ),
    );
    return { cancelled, inFlight, notTold };
  }
}
