import { actionEndTypes, fileBrakeId, parseStream, systemTenant, type Timestamp } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { evolveRecorded, isWorkOver, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE, LOGGER } from '@interlock/platform';
import {
  brakeDecider,
  isResponseWork,
  responseDecider,
  responseWorkDecider,
  trustLockDecider,
  unlocksToday,
  withinDay,
  workStage,
  type BrakeState,
  type PostureChanged,
  type Response,
  type ResponseGateState,
  type ResponseState,
  type ResponseWorkState,
  type TrustLockState,
} from '@interlock/posture';
import { actionDecider, type ActionState } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';

/** A change of a tenant's level that comes from the signals alone. */
export type LevelChange = {
  readonly tenant_id: string;
  readonly policy: PostureChanged['data']['policy'];
  readonly revision: bigint;
};

/** The newest scheduled evaluation of a tenant. */
export type ScheduledEvaluation = {
  readonly tenant_id: string;
  readonly policy: PostureChanged['data']['policy'];
  readonly run_id: string;
};

/** The members of the event `PostureEvaluated` that this index uses. */
type Evaluated = Pick<ScheduledEvaluation, 'policy' | 'run_id'> & { readonly trigger: string };

type OfTenant = {
  trust: TrustLockState;
  brake: BrakeState;
  level: LevelChange | null;
  evaluated: ScheduledEvaluation | null;
  readonly responses: Map<string, Response>;
};

/**
 * The number of ended responses of a tenant that are kept. Those of the last day are always kept.
 */
const keptResponses = 500;
const ends: ReadonlySet<string> = new Set(actionEndTypes);
const known: ReadonlySet<string> = new Set(actionDecider.types);

