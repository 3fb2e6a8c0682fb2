import { defaults, streamName, type HandlerEnvelope, type PlanAnswer, type RpcAnswer } from '@interlock/contracts';
import type { CommandHandler } from '@interlock/kernel';
import type { RpcClient } from '@interlock/jetstream';
import { newId, nowText } from '@interlock/platform';
import { leaseOf, sawOf, type ActionCommand, type ActionState, type Effect, type LeaseCommand, type LeaseEvent, type LeaseState } from '@interlock/rails';
import type { RailsConfig } from './config.js';
import type { GateLooks } from './gate-looks.js';
import { awaitedOf, isUnreachable } from './gate-looks.js';
import type { KillSwitches } from './kill-switches.js';

export type LeaseHandler = CommandHandler<LeaseCommand, LeaseEvent, LeaseState>;
type Act = { readonly command: ActionCommand } | { readonly again_ms: number };

const dayIn = (timeZone: string, at: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }).format(at);
const leaseLifeS = 6 * 3600;

/** Does one effect of an action and says which command records it; the caller appends. Every call is idempotent by the action's own ids. */
export class Effects {
  readonly #rpc: RpcClient;
  readonly #looks: GateLooks;
  readonly #leases: LeaseHandler;
  readonly #switches: KillSwitches;
  readonly #config: RailsConfig;

  constructor(parts: { readonly rpc: RpcClient; readonly looks: GateLooks; readonly leases: LeaseHandler; readonly switches: KillSwitches; readonly config: RailsConfig }) {
    this.#rpc = parts.rpc;
    this.#looks = parts.looks;
    this.#leases = parts.leases;
    this.#switches = parts.switches;
    this.#config = parts.config;
  }

  /** An unreachable service becomes `await_service`; while a change is on a device it is asked again instead. */
  async perform(effect: Effect, state: ActionState): Promise<Act> {
    try {
      return await this.#perform(effect, state);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      if (state.status !== 'PENDING' && state.status !== 'AWAITING_CONFIRMATION') return { again_ms: 500 };
      return { command: { kind: 'await_service', now: nowText(), ...awaitedOf(error, 'log', effect.kind) } };
    }
  }

  async #perform(effect: Effect, state: ActionState): Promise<Act> {
    switch (effect.kind) {
      case 'walk': {
        const { looks, awaited } = await this.#looks.from(state, effect.from, false);
        const timeZone = looks.find((l) => l.gate === 'autonomy_mode' && 'saw' in l);
        const zone = timeZone !== undefined && 'saw' in timeZone && timeZone.gate === 'autonomy_mode' ? timeZone.saw.answer.time_zone : (sawOf(state, 'autonomy_mode')?.answer.time_zone ?? 'UTC');
        return { command: { kind: 'record_looks', looks, awaited, day: dayIn(zone, new Date()), time_zone: zone, now: nowText() } };
      }
      case 'consume': return { command: { kind: 'record_consume', answer: await this.#consume(state), now: nowText() } };
      case 'plan': return { command: { kind: 'record_plan', plan: await this.#plan(state), now: nowText() } };
      case 'reevaluate': return this.#reevaluate(state);
      case 'reserve': return this.#reserve(state);
      case 'last_look': return this.#lastLook(state);
      case 'apply': return this.#apply(state);
      case 'confirm': return this.#recorded(await this.#handler(state, 'confirm', state.confirm!.request_id));
      case 'undo': return this.#recorded(await this.#handler(state, 'undo', state.undo!.request_id));
      case 'give_back': return { command: { kind: 'record_give_back', given_back: await this.#giveBack(state), now: nowText() } };
      case 'release': return this.#release(state);
      case 'expire': return { command: { kind: 'tick', now: nowText() } };
      case 'wait': case 'none': return { again_ms: 0 };
    }
  }

  async #consume(state: ActionState): Promise<RpcAnswer<'budget-ledger.consume'>> {
    const { intent, action_id } = state.accepted!;
    const { tenant_id, account_id, action_type } = intent;
    return this.#rpc.call('budget-ledger.consume', { request_id: state.budget!.request_id, tenant_id, account_id, action_type, action_id, day: state.budget!.day });
  }

  async #giveBack(state: ActionState): Promise<boolean> {
    const { intent, action_id } = state.accepted!;
    const answer = await this.#rpc.call('budget-ledger.give_back', { request_id: state.budget!.request_id, tenant_id: intent.tenant_id, account_id: intent.account_id, action_id, day: state.budget!.day });
    return answer.given_back;
  }

  async #plan(state: ActionState): Promise<PlanAnswer | null> {
    const { intent, action_id, action_type: type } = state.accepted!;
    if (type.handler === null) return null;
    const { tenant_id, action_type, entity_id, parameters } = intent;
    return this.#rpc.call(`${type.handler.service}.plan` as 'netconf-gateway.plan', { tenant_id, action_id, action_type, entity_id, parameters }, { deadlineMs: defaults.netconf_connect_ms + defaults.rpc_deadline_ms });
  }

  async #reevaluate(state: ActionState): Promise<Act> {
    const { looks, awaited } = await this.#looks.from(state, 'kill_switch', true);
    if (awaited !== null) return { command: { kind: 'await_service', now: nowText(), ...awaited } };
    return { command: { kind: 'record_reevaluation', looks, now: nowText() } };
  }

  async #lastLook(state: ActionState): Promise<Act> {
    const [{ looks, awaited }, plan] = await Promise.all([this.#looks.from(state, 'kill_switch', true), this.#plan(state)]);
    if (awaited !== null) return { command: { kind: 'await_service', now: nowText(), ...awaited } };
    const { tenant_id: tenantId, action_type: actionType } = state.accepted!.intent;
    const first = looks.find((l) => l.gate === 'kill_switch');
    const switches = first !== undefined && 'saw' in first && first.gate === 'kill_switch' ? first.saw.switches : await this.#switches.read(tenantId, actionType);
    const soak = this.#config.SAFETY_RAILS_SOAK_S;
    return { command: { kind: 'record_last_look', looks, plan, switches, soak_s: soak, confirm_timeout_s: Math.ceil(soak + defaults.confirm_timer_extra_s), now: nowText() } };
  }

  async #reserve(state: ActionState): Promise<Act> {
    const { action_id, intent } = state.accepted!;
    const { reservation } = state;
    const now = nowText();
    const result = await this.#leases.handle(streamName('lease', intent.tenant_id, 'all'), {
      kind: 'reserve', action_id, keys: reservation!.keys, now, wait_expires_at: reservation!.wait_expires_at, lease_expires_at: new Date(Date.parse(now) + leaseLifeS * 1000).toISOString(),
    }, this.#leaseContext(state, now));
    const lease = leaseOf(result.state, action_id, now);
    if (lease !== undefined) return { command: { kind: 'record_reservation', granted: { fencing: lease.fencing, expires_at: lease.expires_at }, held_by: [], now } };
    if (reservation!.status === 'waiting') return { again_ms: 500 };
    const heldBy = result.state.held.filter((l) => l.keys.some((key) => reservation!.keys.includes(key))).map((l) => l.action_id);
    return { command: { kind: 'record_reservation', granted: null, held_by: heldBy, now } };
  }

