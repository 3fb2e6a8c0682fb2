import { alertDecider, incidentDecider, reactionTo } from '@interlock/alerting';
import {
  answerOf,
  autoApprovalDecider,
  budgetDayDecider,
  budgetDayStream,
  budgetDecider,
  budgetStream,
  dayOf,
  defaultAutoApprovalConfig,
  evaluateAutoApproval,
  explainMode,
  hasGivenBack,
  limitsOn,
  lookupInStates,
  modeDecider,
  modeStream,
  resolveMode,
} from '@interlock/autonomy';
import {
  defaults,
  type ActionIntentV1,
  type Actor,
  type EvaluationV1,
  type JsonObject,
  type LeafChange,
  type PlanAnswer,
  type PredictionV1,
} from '@interlock/contracts';
import {
  actionIdOf,
  contentHash,
  uuidV5,
  type Decider,
  type DomainEvent,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  buildTopology,
  deviceDecider,
  deviceTxDecider,
  editXml,
  endpointOf,
  estimateFailover,
  observe,
  profiles,
  readFailoverParameters,
  txStatus,
  type Device,
  type DeviceState,
  type DeviceTxCommand,
  type DeviceTxState,
  type Topology,
} from '@interlock/network';
import {
  buildContext,
  bundleDecider,
  bundleHash,
  bundleIdOf,
  compilePolicies,
  evaluableBundle,
  evaluate,
  evaluationEvents,
  FlipCollector,
  HistoryIndex,
  normalBundle,
  policyDecider,
  rolloutDecider,
  RuleIndex,
  type CompiledPolicies,
  type EvaluableBundle,
  type PolicyV1,
} from '@interlock/policy';
import {
  assess,
  defaultPostureConfig,
  defaultInputs,
  levelDecider,
  postureConfigDecider,
  signalDecider,
  signalNames,
  signalStream,
  type PostureAssessment,
} from '@interlock/posture';
import {
  actionDecider,
  beforeOf,
  builtInActionTypes,
  effectiveRisk,
  gateNames,
  judge,
  killSwitchDecider,
  killSwitchStreams,
  leaseDecider,
  leaseOf,
  nextEffect,
  sawOf,
  seeGate,
  type ActionCommand,
  type ActionState,
  type GateName,
  type Look,
} from '@interlock/rails';
import { DecisionMemory, outcomeOf, predict, traceOf } from '@interlock/twin';

// A log as the services would have written it, by their deciders alone and from one seed. No relative import, no syntax that needs a compiler: the benchmark runs this file.

const [tenant, account] = ['sim', 'ran'];
const epoch0 = Date.parse('2026-11-20T21:00:00.000Z');
const service = (name: string): Actor => ({ kind: 'service', service: name });
const person = (name: string): Actor => ({ kind: 'person', person_id: uuidV5('person', name) });
const kpis = {
  drop_rate_pct: 6,
  latency_ms: 20,
  load_pct: 40,
  throughput_mbps: 300,
  availability_pct: 97,
  users: 90,
};

/** How often of each hundred actions: what else there is comes from chance on the way. */
export type Mix = { readonly denied: number; readonly dry_run: number; readonly devices: number };
export const everything: Mix = { denied: 20, dry_run: 15, devices: 65 };

type Stream = { state: unknown; revision: bigint };
type Running = { readonly id: string; readonly stream: string; until: number };

export class SimulatedLog {
  actions = 0;
  readonly #streams = new Map<string, Stream>();
  readonly #memory = new DecisionMemory();
  readonly #running: Running[] = [];
  readonly #mix: Mix;
  #out: RecordedEvent[] = [];
  #seed: number;
  #now = epoch0;
  #position = 0n;
  #commands = 0;
  #policies: CompiledPolicies = compilePolicies([]);
  #bundle: EvaluableBundle | null = null;
  #signalsAt = 0;
  #topology: Topology = buildTopology([], '0');

  constructor(seed: number, mix: Mix = everything) {
    this.#seed = seed;
    this.#mix = mix;
    this.#provision();
  }