/** Trust locks, brakes, responses and their work, updated from the log. */
@Injectable()
export class ResponseIndex {
  readonly follower: LogFollower;
  readonly #tenants = new Map<string, OfTenant>();
  readonly #work = new Map<string, ResponseWorkState>();
  /** The ids of ended actions of responses. */
  readonly #ended = new Set<string>();
  /** The states of the actions that open runs wait for. */
  readonly #awaited = new Map<string, ActionState>();
  #onChange: (tenantId: string, responseId: string) => void = () => undefined;
  #onLevel: (change: LevelChange) => void = () => undefined;
  #onEvaluated: (evaluation: ScheduledEvaluation) => void = () => undefined;
  #onWork: (actionId: string) => void = () => undefined;

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(LOGGER) logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'responses',
      prefixes: ['response-', 'trust_lock-', 'brake-', 'posture-', `action-${systemTenant}:`],
      onEvent: (event) => this.#fold(event),
      logger,
    });
  }

  /**
   * Sets the listeners; called once, before the index starts. They receive every run that may
   * continue, every change of a level, every scheduled evaluation, and every action whose work has
   * moved.
   */
  onChange(
    ofRun: (tenantId: string, responseId: string) => void,
    ofLevel: (change: LevelChange) => void,
    ofEvaluation: (evaluation: ScheduledEvaluation) => void,
    ofWork: (actionId: string) => void,
  ): void {
    this.#onChange = ofRun;
    this.#onLevel = ofLevel;
    this.#onEvaluated = ofEvaluation;
    this.#onWork = ofWork;
  }

  /** Returns the state that the gates of a run check, from the index. */
  gateState(tenantId: string, now: Timestamp): ResponseGateState {
    const of = this.#of(tenantId);
    const applied = [...of.responses.values()].filter(
      ({ mode, status }) => mode === 'apply' && status !== 'blocked',
    );
    return {
      trust_locked: of.trust.locked,
      brake_engaged: of.brake.engaged,
      responses_24h: withinDay(
        applied.map(({ began_at }) => began_at),
        now,
      ),
      manual_unlocks_today: unlocksToday(of.trust, now),
    };
  }

  find(tenantId: string, responseId: string): ResponseState {
    return this.#tenants.get(tenantId)?.responses.get(responseId) ?? null;
  }

  /** Returns every tenant of which this index has data. */
  tenants(): readonly string[] {
    return [...this.#tenants.keys()];
  }

  /** Returns a tenant's runs, the newest first. */
  list(tenantId: string): readonly Response[] {
    return [...(this.#tenants.get(tenantId)?.responses.values() ?? [])].reverse();
  }

  /** Returns every run that has not ended. */
  open(): readonly (readonly [tenantId: string, responseId: string])[] {
    return [...this.#tenants].flatMap(([tenant, { responses }]) =>
      [...responses.values()]
        .filter(({ status }) => status === 'running')
        .map(({ response_id }) => [tenant, response_id] as const),
    );
  }

  /** Returns the latest change of level of every tenant. */
  levels(): readonly LevelChange[] {
    return [...this.#tenants.values()].flatMap(({ level }) => (level === null ? [] : [level]));
  }

  /** Returns the newest scheduled evaluation of every tenant. */
  evaluations(): readonly ScheduledEvaluation[] {
    return [...this.#tenants.values()].flatMap(({ evaluated }) => (evaluated === null ? [] : [evaluated]));
  }

  levelOf(tenantId: string): LevelChange | null {
    return this.#tenants.get(tenantId)?.level ?? null;
  }

  workOf(actionId: string): ResponseWorkState {
    return this.#work.get(actionId) ?? responseWorkDecider.initial;
  }

  /** Returns the action ids of work that has begun and not ended. */
  openWork(): readonly string[] {
    return [...this.#work].flatMap(([id, state]) => (isWorkOver(workStage(state)) ? [] : [id]));
  }

  /** Returns the status of an action that a run waits for; `PENDING` before its first event. */
  stateOf(actionId: string): string {
    const status = this.#awaited.get(actionId)?.status ?? 'NONE';
    return status === 'NONE' ? 'PENDING' : status;
  }

  hasEnded(actionId: string): boolean {
    return this.#ended.has(actionId);
  }

  #of(tenantId: string): OfTenant {
    const known = this.#tenants.get(tenantId);
    if (known !== undefined) return known;
    const fresh: OfTenant = {
      trust: trustLockDecider.initial,
      brake: brakeDecider.initial,
      level: null,
      evaluated: null,
      responses: new Map(),
    };
    this.#tenants.set(tenantId, fresh);
    return fresh;
  }

  #fold(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined) return;
    const { category, tenant, id } = stream;
    switch (category) {
      case 'trust_lock':
        this.#of(tenant).trust = evolveRecorded(trustLockDecider, this.#of(tenant).trust, event);
        break;
      case 'brake':
        // The gates read the input file itself, which may have changed since the log was told.
        if (id !== fileBrakeId)
          this.#of(tenant).brake = evolveRecorded(brakeDecider, this.#of(tenant).brake, event);
        break;
      case 'posture':
        if (event.type === 'PostureChanged') this.#level(tenant, event);
        if (event.type === 'PostureEvaluated') this.#evaluated(tenant, event.data as Evaluated);
        break;
      case 'response':
        if (isResponseWork(id)) this.#worked(id.slice('work='.length), event);
        else this.#ran(tenant, id, event);
        break;
      case 'action':
        this.#acted(id, event);
        break;
    }
  }

  #acted(id: string, event: RecordedEvent): void {
    const state = this.#awaited.get(id);
    if (state === undefined) return;
    if (known.has(event.type)) this.#awaited.set(id, evolveRecorded(actionDecider, state, event));
    if (!ends.has(event.type)) return;
    this.#ended.add(id);
    for (const [owner, responseId] of this.open()) this.#onChange(owner, responseId);
  }

  #level(tenant: string, event: RecordedEvent): void {
    const { policy } = event.data as PostureChanged['data'];
    const of = this.#of(tenant);
    if (of.level?.policy === policy) return;
    of.level = { tenant_id: tenant, policy, revision: event.revision };
    this.#onLevel(of.level);
  }

  #evaluated(tenant: string, { trigger, policy, run_id }: Evaluated): void {
    if (trigger !== 'schedule') return;
    const evaluated = { tenant_id: tenant, policy, run_id };
    this.#of(tenant).evaluated = evaluated;
    this.#onEvaluated(evaluated);
  }

  #worked(actionId: string, event: RecordedEvent): void {
    this.#work.set(actionId, evolveRecorded(responseWorkDecider, this.workOf(actionId), event));
    this.#onWork(actionId);
  }

  #ran(tenant: string, id: string, event: RecordedEvent): void {
    const { responses } = this.#of(tenant);
    const state = evolveRecorded(responseDecider, responses.get(id) ?? responseDecider.initial, event);
    if (state === null) return;
    responses.set(id, state);
    for (const { action_id, ended } of state.runs) {
      if (ended === null) this.#awaited.set(action_id, this.#awaited.get(action_id) ?? actionDecider.initial);
      else {
        this.#awaited.delete(action_id);
        this.#ended.delete(action_id);
      }
    }
    if (responses.size > keptResponses) this.#forget(responses, event.metadata.occurred_at);
    this.#onChange(tenant, id);
  }

  /** Removes the oldest run, unless it is open or still counts towards the daily limit. */
  #forget(responses: Map<string, Response>, now: Timestamp): void {
    const [oldest] = responses.values();
    if (oldest === undefined || oldest.status === 'running' || withinDay([oldest.began_at], now) > 0) return;
    responses.delete(oldest.response_id);
    for (const { action_id } of oldest.runs) this.#work.delete(action_id);
  }
}
