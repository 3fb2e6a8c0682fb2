import { defaults, systemTenant } from '@interlock/contracts';
import { positionText, ProblemError, type CommandHandler, type Position } from '@interlock/kernel';
import { commandContext, nowText, type Principal } from '@interlock/platform';
import { isInFlight, isOpen, killSwitchStream, type KillSwitchCommand, type KillSwitchEvent, type KillSwitchState } from '@interlock/rails';
import type { Logger } from 'pino';
import type { ActionsQueries, Unfinished } from './actions.queries.js';
import type { KillSwitchDto } from './actions.dto.js';
import { actionStream, type ActionHandler } from './door.js';
import type { Orchestrator } from './orchestrator.js';

export type KillSwitchHandler = CommandHandler<KillSwitchCommand, KillSwitchEvent, KillSwitchState>;
type Stopped = { readonly action_id: string; readonly state: string };
export type Receipt = {
  readonly scope: string; readonly engaged: boolean; readonly engaged_at: string; readonly position: string | null;
  /** Was pending or waiting, and is cancelled. */
  readonly cancelled: readonly Stopped[];
  /** Had started before; how it stands now. */
  readonly in_flight: readonly Stopped[];
  readonly rollback_in_flight: boolean; readonly time_to_stop_ms: number;
};

/** Engages and releases the kill switch; answers engaging with a receipt once no executor's lease from before can be alive. */
export class KillSwitchService {
  constructor(private readonly parts: {
    readonly handler: KillSwitchHandler; readonly actions: ActionHandler; readonly queries: ActionsQueries; readonly orchestrator: Orchestrator; readonly logger: Logger;
  }) {}

  /** Throws `wrong-tenant` (global scope needs a `_system` token), `validation-failed`, `person-required` (release). */
  async set(principal: Principal, dto: KillSwitchDto): Promise<Receipt> {
    const { scope } = dto;
    if (scope === 'global' && principal.tenant_id !== systemTenant) throw new ProblemError('wrong-tenant', `the global kill switch needs a token of tenant \`${systemTenant}\``);
    if (scope !== 'global' && principal.tenant_id === systemTenant) throw new ProblemError('wrong-tenant', 'a tenant\'s kill switch needs a token of that tenant');
    if (scope === 'action_type' && dto.action_type === undefined) {
      throw new ProblemError('validation-failed', 'the kill switch has 1 fault', { violations: [{ pointer: '/action_type', detail: 'must be named for this scope' }] });
    }
    if (!dto.engaged && principal.person_id === null) throw new ProblemError('person-required', 'a kill switch is released by a person');
    const started = performance.now();
    const now = nowText();
    const tenantId = scope === 'global' ? null : principal.tenant_id;
    const actionType = scope === 'action_type' ? dto.action_type! : null;
    const result = await this.parts.handler.handle(killSwitchStream(scope, principal.tenant_id, dto.action_type ?? ''), {
      kind: dto.engaged ? 'engage' : 'release', scope, tenant_id: tenantId, action_type: actionType, reason: dto.reason, rollback_in_flight: dto.rollback_in_flight === true,
    }, commandContext(principal, now));
    const committed = performance.now();
    const receipt = { scope, engaged: result.state.engaged, engaged_at: result.state.since ?? now, position: result.position === null ? null : positionText(result.position), rollback_in_flight: dto.rollback_in_flight === true };
    if (!dto.engaged) return { ...receipt, cancelled: [], in_flight: [], time_to_stop_ms: Math.round(performance.now() - started) };

    const stopped = await this.#stop(principal, await this.#unfinished(tenantId, actionType, result.position), dto.rollback_in_flight === true);
    const left = defaults.kill_switch_lease_ms + defaults.kill_switch_margin_ms - (performance.now() - committed);
    if (left > 0) await new Promise((resolve) => { setTimeout(resolve, left); });
    const inFlight = await Promise.all(stopped.inFlight.map(async (a) => ({ action_id: a.action_id, state: (await this.parts.actions.load(actionStream(a.tenant_id, a.action_id))).state.status })));
    return { ...receipt, cancelled: stopped.cancelled, in_flight: inFlight, time_to_stop_ms: Math.round(performance.now() - started) };
  }

  /** By the read model, up to the switch's own event where it gets there in time; what it does not show yet meets gate 1 or the last look. */
  async #unfinished(tenantId: string | null, actionType: string | null, position: Position | null): Promise<readonly Unfinished[]> {
    try {
      return (await this.parts.queries.unfinished(position)).filter((a) => (tenantId === null || a.tenant_id === tenantId) && (actionType === null || a.action_type === actionType));
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'the kill switch is engaged; open actions could not be listed and stop at their next gate');
      return [];
    }
  }

  async #stop(principal: Principal, actions: readonly Unfinished[], rollback: boolean): Promise<{ readonly cancelled: readonly Stopped[]; readonly inFlight: readonly Unfinished[] }> {
    const cancelled: Stopped[] = [];
    const inFlight: Unfinished[] = [];
    await Promise.all(actions.map(async (action) => {
      const now = nowText();
      const { state } = await this.parts.orchestrator.command(action.tenant_id, action.action_id, {
        kind: 'stop_by_kill_switch', now, rollback_in_flight: rollback, reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch was engaged' }],
      }, { ...commandContext(principal, now, { commandId: `kill:${action.action_id}:${now}` }), tenantId: action.tenant_id });
      if (isInFlight(state)) inFlight.push(action);
      else if (!isOpen(state)) cancelled.push({ action_id: action.action_id, state: state.status });
    }));
    return { cancelled, inFlight };
  }
}