  async #release(state: ActionState): Promise<Act> {
    const { action_id, intent } = state.accepted!;
    const now = nowText();
    await this.#leases.handle(streamName('lease', intent.tenant_id, 'all'), { kind: 'release', action_id, now }, this.#leaseContext(state, now));
    return { command: { kind: 'record_release', now } };
  }

  #leaseContext(state: ActionState, now: string): Parameters<LeaseHandler['handle']>[2] {
    const { action_id, intent } = state.accepted!;
    return { commandId: newId(), tenantId: intent.tenant_id, actor: { kind: 'service', service: 'safety-rails' }, now, correlationId: action_id, causationId: action_id, ...(state.traceparent === null ? {} : { traceparent: state.traceparent }) };
  }

  /** Starts the handler's transaction (a repeat answers what was recorded) and asks how it stands. */
  async #apply(state: ActionState): Promise<Act> {
    const envelope = this.#envelope(state, state.execution!.request_id);
    if (state.execution!.tx_id === null) {
      const answer = await this.#rpc.call(`${state.execution!.service}.apply` as 'netconf-gateway.apply', envelope);
      if (answer.status === 'refused') return { command: { kind: 'record_refusal', reasons: answer.reasons, now: nowText() } };
    }
    return this.#recorded(await this.#rpc.call(`${state.execution!.service}.status` as 'netconf-gateway.status', envelope));
  }

  #handler(state: ActionState, command: 'confirm' | 'undo', requestId: string): Promise<RpcAnswer<'netconf-gateway.status'>> {
    return this.#rpc.call(`${state.execution!.service}.${command}` as 'netconf-gateway.confirm', this.#envelope(state, requestId));
  }

  #recorded(status: RpcAnswer<'netconf-gateway.status'>): Act {
    return { command: { kind: 'record_transaction', status, now: nowText() } };
  }

  #envelope(state: ActionState, requestId: string): HandlerEnvelope {
    const { action_id, intent } = state.accepted!;
    return { request_id: requestId, deadline: new Date(Date.now() + defaults.rpc_deadline_ms).toISOString(), epoch: state.execution!.epoch, tenant_id: intent.tenant_id, action_id };
  }
}
