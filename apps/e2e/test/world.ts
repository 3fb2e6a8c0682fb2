import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  endStates,
  scopes,
  subject,
  systemTenant,
  type ActionIntentV1,
  type ActionOutcomeV1,
  type Reason,
  type Scope,
} from '@interlock/contracts';
import { connectEventStore, type ConnectedEventStore } from '@interlock/eventstore';
import { BusPublisher, connectBus, type BusAddress } from '@interlock/jetstream';
import { actionIdOf, collect, contentHash, type RecordedEvent } from '@interlock/kernel';
import { createDevIssuer, type DevIssuer } from '@interlock/platform';
import { until } from '@interlock/testing';
import { AckPolicy, DeliverPolicy, type NatsConnection } from 'nats';
import { Network } from './network.js';
import { repository, Stack, type StackOptions } from './stack.js';

export const tenant = 'acme';
export const account = 'ran-north';
export const agent = 'ran-optimizer';
export const upstreamUser = `${tenant}.upstream`;
export const intentsSubject = subject({ kind: 'intents', tenant, user: upstreamUser });

export type Gate = {
  readonly gate: string;
  readonly verdict: string;
  readonly hold?: string | null;
  readonly reasons: readonly Reason[];
  readonly saw: { readonly [name: string]: unknown };
};
export type View = {
  readonly action_id: string;
  readonly state: string;
  readonly reasons: readonly Reason[];
  readonly gates: readonly Gate[];
  readonly waiting_for: string | null;
  readonly position: string;
  readonly window: { readonly due_at: string; readonly digest: string } | null;
  readonly approval: { readonly digest: string; readonly required: number } | null;
  readonly validation_result: { readonly verdict: string } | null;
  readonly plan: {
    readonly payloads: readonly { readonly xml: string }[];
    readonly diff: readonly object[];
  } | null;
  readonly dry_run: boolean;
  readonly requester: string;
  readonly entity_id: string;
};
export type Answer<T> = { readonly status: number; readonly body: T };
export type Who = { readonly sub?: string; readonly tenant?: string; readonly scopes?: readonly Scope[] };
type Envelope<T> = { readonly type: string; readonly data: T };

let serial = 0;
/** A name that no other test of this run uses. */
export const unique = (what: string): string => `${what}-${process.pid}-${(serial += 1)}`;

/** A running Interlock with a tenant of its own, seen by its public interfaces only. */
export class World {
  readonly stack: Stack;
  readonly network: Network;
  #issuer: DevIssuer | undefined;
  #store: ConnectedEventStore | undefined;
  #nats: NatsConnection | undefined;
  #upstream: NatsConnection | undefined;

  constructor(options: StackOptions) {
    this.stack = new Stack({
      ...options,
      environment: {
        SAFETY_RAILS_SOAK_S: '2',
        SAFETY_RAILS_SWEEP_S: '1',
        SAFETY_RAILS_WORKERS: '8',
        NETCONF_SWEEP_MS: '500',
        NETCONF_OBSERVE_MS: '250',
        ...options.environment,
      },
    });
    this.network = new Network(this.stack);
  }

  async start(): Promise<void> {
    await this.stack.start();
    await this.attach();
  }

  async attach(): Promise<void> {
    const { event_store: url, nats } = this.stack.runtime;
    this.#issuer = await createDevIssuer(join(this.stack.home, 'keys'));
    this.#store = await connectEventStore(url);
    const { operator } = JSON.parse(readFileSync(join(this.stack.home, 'secrets', 'bus.json'), 'utf8')) as {
      readonly operator: string;
    };
    this.#nats = await connectBus({ url: nats.url, user: 'operator', password: operator });
    this.#upstream = await connectBus({ ...(await this.#upstreamUser()), url: nats.url });
  }

