import {
  budgetDayDecider,
  budgetDayStream,
  dayOf,
  hasGivenBack,
  modeDecider,
  modeStream,
} from '@interlock/autonomy';
import type { ActionIntentV1, ActionTypeV1, Actor } from '@interlock/contracts';
import { actorKey } from '@interlock/contracts';
import { actionIdOf, type RecordedEvent } from '@interlock/kernel';
import { signalDecider, signalStream } from '@interlock/posture';
import {
  acceptedContent,
  referenceTo,
  actionDecider,
  builtInActionTypes,
  dueAt,
  killSwitchDecider,
  leaseDecider,
  nextEffect,
  rollbackGates,
  sawOf,
  type ActionState,
  type PartOfPlan,
} from '@interlock/rails';
import { type RunningAction, command, actAsPerson, reserve, consume } from './action.ts';
import { looksAt, looksFrom } from './gates.ts';
import { planOfAction, stepOfHandler, undoPlanOfAction } from './handlers.ts';
import { Journal, tenant, account, service, person } from './journal.ts';
import { writePolicy } from './policies.ts';
import { reportSignals, recordFailedRun, recordLevel } from './posture.ts';
import { provision, compileActive } from './provision.ts';
import { stories } from './stories/stories.ts';
import type { Story } from './stories/story.ts';

// A log as the services would write it, made only by their deciders and from one seed.

/** How many of each hundred actions are of each kind. Everything else is random. */
export type Mix = { readonly denied: number; readonly dry_run: number; readonly devices: number };
export const everything: Mix = { denied: 20, dry_run: 15, devices: 65 };

export class SimulatedLog {
  actions = 0;
  readonly #log: Journal;
  readonly #running: RunningAction[] = [];
  readonly #mix: Mix;
  #signalsAt: number;