  /** The next events, until so many actions were accepted and all of them have ended. */
  *events(actions: number, atOnce = 6): Generator<RecordedEvent> {
    while (this.actions < actions || this.#running.length > 0) {
      this.#now += Math.floor(this.#random() * 900);
      this.#background();
      if (this.actions < actions && this.#running.length < atOnce) this.#accept();
      const ready = this.#running.filter(({ until }) => until <= this.#now);
      if (ready.length === 0)
        this.#now = Math.max(this.#now, Math.min(...this.#running.map(({ until }) => until)));
      else this.#step(ready[Math.floor(this.#random() * ready.length)]!);
      yield* this.#out.splice(0);
    }
    yield* this.#out.splice(0);
  }

  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  readonly #history = new HistoryIndex();
  #chance = (share: number): boolean => this.#random() < share;
  #state = <S>(stream: string, decider: Decider<never, never, S>): S =>
    (this.#streams.get(stream)?.state as S | undefined) ?? decider.initial;

  get #at(): string {
    return new Date(this.#now).toISOString();
  }
  /** One append. */
  #append(
    stream: string,
    events: readonly DomainEvent[],
    by: Actor,
    decider?: Decider<never, never, unknown>,
  ): void {
    const command = uuidV5('command', `${(this.#commands += 1)}`);
    const known = this.#streams.get(stream) ?? { state: decider?.initial, revision: -1n };
    this.#streams.set(stream, known);
    const versions: { readonly [type: string]: number } =
      decider?.schemaVersions ?? evaluationEvents.schemaVersions;
    for (const [place, { type, data }] of events.entries()) {
      known.revision += 1n;
      this.#position += BigInt(1 + Math.floor(this.#random() * 2));
      const event: RecordedEvent = {
        id: uuidV5(stream, command, `${place}`),
        type,
        data,
        stream,
        revision: known.revision,
        position: { commit: this.#position, prepare: this.#position },
        created: this.#at,
        metadata: {
          $correlationId: command,
          $causationId: command,
          tenant_id: tenant,
          actor: by,
          schema_version: versions[type] ?? 1,
          occurred_at: this.#at,
          command_id: command,
          command_hash: '',
        },
      };
      if (decider !== undefined) known.state = decider.evolve(known.state, event as never);
      this.#history.fold(event);
      this.#out.push(event);
      this.#followed(event);
    }
  }

  #tell<C, E extends DomainEvent, S>(stream: string, decider: Decider<C, E, S>, command: C, by: Actor): void {
    const events = decider.decide(command, this.#state(stream, decider as never));
    if (events.length > 0) this.#append(stream, events, by, decider as never);
  }

  /** What follows from an event: incidents, alerts, traces. */
  #followed(event: RecordedEvent): void {
    const reaction = reactionTo(event);
    if (reaction?.kind === 'incident')
      this.#tell(reaction.stream, incidentDecider, reaction.command, service('alerting'));
    if (reaction?.kind === 'alert')
      this.#tell(reaction.stream, alertDecider, reaction.command, service('alerting'));
    const outcome = event.stream.startsWith('action-') ? outcomeOf(event.type) : undefined;
    if (outcome === undefined) return;
    const id = event.stream.slice(event.stream.indexOf(':') + 1);
    const trace = traceOf(
      uuidV5('trace', tenant, id),
      id,
      outcome,
      event.data as never,
      event.metadata.occurred_at,
    );
    if (trace === undefined) return;
    this.#append(
      `trace-${tenant}:${this.#at.slice(0, 10)}`,
      [{ type: 'TraceRecorded', data: trace }],
      service('digital-twin'),
    );
    this.#memory.add(trace, `${this.#position}`);
  }