  /** The tenant's own user of the bus, as its operator makes it. */
  async #upstreamUser(): Promise<BusAddress> {
    const file = join(this.stack.home, 'bus-users', `${upstreamUser}.json`);
    if (!existsSync(file)) {
      const made = await this.stack.cli('tenants', 'create', tenant, '--agents', '*', '--accounts', '*');
      if (made.code !== 0) throw new Error(`the tenant was not made: ${made.stdout}${made.stderr}`);
    }
    return JSON.parse(readFileSync(file, 'utf8')) as BusAddress;
  }

  async detach(): Promise<void> {
    await this.#upstream?.close();
    this.#upstream = undefined;
    await this.#nats?.close();
    await this.#store?.close();
    this.#nats = undefined;
    this.#store = undefined;
  }

  async killAll(): Promise<void> {
    await this.stack.killAll();
    await this.detach();
  }

  async end(): Promise<void> {
    await this.detach();
    await this.stack.remove();
  }

  get log(): ConnectedEventStore {
    return this.#store!;
  }

  /** The operator's connection: it looks at the bus. */
  get nats(): NatsConnection {
    return this.#nats!;
  }

  /** The tenant's user's connection: it publishes. */
  get upstream(): NatsConnection {
    return this.#upstream!;
  }

  /** A token; with `sub` a person's, else a service's. */
  token(who: Who = {}): Promise<string> {
    return this.#issuer!.token({
      tenant: who.tenant ?? tenant,
      scopes: who.scopes ?? scopes,
      sub: who.sub ?? 'operations',
      kind: who.sub === undefined ? 'service' : 'person',
    });
  }

  async call<T = { readonly [name: string]: unknown }>(
    method: string,
    path: string,
    body?: unknown,
    who: Who = {},
    headers: { readonly [name: string]: string } = {},
  ): Promise<Answer<T>> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await fetch(`${this.stack.runtime.http}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token(who)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: text }),
    });
    const answer = await response.text();
    return { status: response.status, body: (answer === '' ? null : JSON.parse(answer)) as T };
  }

  /** The answer's body; throws where it is no success. */
  async must<T = { readonly [name: string]: unknown }>(
    method: string,
    path: string,
    body?: unknown,
    who: Who = {},
    headers: { readonly [name: string]: string } = {},
  ): Promise<T> {
    const answer = await this.call<T>(method, path, body, who, headers);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The digest that who says `approve` or `confirm` has read; nothing for any other word, which needs none. */
  async digestOf(actionId: string, verb: string): Promise<{ readonly digest?: string }> {
    if (verb !== 'approve' && verb !== 'confirm') return {};
    const { approval, window } = await this.view(actionId);
    const digest = (verb === 'approve' ? approval : window)?.digest;
    return digest === undefined ? {} : { digest };
  }

  /** A yes by somebody who has read what is asked. */
  async approve(actionId: string, who: Who, said: { readonly comment?: string } = {}): Promise<void> {
    await this.must(
      'POST',
      `/api/v1/autonomous/actions/${actionId}/approve`,
      { ...(await this.digestOf(actionId, 'approve')), ...said },
      who,
    );
  }

  intent(cell: string, over: Partial<ActionIntentV1> = {}): ActionIntentV1 {
    return {
      intent_id: unique('intent'),
      tenant_id: tenant,
      account_id: account,
      agent,
      action_type: 'cell_failover',
      entity_id: cell,
      parameters: { power_raise_db: 3, cell_individual_offset: 3 },
      affected_entity_count: 3,
      confidence_score: 0.95,
      risk_level: 'LOW',
      lifecycle_state: 'ACTIVE',
      ...over,
    };
  }

  cloudEvent(intent: ActionIntentV1): object {
    return {
      specversion: '1.0',
      type: 'interlock.action_intent.v1',
      source: 'e2e/optimizer',
      id: intent.intent_id,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: intent,
    };
  }

  /** Publishes an intent as an upstream system does; answers the id of its action. */
  async publish(
    intent: ActionIntentV1,
    msgId = `${intent.tenant_id}:${intent.intent_id}:${contentHash(intent)}`,
  ): Promise<string> {
    await new BusPublisher(this.upstream).publish(intentsSubject, this.cloudEvent(intent), { msgId });
    return actionIdOf(intent.tenant_id, intent.intent_id);
  }

  async view(actionId: string): Promise<View> {
    return this.must<View>('GET', `/api/v1/autonomous/actions/${actionId}`);
  }

  /** Waits until an action is in one of these states. */
  async reaches(actionId: string, states: readonly string[]): Promise<View> {
    let seen: string | undefined;
    try {
      return await until(
        async () => {
          const view = await this.view(actionId);
          seen = `${view.state} ${JSON.stringify(view.reasons)} waiting for ${view.waiting_for ?? 'nothing'}`;
          return states.includes(view.state) && view;
        },
        `action ${actionId} is ${states.join(' or ')}`,
      );
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${seen ?? 'not there'}`, { cause: error });
    }
  }

  ends(actionId: string): Promise<View> {
    return this.reaches(actionId, endStates);
  }

  stream(name: string): Promise<RecordedEvent[]> {
    return collect(this.log.read(name));
  }

  /** The action's own events, in order. */
  events(actionId: string): Promise<RecordedEvent[]> {
    return this.stream(`action-${tenant}:${actionId}`);
  }

  async types(actionId: string): Promise<readonly string[]> {
    return (await this.events(actionId)).map(({ type }) => type);
  }

  /** Waits until an event of one of the streams is in the log. */
  seen(stream: string, type: string): Promise<unknown> {
    return until(
      async () => (await this.stream(stream)).some((event) => event.type === type),
      `${type} is in ${stream}`,
    );
  }

  /** All that a bus stream holds below a subject now. */
  async messages<T>(stream: string, filter: string): Promise<readonly Envelope<T>[]> {
    const manager = await this.nats.jetstreamManager();
    const { name, num_pending: pending } = await manager.consumers.add(stream, {
      filter_subject: filter,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
      inactive_threshold: 30_000_000_000,
    });
    const found: Envelope<T>[] = [];
    if (pending > 0) {
      const consumer = await this.nats.jetstream().consumers.get(stream, name);
      for await (const message of await consumer.fetch({ max_messages: pending, expires: 10_000 }))
        found.push(message.json<Envelope<T>>());
    }
    await manager.consumers.delete(stream, name);
    return found;
  }

  /** The outcome messages of an action; waits until there is one. */
  outcomes(actionId: string, actionType = 'cell_failover'): Promise<readonly ActionOutcomeV1[]> {
    return until(async () => {
      const own = (
        await this.messages<ActionOutcomeV1>('OUTCOMES', subject({ kind: 'outcomes', tenant, actionType }))
      )
        .map(({ data }) => data)
        .filter((one) => one.action_id === actionId);
      return own.length > 0 && own;
    }, `the outcome of ${actionId} is told`);
  }

  /** The tenant: devices, decision memory, policies, an approved and active bundle, modes, a budget, fresh signals. */
  async provision(options: { readonly budget?: number } = {}): Promise<void> {
    const author = { sub: 'author' };
    const topology = await this.network.topology();
    for (const {
      device_id,
      host,
      port,
      username,
      password,
      site_id,
      host_key_fingerprint,
      cells,
    } of await this.network.devices()) {
      mkdirSync(join(this.stack.home, 'credentials', tenant), { recursive: true, mode: 0o700 });
      writeFileSync(join(this.stack.home, 'credentials', tenant, device_id), password, { mode: 0o600 });
      await this.must(
        'POST',
        '/api/v1/devices',
        {
          device_id,
          host,
          port,
          username,
          credentials_ref: `file:${device_id}`,
          host_key_fingerprint,
          profile: '3gpp',
          site_id,
          cells: topology
            .filter(({ cell_id }) => cells.includes(cell_id))
            .map(({ cell_id, neighbours }) => ({
              cell_id,
              neighbours: neighbours.map((n) => ({ cell_id: n.cell_id, coverage: n.coverage })),
            })),
        },
        author,
      );
    }
    const traces = readFileSync(join(repository, 'fixtures/demo/traces.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    await this.must('POST', '/api/v1/autonomous/digital-twin/traces/import', traces, author);
    for (const policy of policies) await this.must('POST', `/api/v1/policies/${tenant}`, policy, author);
    const { id } = await this.must<{ readonly id: string }>('POST', '/api/v1/policy/bundles', bundle, author);
    const { bundle_hash, flip_list_hash } = await this.must(
      'POST',
      `/api/v1/policy/bundles/${id}/flip-list`,
      {},
      { sub: 'approver' },
    );
    const { approval_id } = await this.must(
      'POST',
      `/api/v1/policy/bundles/${id}/approvals`,
      { bundle_hash, flip_list_hash, note: 'read' },
      { sub: 'approver' },
    );
    await this.must('POST', `/api/v1/policy/bundles/${id}/activate`, { approval_id, bundle_hash }, author);
    await this.must('PUT', '/api/v1/autonomy/config', { mode: 'APPROVAL_REQUIRED' }, author);
    await this.must(
      'PUT',
      '/api/v1/autonomy/config',
      { account_id: account, action_type: 'cell_failover', mode: 'AUTO_EXECUTE' },
      author,
    );
    await this.must(
      'PUT',
      '/api/v1/autonomy/budget',
      { account_id: account, max_autonomous_per_day: options.budget ?? 1000 },
      author,
    );
    await this.must('PUT', '/api/v1/posture/config', { dwell_s: 0 }, author);
    for (const [name, value] of Object.entries(healthy))
      await this.must('PUT', `/api/v1/posture/signals/${name}`, { value }, author);
  }

  /**
   * What went well before on these very cells: the nearest that the decision memory finds, whatever else happens in the run. The KPIs promise
   * little, so that chance (or a simulated cell that is well again after a restart) makes no rollback; the handler's own limits still do.
   */
  async teach(...cells: readonly string[]): Promise<void> {
    const traces = cells.flatMap((cell) =>
      [1, 2, 3, 4].map((n) => ({
        trace_id: unique(`taught-${cell}`),
        action_type: 'cell_failover',
        trigger_type: 'cell_failover',
        entity_id: cell,
        parameters: { power_raise_db: 3, cell_individual_offset: 3 },
        context: { affected_entity_count: 3 },
        outcome: 'COMPLETED',
        impact_delta: 10 + n / 10,
        impact_by_kpi: {
          users: -20 - n,
          throughput_mbps: -60 - n,
          latency_ms: 12 + n / 10,
          drop_rate_pct: 3 + n / 10,
          availability_pct: -3 - n / 10,
          load_pct: 40 + n,
        },
        age_h: n / 100,
      })),
    );
    for (let i = 0; i < traces.length; i += 100)
      await this.must('POST', '/api/v1/autonomous/digital-twin/traces/import', traces.slice(i, i + 100), {
        sub: 'author',
      });
  }

  /** Engages or releases the tenant's kill switch, or the global one. */
  killSwitch(
    engaged: boolean,
    over: { readonly scope?: string; readonly rollback_in_flight?: boolean } = {},
  ): Promise<{ readonly [name: string]: unknown }> {
    const who = { sub: 'duty-officer', ...(over.scope === 'global' ? { tenant: systemTenant } : {}) };
    return this.must(
      'POST',
      '/api/v1/autonomous/kill-switch',
      { scope: 'tenant', engaged, reason: 'e2e', ...over },
      who,
    );
  }
}

const healthy = {
  trust_locked: false,
  integrity_score: 98.2,
  consensus_pct: 96,
  reputation_score: 88,
  forecast_risk: 'low',
  recent_responses: 0,
};

/** What the offset asks for decides the way: 6 a window that a person may stop, 8 one that elapses after a second, 10 one approval, 12 two. */
const policies: readonly object[] = [
  {
    policy_id: 'cell-failover',
    name: 'Cell failover within a site',
    action_types: ['cell_failover'],
    decision: 'ALLOW',
    max_affected_entities: 6,
    min_confidence: 0.75,
    conditions: [],
  },
  {
    policy_id: 'long-window',
    name: 'A person may stop it',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 600,
    on_elapse: 'proceed',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 6 }],
  },
  {
    policy_id: 'short-window',
    name: 'A person may stop it, soon',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 1,
    on_elapse: 'proceed',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 8 }],
  },
  {
    policy_id: 'expiring-window',
    name: 'Without a yes it expires',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 1,
    on_elapse: 'expire',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 5 }],
  },
];
const bundle = {
  version: '1.0.0',
  notes: 'e2e',
  rules: [
    {
      id: 'power',
      agent: '*',
      action: 'cell_failover',
      effect: 'deny',
      priority: 200,
      conditions: [{ field: 'parameters.power_raise_db', op: '>', value: 5 }],
      reason: 'more than 5 dB needs a new radio plan',
    },
    {
      id: 'two-people',
      agent: '*',
      action: 'cell_failover',
      effect: 'needs_approval',
      priority: 150,
      approvals_required: 2,
      conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 12 }],
      reason: 'two people decide',
    },
    {
      id: 'one-person',
      agent: '*',
      action: 'cell_failover',
      effect: 'needs_approval',
      priority: 140,
      conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 10 }],
      reason: 'a person decides',
    },
    {
      id: 'optimizer',
      agent,
      action: 'cell_failover',
      effect: 'allow',
      priority: 100,
      conditions: [],
      reason: 'routine',
    },
  ],
};