  /** `early`: events before the first action. One more event changes all later random choices. */
  /** `early` happens before the first action, and `installed` before the tenant is set up. */
  constructor(
    seed: number,
    mix: Mix = everything,
    early: (log: Journal) => void = () => undefined,
    installed: (log: Journal) => void = () => undefined,
  ) {
    this.#log = new Journal(seed);
    this.#mix = mix;
    this.#signalsAt = this.#log.now;
    installed(this.#log);
    provision(this.#log);
    early(this.#log);
  }

  /** The next events, until this many actions were accepted and all of them have ended. */
  *events(actions: number, atOnce = 6): Generator<RecordedEvent> {
    const log = this.#log;
    while (this.actions < actions || this.#running.length > 0) {
      this.#goOn();
      this.#background();
      if (this.actions < actions && this.#running.length < atOnce) this.#accept();
      this.#stepOne();
      yield* log.out.splice(0);
    }
    // At the end, so that the stories of the seeds stay the same.
    recordFailedRun(log);
    log.tell(modeStream(tenant), modeDecider, { kind: 'SetTarget', target_share: 0.98 }, person('anna'));
    yield* log.out.splice(0);
  }

  /**
   * Features that only some installations use, one story after the other: plans, tool calls,
   * responses, rollbacks, feedback, erasures and everything else that writes events.
   */
  *stories(told: readonly Story[] = stories): Generator<RecordedEvent> {
    const log = this.#log;
    const stateOf = (id: string): ActionState =>
      log.state(`action-${tenant}:${id}`, actionDecider as never) as unknown as ActionState;
    log.answer = 'approve';
    for (const story of told) {
      const step = story({
        log,
        stateOf,
        submit: (intent, by, type, partOf) => this.#submit(intent, by, type, partOf),
        wake: (id) => this.#running.push({ id, stream: `action-${tenant}:${id}`, until: 0 }),
      });
      let over = step();
      while (!over || this.#running.length > 0) {
        this.#goOn();
        this.#stepOne();
        over ||= step();
        yield* log.out.splice(0);
      }
      yield* log.out.splice(0);
    }
  }

  /** The events of anything else that somebody writes into this log. */
  *written(by: (log: Journal) => void): Generator<RecordedEvent> {
    by(this.#log);
    yield* this.#log.out.splice(0);
  }

  #goOn(): void {
    this.#log.now += Math.floor(this.#log.random() * 900);
  }

  #stepOne(): void {
    const log = this.#log;
    if (this.#running.length === 0) return;
    const ready = this.#running.filter(({ until }) => until <= log.now);
    if (ready.length === 0) log.now = Math.max(log.now, Math.min(...this.#running.map(({ until }) => until)));
    else this.#step(ready[Math.floor(log.random() * ready.length)]!);
  }

  /** Sensors report, people change settings, and now and then a kill switch is used. */
  #background(): void {
    const log = this.#log;
    if (log.now - this.#signalsAt > 600_000) {
      this.#signalsAt = log.now;
      reportSignals(log);
    }
    if (log.chance(0.002)) {
      log.tell(
        signalStream(tenant, 'integrity_score'),
        signalDecider,
        {
          kind: 'ReportSignal',
          name: 'integrity_score',
          value: log.chance(0.85) ? 100 : 75,
          source: 'sensor',
          now: log.at,
        },
        service('posture'),
      );
      recordLevel(log);
    }
    if (log.chance(0.0004)) {
      const change = { min_confidence: Math.floor(log.random() * 10) / 100 };
      writePolicy(log, 'failover', { kind: 'ChangePolicy', change }, person('anna'), person('otto'));
      compileActive(log);
    }
    if (log.chance(0.0008)) this.#killSwitch();
  }

  #killSwitch(): void {
    const log = this.#log;
    const stream = `kill_switch-${tenant}:tenant`;
    const of = {
      scope: 'tenant' as const,
      tenant_id: tenant,
      action_type: null,
      reason: 'drill',
      rollback_in_flight: log.chance(0.5),
    };
    log.tell(stream, killSwitchDecider, { kind: 'engage', ...of }, person('duty'));
    for (const { stream: action } of this.#running)
      command(
        log,
        action,
        {
          kind: 'stop_by_kill_switch',
          reasons: [{ code: 'kill-switch-engaged', detail: 'drill' }],
          rollback_in_flight: of.rollback_in_flight,
          now: log.at,
        },
        person('duty'),
      );
    if (log.chance(0.5)) this.#accept();
    for (const one of [...this.#running]) this.#step(one);
    log.now += 3000;
    log.tell(stream, killSwitchDecider, { kind: 'release', ...of }, person('duty'));
  }

  #accept(): void {
    const log = this.#log;
    this.actions += 1;
    const n = this.actions;
    const dice = log.random() * 100;
    const kind =
      dice < this.#mix.denied
        ? 'denied'
        : dice < this.#mix.denied + this.#mix.dry_run
          ? 'dry_run'
          : 'devices';
    const offset = kind === 'devices' && log.chance(0.2) ? [5, 8, 12][Math.floor(log.random() * 3)]! : 3;
    const intent: ActionIntentV1 = {
      intent_id: `i-${n}`,
      tenant_id: tenant,
      account_id: log.chance(0.02) ? 'poor' : account,
      agent: 'optimizer',
      action_type: 'cell_failover',
      entity_id: `cell-${n % 12}`,
      parameters: { power_raise_db: kind === 'denied' ? 6 : 3, cell_individual_offset: offset },
      affected_entity_count: log.chance(0.02) ? 9 : offset % 2 === 0 ? 1 : 3,
      confidence_score: 0.95,
      risk_level: 'LOW',
      lifecycle_state: 'ACTIVE',
      ...(n % 2 === 0 ? { agent_model: 'planner', agent_model_version: '2026-05' } : {}),
      ...(kind === 'dry_run' ? { dry_run: true } : {}),
    };
    this.#submit(intent, service('nats.sim'), builtInActionTypes[0]!);
  }

  /** Returns the id of its action. */
  #submit(intent: ActionIntentV1, by: Actor, type: ActionTypeV1, partOf?: PartOfPlan): string {
    const log = this.#log;
    const id = actionIdOf(tenant, intent.intent_id);
    const stream = `action-${tenant}:${id}`;
    this.#running.push({ id, stream, until: 0 });
    command(
      log,
      stream,
      {
        kind: 'accept',
        now: log.at,
        action_id: id,
        ...acceptedContent(type, intent, partOf),
        requester: actorKey(by),
        source: partOf === undefined ? 'sim' : 'plan',
        time: log.at,
        first_gate_by: intent.not_after ?? new Date(log.now + 300_000).toISOString(),
        action_type: referenceTo(type),
      },
      by,
    );
    return id;
  }

  #step(one: RunningAction): void {
    const log = this.#log;
    const state = log.state(one.stream, actionDecider as never) as unknown as ActionState;
    const now = log.at;
    one.until = 0;
    const effect = nextEffect(state, now);
    switch (effect.kind) {
      case 'walk': {
        if (log.fails('no-service', 0.01))
          return command(log, one.stream, {
            kind: 'await_service',
            service: 'digital-twin',
            gate: 'prediction',
            detail: 'no answer',
            now,
          });
        const looks = looksFrom(log, state, effect.from);
        const zone =
          looks.flatMap((look) =>
            look.gate === 'autonomy_mode' && 'saw' in look ? [look.saw.answer.time_zone] : [],
          )[0] ??
          sawOf(state, 'autonomy_mode')?.answer.time_zone ??
          'UTC';
        return command(log, one.stream, {
          kind: 'record_looks',
          gates: looks,
          consume: { day: dayOf(now, zone), time_zone: zone },
          now,
        });
      }
      case 'consume':
        return command(log, one.stream, {
          kind: 'record_consume',
          gates: [{ gate: 'budget', saw: { answer: consume(log, state) } }],
          now,
        });
      case 'plan':
        return command(log, one.stream, {
          kind: 'record_plan',
          plan: planOfAction(state),
          // Only a story has a channel that notifies somebody of windows.
          ...(log.faults.has('notified') ? { notify_within_s: 60 } : {}),
          now,
        });
      case 'await_notification':
        if (log.fails('notified'))
          return command(log, one.stream, { kind: 'record_notified', channel_id: 'ops', now });
        return actAsPerson(log, one, state, dueAt(state));
      case 'request_approval':
        return command(log, one.stream, { kind: 'ask_unnotified', now });
      case 'reevaluate':
        return command(log, one.stream, {
          kind: 'record_reevaluation',
          gates: looksFrom(log, state, 'kill_switch'),
          now,
        });
      case 'reserve':
        return reserve(log, one, state);
      case 'last_look': {
        return command(log, one.stream, {
          kind: 'record_last_look',
          gates: looksFrom(log, state, 'kill_switch'),
          plan: planOfAction(state),
          soak_s: 5,
          confirm_timeout_s: 95,
          now,
        });
      }
      case 'request_turn':
        return command(log, one.stream, { kind: 'request_turn', now });
      case 'take_turn':
        return command(log, one.stream, {
          kind: 'record_turn',
          status: stepOfHandler(log, one.id, state, 'take_turn'),
          now,
        });
      case 'apply':
      case 'confirm':
      case 'undo':
        return command(log, one.stream, {
          kind: 'record_transaction',
          status: stepOfHandler(log, one.id, state, effect.kind),
          now,
        });
      case 'give_back': {
        const { day } = state.budget!;
        const stream = budgetDayStream(tenant, state.accepted!.intent.account_id, day);
        log.tell(stream, budgetDayDecider, { kind: 'GiveBack', action_id: one.id }, service('safety-rails'));
        return command(log, one.stream, {
          kind: 'record_give_back',
          given_back: hasGivenBack(log.state(stream, budgetDayDecider as never), one.id),
          now,
        });
      }
      case 'release':
        log.tell(
          `lease-${tenant}:all`,
          leaseDecider,
          {
            kind: 'release',
            action_id: one.id,
            now,
            ...(state.ended_at === null && state.reservation!.fencing !== null
              ? { fencing: state.reservation!.fencing }
              : {}),
          },
          service('safety-rails'),
        );
        return command(log, one.stream, { kind: 'record_release', now });
      case 'expire':
        return command(log, one.stream, { kind: 'tick', now });
      // Only a story escalates: people answer at random, or let a request expire.
      case 'escalate':
        if (log.fails('escalated')) return command(log, one.stream, { kind: 'tick', now });
        return actAsPerson(log, one, state, dueAt(state));
      case 'wait':
        if (state.status === 'COMPLETED') {
          one.until = Date.parse(effect.until ?? now);
          return;
        }
        return actAsPerson(
          log,
          one,
          state,
          log.faults.has('escalated') && effect.kind === 'wait' ? effect.until : dueAt(state),
        );
      case 'look_back': {
        return command(log, one.stream, {
          kind: 'record_rollback_look',
          look: effect.look,
          gates: looksAt(log, state, rollbackGates),
          plan: effect.look === 'last' ? undoPlanOfAction(state) : null,
          now,
        });
      }
      case 'end_temporary':
        return command(log, one.stream, {
          kind: 'end_temporary',
          by: 'service:safety-rails',
          plan: undoPlanOfAction(state),
          now,
        });
      case 'take_back':
        return command(log, one.stream, {
          kind: 'record_rollback',
          status: stepOfHandler(log, one.id, state, 'take_back'),
          now,
        });
      case 'none':
        this.#running.splice(this.#running.indexOf(one), 1);
    }
  }
}