  #provision(): void {
    const anna = person('anna');
    const content = (name: string, decision: PolicyV1['decision'], over: object = {}) => ({
      name,
      action_types: ['cell_failover'],
      conditions: [],
      decision,
      max_affected_entities: null,
      min_confidence: null,
      confirmation_window_s: null,
      confirm_above_entities: null,
      on_elapse: 'proceed' as const,
      ...over,
    });
    this.#signals();
    this.#tell(
      `posture-${tenant}:config`,
      postureConfigDecider,
      { kind: 'ConfigurePosture', config: { ...defaultPostureConfig, dwell_s: 0 } },
      anna,
    );
    const offset = (value: number): object => ({
      field: 'parameters.cell_individual_offset',
      op: '==',
      value,
    });
    const policies = {
      failover: content('failover', 'ALLOW', { max_affected_entities: 6, min_confidence: 0.1 }),
      window: content('window', 'CONFIRM', { confirmation_window_s: 20, conditions: [offset(8)] }),
      strict: content('strict', 'CONFIRM', {
        confirmation_window_s: 20,
        on_elapse: 'expire',
        conditions: [offset(5)],
      }),
    };
    for (const [id, of] of Object.entries(policies))
      this.#tell(
        `policy-${tenant}:${id}`,
        policyDecider,
        { type: 'CreatePolicy', policy_id: id, content: of as never, status: 'active' },
        anna,
      );
    this.#tell(
      `policy-${tenant}:failover`,
      policyDecider,
      { type: 'ChangePolicy', change: { min_confidence: 0.05 } },
      anna,
    );
    const rules = normalBundle({
      version: '1.0.0',
      rules: [
        ...Array.from({ length: 20 }, (_, i) => ({
          id: `other-${i}`,
          agent: `agent-${i % 5}`,
          action: 'cell_failover',
          effect: 'allow' as const,
          priority: 10 + i,
          conditions: [{ field: 'risk_score', op: '<=' as const, value: 20 + i }],
        })),
        {
          id: 'power',
          agent: '*',
          action: 'cell_failover',
          effect: 'deny',
          priority: 200,
          conditions: [{ field: 'parameters.power_raise_db', op: '>', value: 5 }],
          reason: 'too much power',
        },
        {
          id: 'two',
          agent: '*',
          action: 'cell_failover',
          effect: 'needs_approval',
          priority: 150,
          approvals_required: 2,
          conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 12 }],
        },
        { id: 'all', agent: 'optimizer', action: 'cell_failover', effect: 'allow', priority: 100 },
      ],
    });
    const [bundle, hash] = [bundleIdOf(tenant, '1.0.0'), bundleHash(rules)];
    this.#tell(
      `bundle-${tenant}:${bundle}`,
      bundleDecider,
      { type: 'CreateBundle', bundle_id: bundle, content: rules, source: 'api' },
      anna,
    );
    const list = new FlipCollector(new RuleIndex(rules.rules), null, compilePolicies([])).list({
      bundle_id: bundle,
      version: '1.0.0',
      bundle_hash: hash,
      against_hash: null,
      from: this.#at,
      to: this.#at,
      position: `${this.#position}`,
      capped: false,
    });
    for (const command of [
      { type: 'RecordFlipList', list },
      {
        type: 'ApproveBundle',
        actor: person('ben'),
        approval_id: 'yes',
        bundle_hash: hash,
        flip_list_hash: list.flip_list_hash,
        note: '',
      },
    ] as const)
      this.#tell(`bundle-${tenant}:${bundle}`, bundleDecider, command, person('ben'));
    this.#tell(
      `bundle-${tenant}:${bundle}`,
      bundleDecider,
      { type: 'ReleaseBundle', approval_id: 'yes' },
      anna,
    );
    this.#tell(
      `rollout-${tenant}:all`,
      rolloutDecider,
      {
        type: 'ActivateBundle',
        bundle_id: bundle,
        bundle_version: '1.0.0',
        bundle_hash: hash,
        approval_id: 'yes',
        canary_pct: 100,
      },
      anna,
    );
    this.#bundle = evaluableBundle({
      bundle_id: bundle,
      version: '1.0.0',
      bundle_hash: hash,
      rules: rules.rules,
    });
    this.#compile();
    this.#tell(modeStream(tenant), modeDecider, { kind: 'SetTimeZone', time_zone: 'Europe/Berlin' }, anna);
    this.#tell(
      modeStream(tenant),
      modeDecider,
      { kind: 'SetMode', key: {}, mode: 'APPROVAL_REQUIRED' },
      anna,
    );
    this.#tell(
      modeStream(tenant),
      modeDecider,
      { kind: 'SetMode', key: { account_id: account, action_type: 'cell_failover' }, mode: 'AUTO_EXECUTE' },
      anna,
    );
    this.#tell(
      budgetStream(tenant, account),
      budgetDecider,
      {
        kind: 'SetBudget',
        account_id: account,
        limits: {
          max_autonomous_per_day: 100_000,
          max_per_action_type: { cell_failover: 60_000 },
          decay_if_unused: true,
        },
      },
      anna,
    );
    this.#tell(
      `autonomy-${tenant}:auto_approval`,
      autoApprovalDecider,
      {
        kind: 'ConfigureAutoApproval',
        config: { ...defaultAutoApprovalConfig, confidence_thresholds: { LOW: 0.1, MEDIUM: 0.2, HIGH: 0.3 } },
      },
      anna,
    );
    const devices = Array.from({ length: 12 }, (_, n): Device => ({
      device_id: `gnb-${n}`,
      host: '192.0.2.1',
      port: 830,
      username: 'u',
      credentials_ref: 'env:DEVICE',
      host_key_fingerprint: `SHA256:${'A'.repeat(43)}`,
      profile: '3gpp',
      site_id: `s-${n}`,
      cells: [`cell-${n}`, `cell-${n}-b`, `cell-${n}-c`].map((cell_id, i, [, ...beside]) => ({
        cell_id,
        neighbours: i > 0 ? [] : beside.map((other) => ({ cell_id: other, coverage: 'FULL' })),
      })),
    }));
    for (const device of devices)
      this.#tell(
        `device-${tenant}:${device.device_id}`,
        deviceDecider,
        { type: 'RegisterDevice', device },
        anna,
      );
    this.#topology = buildTopology(devices, `${this.#position}`);
    for (let n = 0; n < 6; n += 1) {
      const trace = {
        trace_id: `t-${n}`,
        action_id: null,
        action_type: 'cell_failover',
        trigger_type: 'cell_failover',
        entity_id: 'cell-0',
        parameters: { power_raise_db: 3, cell_individual_offset: 3 },
        context: { affected_entity_count: 3 },
        incident_id: null,
        outcome: 'COMPLETED' as const,
        harmed: false,
        finished_at: this.#at,
        predicted: null,
        imported: true,
        impact_delta: 10 + n,
        impact_by_kpi: { drop_rate_pct: -3 - n / 10 },
      };
      this.#append(
        `trace-${tenant}:${this.#at.slice(0, 10)}`,
        [{ type: 'TraceImported', data: trace }],
        anna,
      );
      this.#memory.add(trace, `${this.#position}`);
    }
  }

  #compile = (): void => {
    this.#policies = compilePolicies(
      ['failover', 'window', 'strict'].map((id) =>
        (this.#streams.get(`policy-${tenant}:${id}`)!.state as { versions: PolicyV1[] }).versions.at(-1)!,
      ),
    );
  };

  #signals(): void {
    this.#signalsAt = this.#now;
    for (const name of signalNames)
      this.#tell(
        signalStream(tenant, name),
        signalDecider,
        { kind: 'ReportSignal', name, value: defaultInputs[name], source: 'sensor', now: this.#at },
        service('posture'),
      );
    this.#level();
  }

  #assessed(): PostureAssessment {
    const own = Object.fromEntries(
      signalNames.map((name) => [name, this.#state(signalStream(tenant, name), signalDecider as never)]),
    );
    const { config } = this.#state(`posture-${tenant}:config`, postureConfigDecider as never) as {
      readonly config: typeof defaultPostureConfig;
    };
    return assess({
      tenant_id: tenant,
      own,
      system: {},
      config,
      history: this.#state(`posture-${tenant}:level`, levelDecider as never),
      now: this.#at,
      version: `${this.#position}`,
    });
  }

  #level(): void {
    const of = this.#assessed();
    const { policy, target, floor, dwell_s, red_triggers, orange_triggers, yellow_triggers, inputs } = of;
    this.#tell(
      `posture-${tenant}:level`,
      levelDecider,
      {
        kind: 'RecordLevel',
        policy,
        target,
        floor,
        dwell_s,
        now: this.#at,
        reasons: of.effective_reasons,
        red_triggers,
        orange_triggers,
        yellow_triggers,
        inputs,
      },
      service('posture'),
    );
  }

  /** Sensors report, people change settings, now and then a kill switch is used. */
  #background(): void {
    if (this.#now - this.#signalsAt > 600_000) this.#signals();
    if (this.#chance(0.002)) {
      this.#tell(
        signalStream(tenant, 'integrity_score'),
        signalDecider,
        {
          kind: 'ReportSignal',
          name: 'integrity_score',
          value: this.#chance(0.85) ? 100 : 75,
          source: 'sensor',
          now: this.#at,
        },
        service('posture'),
      );
      this.#level();
    }
    if (this.#chance(0.0004)) {
      this.#tell(
        `policy-${tenant}:failover`,
        policyDecider,
        { type: 'ChangePolicy', change: { min_confidence: Math.floor(this.#random() * 10) / 100 } },
        person('anna'),
      );
      this.#compile();
    }
    if (this.#chance(0.0008)) this.#killSwitch();
  }

  #killSwitch(): void {
    const stream = `kill_switch-${tenant}:tenant`;
    const of = {
      scope: 'tenant' as const,
      tenant_id: tenant,
      action_type: null,
      reason: 'drill',
      rollback_in_flight: this.#chance(0.5),
    };
    this.#tell(stream, killSwitchDecider, { kind: 'engage', ...of }, person('duty'));
    for (const { stream: action } of this.#running)
      this.#command(
        action,
        {
          kind: 'stop_by_kill_switch',
          reasons: [{ code: 'kill-switch-engaged', detail: 'drill' }],
          rollback_in_flight: of.rollback_in_flight,
          now: this.#at,
        },
        person('duty'),
      );
    if (this.#chance(0.5)) this.#accept();
    for (const one of [...this.#running]) this.#step(one);
    this.#now += 3000;
    this.#tell(stream, killSwitchDecider, { kind: 'release', ...of }, person('duty'));
  }

  #accept(): void {
    this.actions += 1;
    const n = this.actions;
    const dice = this.#random() * 100;
    const kind =
      dice < this.#mix.denied
        ? 'denied'
        : dice < this.#mix.denied + this.#mix.dry_run
          ? 'dry_run'
          : 'devices';
    const offset = kind === 'devices' && this.#chance(0.2) ? [5, 8, 12][Math.floor(this.#random() * 3)]! : 3;
    const intent: ActionIntentV1 = {
      intent_id: `i-${n}`,
      tenant_id: tenant,
      account_id: this.#chance(0.02) ? 'poor' : account,
      agent: 'optimizer',
      action_type: 'cell_failover',
      entity_id: `cell-${n % 12}`,
      parameters: { power_raise_db: kind === 'denied' ? 6 : 3, cell_individual_offset: offset },
      affected_entity_count: this.#chance(0.02) ? 9 : offset % 2 === 0 ? 1 : 3,
      confidence_score: 0.95,
      risk_level: 'LOW',
      lifecycle_state: 'ACTIVE',
      ...(kind === 'dry_run' ? { dry_run: true } : {}),
    };
    const id = actionIdOf(tenant, intent.intent_id);
    const stream = `action-${tenant}:${id}`;
    this.#running.push({ id, stream, until: 0 });
    this.#command(
      stream,
      {
        kind: 'accept',
        now: this.#at,
        data: {
          action_id: id,
          intent,
          content_hash: contentHash(intent),
          requester: 'service:nats.sim',
          claimed_by: null,
          source: 'sim',
          time: this.#at,
          first_gate_by: new Date(this.#now + 300_000).toISOString(),
          action_type: builtInActionTypes[0]!,
        },
      },
      service('nats.sim'),
    );
  }

  #command = (stream: string, command: ActionCommand, by: Actor = service('safety-rails')): void => {
    this.#tell(stream, actionDecider, command, by);
  };

  #step(one: Running): void {
    const state = this.#state(one.stream, actionDecider as never) as unknown as ActionState;
    const now = this.#at;
    one.until = 0;
    const effect = nextEffect(state, now);
    const tx = (status: ReturnType<typeof txStatus>): void => {
      this.#command(one.stream, { kind: 'record_transaction', status, now });
    };
    switch (effect.kind) {
      case 'walk': {
        if (this.#chance(0.01))
          return this.#command(one.stream, {
            kind: 'await_service',
            service: 'digital-twin',
            gate: 'prediction',
            detail: 'no answer',
            now,
          });
        const looks = this.#looks(state, effect.from);
        const zone =
          looks.flatMap((look) =>
            look.gate === 'autonomy_mode' && 'saw' in look ? [look.saw.answer.time_zone] : [],
          )[0] ??
          sawOf(state, 'autonomy_mode')?.answer.time_zone ??
          'UTC';
        return this.#command(one.stream, {
          kind: 'record_looks',
          looks,
          awaited: null,
          day: dayOf(now, zone),
          time_zone: zone,
          now,
        });
      }
      case 'consume':
        return this.#command(one.stream, { kind: 'record_consume', answer: this.#consume(state), now });
      case 'plan':
        return this.#command(one.stream, { kind: 'record_plan', plan: this.#plan(state), now });
      case 'reevaluate':
        return this.#command(one.stream, {
          kind: 'record_reevaluation',
          looks: this.#looks(state, 'kill_switch'),
          now,
        });
      case 'reserve':
        return this.#reserve(one, state);
      case 'last_look': {
        const looks = this.#looks(state, 'kill_switch');
        const seen = looks[0]!;
        return this.#command(one.stream, {
          kind: 'record_last_look',
          looks,
          plan: this.#plan(state),
          switches: 'saw' in seen && seen.gate === 'kill_switch' ? seen.saw.switches : [],
          soak_s: 5,
          confirm_timeout_s: 95,
          now,
        });
      }
      case 'request_turn':
        return this.#command(one.stream, { kind: 'request_turn', now });
      case 'take_turn':
        return this.#command(one.stream, {
          kind: 'record_turn',
          status: this.#device(one.id, state, 'take_turn'),
          now,
        });
      case 'apply':
      case 'confirm':
      case 'undo':
        return tx(this.#device(one.id, state, effect.kind));
      case 'give_back': {
        const { day } = state.budget!;
        const stream = budgetDayStream(tenant, state.accepted!.intent.account_id, day);
        this.#tell(
          stream,
          budgetDayDecider,
          { kind: 'GiveBack', action_id: one.id },
          service('safety-rails'),
        );
        return this.#command(one.stream, {
          kind: 'record_give_back',
          given_back: hasGivenBack(this.#state(stream, budgetDayDecider as never), one.id),
          now,
        });
      }
      case 'release':
        this.#tell(
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
        return this.#command(one.stream, { kind: 'record_release', now });
      case 'expire':
        return this.#command(one.stream, { kind: 'tick', now });
      case 'wait':
        return this.#person(one, state, effect.until);
      case 'none':
        this.#running.splice(this.#running.indexOf(one), 1);
    }
  }

  #person(one: Running, state: ActionState, until: string | null): void {
    one.until = until === null ? this.#now + 60_000 : Date.parse(until);
    const dice = this.#random();
    const by = (name: string): { readonly by: string; readonly now: string } => ({
      by: `person:${uuidV5('person', name)}`,
      now: this.#at,
    });
    const asked = state.approval !== null && state.status === 'AWAITING_APPROVAL';
    if (dice < 0.1)
      this.#command(one.stream, { kind: 'reject', ...by('carl'), comment: null }, person('carl'));
    else if (dice < 0.2)
      this.#command(one.stream, { kind: 'cancel', ...by('carl'), comment: 'not now' }, person('carl'));
    else if (dice < 0.3 && !asked)
      this.#command(one.stream, { kind: 'extend', ...by('dora'), seconds: 30 }, person('dora'));
    else if (dice < 0.8 && asked) {
      const name = state.approval!.approved_by.length === 0 ? 'dora' : 'emil';
      this.#command(
        one.stream,
        { kind: 'approve', ...by(name), digest: state.approval!.digest },
        person(name),
      );
      one.until = 0;
    } else if (dice < 0.6)
      this.#command(
        one.stream,
        { kind: 'confirm', ...by('dora'), digest: state.window?.digest ?? null },
        person('dora'),
      );
    if (dice < 0.3) one.until = 0;
  }

  #reserve(one: Running, state: ActionState): void {
    const stream = `lease-${tenant}:all`;
    const { keys, wait_expires_at, status } = state.reservation!;
    this.#tell(
      stream,
      leaseDecider,
      {
        kind: 'reserve',
        action_id: one.id,
        keys,
        now: this.#at,
        wait_expires_at,
        lease_expires_at: new Date(this.#now + 6 * 3_600_000).toISOString(),
      },
      service('safety-rails'),
    );
    const leases = this.#state(stream, leaseDecider as never) as unknown as Parameters<typeof leaseOf>[0];
    const lease = leaseOf(leases, one.id, this.#at);
    if (lease !== undefined)
      return this.#command(one.stream, {
        kind: 'record_reservation',
        granted: { fencing: lease.fencing, expires_at: lease.expires_at },
        held_by: [],
        now: this.#at,
      });
    if (status !== 'waiting')
      this.#command(one.stream, {
        kind: 'record_reservation',
        granted: null,
        held_by: leases.held
          .filter((held) => held.keys.some((key) => keys.includes(key)))
          .map(({ action_id }) => action_id),
        now: this.#at,
      });
    one.until = this.#now + 500;
  }

  #consume(state: ActionState): NonNullable<ReturnType<typeof answerOf>> {
    const [{ intent, action_id }, { day }] = [state.accepted!, state.budget!];
    const stream = budgetDayStream(tenant, intent.account_id, day);
    const zone = (this.#state(modeStream(tenant), modeDecider as never) as { readonly time_zone: string })
      .time_zone;
    const { limit, type_limit } = limitsOn(
      this.#state(budgetStream(tenant, intent.account_id), budgetDecider as never),
      intent.action_type,
      day,
      null,
      zone,
    );
    this.#tell(
      stream,
      budgetDayDecider,
      { kind: 'Consume', action_id, action_type: intent.action_type, limit, type_limit },
      service('safety-rails'),
    );
    return answerOf(this.#state(stream, budgetDayDecider as never), action_id, day)!;
  }

  #plan(state: ActionState): PlanAnswer {
    const { entity_id } = state.accepted!.intent;
    const device_id = entity_id.replace('cell', 'gnb');
    const diff: readonly LeafChange[] = [
      { path: `/ran/cell[id='${entity_id}']/administrativeState`, before: 'UNLOCKED', after: 'LOCKED' },
    ];
    const { namespace } = profiles['3gpp']!.model;
    const xml = editXml(
      namespace,
      diff.map(({ path, after }) => ({ path, value: after })),
    );
    const [diff_hash, leaves_fingerprint] = [
      contentHash(diff),
      contentHash(diff.map(({ path, before }) => ({ path, before }))),
    ];
    return {
      plan_hash: contentHash({ device_id, profile: '3gpp', edit_xml: xml, diff_hash, leaves_fingerprint }),
      device_id,
      site_id: device_id.replace('gnb', 's'),
      profile: '3gpp',
      payloads: [{ device_id, operation: 'edit-config', xml }],
      diff,
      diff_hash,
      leaves_fingerprint,
      reversible: true,
      violations: [],
    };
  }

  /** One step of the handler, and how the transaction then stands. */
  #device(
    id: string,
    action: ActionState,
    effect: 'take_turn' | 'apply' | 'confirm' | 'undo',
  ): ReturnType<typeof txStatus> {
    const stream = `device_tx-${tenant}:${id}`;
    const state = (): DeviceTxState =>
      this.#state(stream, deviceTxDecider as never) as unknown as DeviceTxState;
    const tell = (command: DeviceTxCommand): void => {
      this.#tell(stream, deviceTxDecider, command, service('netconf-gateway'));
    };
    const { execution, planned } = action;
    const [plan, { phase }] = [planned!.plan!, state()];
    const [why, of] = [
      [{ code: 'sim', detail: 'chance' }],
      {
        action_id: id,
        action_type: 'cell_failover',
        entity_id: action.accepted!.intent.entity_id,
        device_id: plan.device_id!,
      },
    ];
    if (effect === 'undo' && ['none', 'turn_accepted', 'turn_taken', 'lapsed', 'prepared'].includes(phase))
      tell({ type: 'RefuseApply', request_id: action.undo!.request_id, reasons: why });
    else if (effect === 'undo' && ['commit_requested', 'tentative', 'observed'].includes(phase))
      tell({ type: 'RequestUndo', request_id: action.undo!.request_id, reasons: why });
    else if (effect === 'confirm' && phase === 'observed')
      tell({ type: 'RequestConfirm', request_id: action.confirm!.request_id });
    else
      switch (phase) {
        case 'none':
        case 'lapsed': {
          const { device } = this.#state(
            `device-${tenant}:${plan.device_id!}`,
            deviceDecider as never,
          ) as unknown as DeviceState;
          if (effect === 'take_turn')
            tell({
              type: 'AcceptTurn',
              asked: {
                turn: action.turn!.number,
                request_id: action.turn!.request_id,
                ...of,
                device: endpointOf(device!),
              },
            });
          break;
        }
        case 'turn_taken':
          if (effect !== 'take_turn')
            tell(
              this.#chance(0.02)
                ? { type: 'RefuseApply', request_id: execution!.request_id, reasons: why }
                : this.#chance(0.02)
                  ? { type: 'RecordLapse', reasons: why }
                  : {
                      type: 'AcceptApply',
                      apply: {
                        ...of,
                        request_id: execution!.request_id,
                        epoch: execution!.epoch,
                        plan_hash: execution!.plan_hash,
                        soak_s: 5,
                        confirm_timeout_s: 95,
                        turn: execution!.turn!,
                      },
                    },
            );
          break;
        case 'turn_accepted': {
          const [pre_image, { number: turn, request_id }] = [
            { [plan.diff[0]!.path]: 'UNLOCKED' },
            action.turn!,
          ];
          tell(
            this.#chance(0.02)
              ? { type: 'RefuseApply', request_id, reasons: why }
              : {
                  type: 'TakeTurn',
                  turn,
                  instance: 'sim',
                  plan_hash: plan.plan_hash,
                  prepared: {
                    edit_xml: plan.payloads[0]!.xml,
                    inverse_xml: editXml(
                      profiles['3gpp']!.model.namespace,
                      plan.diff.map(({ path, before }) => ({ path, value: before })).toReversed(),
                    ),
                    changes: plan.diff,
                    diff_hash: plan.diff_hash,
                    leaves_fingerprint: plan.leaves_fingerprint,
                    pre_image,
                    pre_image_hash: contentHash(pre_image),
                    neighbours: ['cell-n'],
                    samples_before: this.#samples(action, kpis),
                  },
                },
          );
          break;
        }
        case 'prepared':
          tell({ type: 'RequestTentativeCommit', instance: 'sim' });
          break;
        case 'commit_requested':
          tell(
            this.#chance(0.02)
              ? { type: 'RecordFailed', reasons: why }
              : {
                  type: 'RecordTentative',
                  applied_at: this.#at,
                  timer_ends_at: new Date(this.#now + 95_000).toISOString(),
                  read_back_hash: contentHash(plan.diff.map(({ path, after }) => ({ path, value: after }))),
                },
          );
          break;
        case 'tentative': {
          const samples = this.#samples(action, { ...kpis, drop_rate_pct: this.#chance(0.2) ? 20 : 3 });
          tell({
            type: 'RecordObservation',
            observation: observe(state().prepared!.samples_before, samples, ['cell-n']),
            samples,
          });
          break;
        }
        case 'confirm_requested':
          tell({
            type: 'RecordConfirmed',
            read_back_hash: contentHash(plan.diff.map(({ path, after }) => ({ path, value: after }))),
          });
          break;
        case 'cancel_requested':
          tell(
            this.#chance(0.1)
              ? { type: 'RecordRollbackFailed', reasons: why, left: plan.diff }
              : {
                  type: 'RecordRolledBack',
                  how: state().touched ? 'cancel-commit' : 'nothing-applied',
                  reasons: [],
                },
          );
          break;
        default:
          break;
      }
    return txStatus(id, state());
  }

  /** The cell's own, and its neighbour's. */
  #samples = (action: ActionState, of: typeof kpis): { at: string; entity_id: string; kpis: typeof kpis }[] =>
    [action.accepted!.intent.entity_id, 'cell-n'].map((entity_id) => ({ at: this.#at, entity_id, kpis: of }));

  #looks(state: ActionState, from: GateName): readonly Look[] {
    const { intent, action_id } = state.accepted!;
    let [looks, seen]: [readonly Look[], ActionState] = [[], state];
    for (const gate of gateNames.slice(gateNames.indexOf(from), gateNames.indexOf('budget'))) {
      const look = { gate, saw: this.#saw(gate, seen, intent, action_id) } as Look;
      const record = judge(look);
      looks = [...looks, look];
      seen = { ...seen, gates: { ...seen.gates, [gate]: record } };
      if (record.verdict === 'fail' || record.verdict === 'error') break;
    }
    return looks;
  }

  #saw(gate: GateName, state: ActionState, intent: ActionIntentV1, actionId: string): object {
    const before = beforeOf(state.accepted!, (earlier) => sawOf(state, earlier));
    const prediction = sawOf(state, 'prediction')?.answer;
    switch (gate) {
      case 'kill_switch':
        return {
          switches: killSwitchStreams(tenant, intent.action_type).map((stream) => ({
            stream,
            revision: `${this.#streams.get(stream)?.revision ?? -1n}`,
            engaged: (this.#state(stream, killSwitchDecider as never) as { readonly engaged: boolean })
              .engaged,
          })),
        };
      case 'posture':
        return seeGate('posture', this.#assessed(), before).saw;
      case 'autonomy_mode': {
        const modes = this.#state(modeStream(tenant), modeDecider as never) as unknown as ReturnType<
          typeof modeDecider.evolve
        >;
        const resolved = resolveMode(lookupInStates(new Map([[tenant, modes]])), {
          tenant_id: tenant,
          account_id: intent.account_id,
          action_type: intent.action_type,
        });
        return {
          answer: {
            ...resolved,
            ...explainMode(resolved.mode, resolved.matched_level),
            time_zone: modes.time_zone,
            version: `${this.#position}`,
          },
        };
      }
      case 'prediction': {
        if (
          prediction !== undefined &&
          this.#now - Date.parse(prediction.made_at) < defaults.prediction_valid_s * 1000
        )
          return { answer: prediction };
        const { action_type, entity_id, parameters, affected_entity_count } = intent;
        return {
          answer: predict(this.#memory, {
            tenant_id: tenant,
            action_type,
            entity_id,
            parameters,
            affected_entity_count,
            trigger_type: action_type,
            at: this.#at,
          }),
        };
      }
      case 'policy':
        return {
          evaluation: this.#evaluate(
            intent,
            actionId,
            prediction!,
            sawOf(state, 'posture')!.answer.effective,
          ),
        };
      case 'blast_radius':
        return seeGate(
          'blast_radius',
          estimateFailover(
            intent.entity_id,
            readFailoverParameters(intent.parameters),
            this.#topology,
            new Map(),
          ),
          before,
        ).saw;
      case 'confidence':
        return seeGate('confidence', null, before).saw;
      case 'auto_approval': {
        const input = {
          tenant_id: tenant,
          account_id: intent.account_id,
          action_type: intent.action_type,
          confidence_score: Math.min(intent.confidence_score, prediction!.confidence),
          risk_level: effectiveRisk(intent, prediction!),
          autonomy_mode: sawOf(state, 'autonomy_mode')!.answer.mode,
          external_contact: false,
          lifecycle_state: 'ACTIVE',
        };
        const stream = `autonomy-${tenant}:auto_approval`;
        const { config } = this.#state(stream, autoApprovalDecider as never) as {
          readonly config: typeof defaultAutoApprovalConfig;
        };
        return {
          input,
          answer: {
            ...evaluateAutoApproval(input, config),
            config: config as unknown as JsonObject,
            version: `${this.#streams.get(stream)!.revision}`,
          },
        };
      }
      case 'budget':
        throw new Error('the budget is consumed');
    }
  }

  #evaluate(
    intent: ActionIntentV1,
    actionId: string,
    prediction: PredictionV1,
    posture: PostureAssessment['effective'],
  ): EvaluationV1 {
    const [zone, settings] = ['Europe/Berlin', this.#streams.get(`autonomy-${tenant}:auto_approval`)!];
    const id = uuidV5('evaluation', `${this.#commands}`);
    const { history = {}, system } = this.#history.derived(tenant, intent, this.#at);
    const context = buildContext(
      { intent, prediction, posture, at: this.#at, dry_run: intent.dry_run === true },
      zone,
      { history, system: { ...system, load_pct: 40 } },
      false,
    );
    const evaluation = evaluate({
      evaluation_id: id,
      trace_id: id,
      agent: intent.agent,
      action_type: intent.action_type,
      context,
      policies: this.#policies,
      bundle: this.#bundle,
      confidence_thresholds: (settings.state as { readonly config: typeof defaultAutoApprovalConfig }).config
        .confidence_thresholds,
      versions: { auto_approval: `${settings.revision}`, time_zone: zone },
      position: `${this.#position}`,
    });
    const input = {
      tenant_id: tenant,
      agent: intent.agent,
      action_type: intent.action_type,
      context,
      at: this.#at,
      time_zone: zone,
      action_id: actionId,
      request_id: null,
      dry_run: intent.dry_run === true,
    };
    this.#append(
      `evaluation-${tenant}:${this.#at.slice(0, 10)}`,
      [{ type: 'EvaluationRecorded', data: { ...evaluation, input } }],
      service('policy-evaluator'),
    );
    return evaluation;
  }
}
