import type { JsonObject, RpcName, TenantLimits } from '@interlock/contracts';
import { StringCodec, type NatsConnection, type Subscription } from 'nats';

type Answer = (request: JsonObject) => unknown;
const codec = StringCodec();

/**
 * The other services, as far as safety-rails sees them: they answer on the real bus what the test
 * says; a device's transaction is one word.
 */
export class StandIns {
  readonly calls: { readonly name: RpcName; readonly request: JsonObject }[] = [];
  readonly answers = new Map<RpcName, Answer>();
  readonly #subscriptions = new Map<RpcName, Subscription>();
  device: { drop: number; applied: number } = { drop: -5, applied: 0 };
  /** Transactions by action. */
  readonly #states = new Map<unknown, string>();
  /** The number of each action's latest turn: a request id is one turn's. */
  readonly #turns = new Map<unknown, number>();
  readonly #asked = new Set<unknown>();
  posture = 'GREEN';
  mode = 'AUTO_EXECUTE';
  decision = 'ALLOW';
  budget = 10;
  /** What the tenant has set of its limits. */
  tenantLimits: TenantLimits = { blast_radius_1h: 1_000_000, soak_s: 0.2 };
  readonly #consumed = new Map<string, boolean>();
  limits: JsonObject = {
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed',
    window_policy: null,
  };

  constructor(private readonly connection: NatsConnection) {
    const tx = (request: JsonObject): unknown => {
      const state = this.#states.get(request['action_id']) ?? 'NONE';
      return {
        tx_id: request['action_id'],
        state,
        reasons: [],
        diff: [],
        turn: this.#turns.get(request['action_id']) ?? 1,
        observation:
          state === 'OBSERVED' || state === 'CONFIRMED'
            ? {
                before: { drop_rate_pct: 6 },
                after: { drop_rate_pct: 6 + this.device.drop },
                delta: { drop_rate_pct: this.device.drop },
                samples: 5,
                breaches: [],
              }
            : null,
      };
    };
    const add = (name: RpcName, answer: Answer): void => {
      this.answers.set(name, answer);
    };
    add('posture.posture', () => ({
      tenant_id: 'demo',
      policy: this.posture,
      effective: this.posture,
      effective_reasons: [],
      version: '1',
    }));
    add('budget-ledger.mode', () => ({
      mode: this.mode,
      matched_level: 4,
      reason: this.mode,
      explanation: this.mode,
      policy_clause: 'mode',
      time_zone: 'UTC',
      version: '1',
      limits: this.tenantLimits,
    }));
    add('digital-twin.predict', (request) => ({
      risk_score: 20,
      risk_level: 'LOW',
      impact_delta: 1,
      impact_by_kpi: {},
      confidence_interval: [0, 2],
      interval_by_kpi: { drop_rate_pct: [-10, 0] },
      confidence: 0.9,
      basis: 'memory',
      traces: [],
      explanation: '',
      memory_version: '1',
      made_at: request['at'],
      input: {},
    }));
    add('policy-evaluator.evaluate', (request) => ({
      evaluation_id: 'e',
      trace_id: 't',
      decision: this.decision,
      confidence: 1,
      reasons: this.decision === 'ALLOW' ? [] : [{ code: 'rule', detail: `decided ${this.decision}` }],
      explanation: '',
      policies: { decision: this.decision, matched: [] },
      bundle: {
        decision: 'ABSTAIN',
        bundle_id: null,
        bundle_version: null,
        bundle_hash: null,
        variant: 'none',
        rule_id: null,
        reason: null,
      },
      matched_rules: [],
      near_misses: [],
      unknown_fields: [],
      budget: { cost: 0, compute: 0 },
      approvals_required: 1,
      limits: this.limits,
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      versions: {},
      position: '1',
      input: { context: {}, at: request['at'] },
    }));
    add('policy-evaluator.auto_approve', () => ({
      decision: 'AUTO_EXECUTE',
      explanation: 'fine',
      policy_version: 'AutoApprovalPolicyV1',
      config: {},
      version: '1',
    }));
    add('netconf-gateway.estimate_impact', () => ({
      affected_entity_count: 3,
      device_id: 'd',
      site_id: 's',
      neighbours: [],
      users_affected: 1,
      connection_drops: 0,
      latency_increase_ms: {},
      topology_version: '1',
    }));
    add('budget-ledger.consume', (request) => {
      const id = String(request['action_id']);
      const known =
        this.#consumed.get(id) ?? [...this.#consumed.values()].filter(Boolean).length < this.budget;
      this.#consumed.set(id, known);
      return {
        consumed: known,
        reason: known ? null : 'BUDGET_EXHAUSTED',
        explanation: known ? 'taken' : 'used up',
        day: request['day'],
        limit: this.budget,
        count: 1,
        type_limit: null,
        type_count: 1,
        revision: '0',
      };
    });
    add('budget-ledger.give_back', () => ({ given_back: true }));
    add('netconf-gateway.plan', () => ({
      plan_hash: 'ph',
      device_id: 'd',
      site_id: 's',
      profile: '3gpp',
      payloads: [],
      diff: [],
      diff_hash: 'dh',
      leaves_fingerprint: 'lf',
      reversible: true,
      violations: [],
    }));
    add('netconf-gateway.take_turn', (request) => {
      const id = request['action_id'];
      if (!this.#asked.has(request['request_id'])) this.#turns.set(id, (this.#turns.get(id) ?? 0) + 1);
      this.#asked.add(request['request_id']);
      if (!this.#states.has(id)) this.#states.set(id, 'READY');
      return tx(request);
    });
    add('netconf-gateway.apply', (request) => {
      this.device.applied += 1;
      if (this.#states.get(request['action_id']) === 'READY')
        this.#states.set(request['action_id'], 'OBSERVED');
      return { status: 'accepted', tx_id: request['action_id'] };
    });
    add('netconf-gateway.status', tx);
    add('netconf-gateway.confirm', (request) => {
      this.#states.set(request['action_id'], 'CONFIRMED');
      return tx(request);
    });
    add('netconf-gateway.undo', (request) => {
      this.#states.set(request['action_id'], 'ROLLED_BACK');
      return tx(request);
    });
    for (const name of this.answers.keys()) this.up(name);
  }

  /** The service is there. */
  up(name: RpcName): void {
    if (this.#subscriptions.has(name)) return;
    const subscription = this.connection.subscribe(`interlock.rpc.${name}.safety-rails`, {
      callback: (error, message) => {
        if (error !== null) return;
        const request = JSON.parse(codec.decode(message.data)) as JsonObject;
        this.calls.push({ name, request });
        const respond = (answer: object): void => {
          if (!this.connection.isClosed()) message.respond(codec.encode(JSON.stringify(answer)));
        };
        const problem = (fault: unknown): object => ({
          problem: { code: 'internal-error', title: 'x', detail: String(fault) },
        });
        try {
          const answer = this.answers.get(name)!(request);
          if (answer instanceof Promise)
            answer.then(
              (ok: unknown) => respond({ ok }),
              (fault: unknown) => respond(problem(fault)),
            );
          else respond({ ok: answer });
        } catch (fault) {
          respond(problem(fault));
        }
      },
    });
    this.#subscriptions.set(name, subscription);
  }

  /** The service is not there: no responder. */
  down(name: RpcName): void {
    this.#subscriptions.get(name)?.unsubscribe();
    this.#subscriptions.delete(name);
  }

  count(name: RpcName): number {
    return this.calls.filter((call) => call.name === name).length;
  }
}
