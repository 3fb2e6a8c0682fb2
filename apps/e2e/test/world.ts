import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  endStates,
  scopes,
  subject,
  systemTenant,
  throughChange,
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
import { Stack, type StackOptions } from './stack.js';
import { tenant, account, agent, upstreamUser, intentsSubject, unique } from './names.js';
import { forgiveFailures, provisionTenant, teachOutcomes } from './provisioning.js';

type Gate = {
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
  readonly steps: readonly (Omit<Gate, 'gate' | 'hold'> & { readonly step: string })[];
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

/** A running Interlock with its own tenant, used through its public interfaces only. */
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

  /** The tenant's own bus user, as its operator makes it. */
  async #upstreamUser(): Promise<BusAddress> {
    const file = join(this.stack.home, 'bus-users', `${upstreamUser}.json`);
    if (!existsSync(file)) {
      await this.cliApproved(systemTenant, 'tenants', 'create', tenant, '--agents', '*', '--accounts', '*');
      await until(async () => {
        const address = JSON.parse(readFileSync(file, 'utf8')) as BusAddress;
        const connection = await connectBus({ ...address, url: this.stack.runtime.nats.url }).catch(
          () => undefined,
        );
        await connection?.close();
        return connection !== undefined;
      }, "the bus knows the tenant's user");
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

  /** An orderly stop and start; `stayed` are earlier executors that never said that they leave. */
  async restart(whileDown: () => void): Promise<{ readonly stayed: readonly string[] }> {
    const instances = async (type: string): Promise<readonly string[]> =>
      (await this.stream('executor-_system:all'))
        .filter((event) => event.type === type)
        .map(({ data }) => (data as { readonly instance: string }).instance);
    const before = await instances('ExecutorRegistered');
    if (before.length === 0) throw new Error('no executor has registered');
    await this.detach();
    await this.stack.terminate();
    whileDown();
    await this.start();
    const left = await instances('ExecutorLeft');
    return { stayed: before.filter((instance) => !left.includes(instance)) };
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

  /** The operator's connection, which reads the bus. */
  get nats(): NatsConnection {
    return this.#nats!;
  }

  /** The connection of the tenant's user, which publishes. */
  get upstream(): NatsConnection {
    return this.#upstream!;
  }

  /** A token: a person's with `sub`, otherwise a service's. */
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

  /**
   * The answer's body; throws unless it is a success. What loosens is confirmed by the same person:
   * in an embedded home one suffices.
   */
  async must<T = { readonly [name: string]: unknown }>(
    method: string,
    path: string,
    body?: unknown,
    who: Who = {},
    headers: { readonly [name: string]: string } = {},
  ): Promise<T> {
    const answer = await throughChange(
      () => this.call<T>(method, path, body, who, headers),
      ({ change_id, digest }) => this.must('POST', `/api/v1/changes/${change_id}/approve`, { digest }, who),
    );
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /**
   * Runs a command as a person of a tenant; throws unless it succeeds. What it would loosen is
   * confirmed by the same person.
   */
  async cliApproved(of: string, ...args: readonly string[]): Promise<void> {
    const operator = { sub: 'operator', tenant: of };
    const { code, stdout, stderr } = await this.stack.cli(
      '--tenant',
      of,
      '--as',
      operator.sub,
      ...args,
      '--json',
    );
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
    const { change_id, digest } = JSON.parse(stdout) as { readonly [name: string]: unknown };
    if (typeof change_id === 'string')
      await this.must('POST', `/api/v1/changes/${change_id}/approve`, { digest }, operator);
  }

  /** The digest that an `approve` or `confirm` must name; empty for any other word. */
  async digestOf(actionId: string, verb: string): Promise<{ readonly digest?: string }> {
    if (verb !== 'approve' && verb !== 'confirm') return {};
    const { approval, window } = await this.view(actionId);
    const digest = (verb === 'approve' ? approval : window)?.digest;
    return digest === undefined ? {} : { digest };
  }

  /** An approval by a person who has read the request. */
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

  /** Publishes an intent like an upstream system; returns the id of its action. */
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

  /** All current messages of a bus stream below a subject. */
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

  /**
   * The tenant: devices, decision memory, policies, an approved and active bundle, modes, a budget,
   * fresh signals.
   */
  provision(options: { readonly budget?: number } = {}): Promise<void> {
    return provisionTenant(this, options);
  }

  /** Undoes the effects of deliberate failures. */
  forgiveFailures(): Promise<void> {
    return forgiveFailures(this);
  }

  /** Records good outcomes on these cells in the decision memory. */
  teach(...cells: readonly string[]): Promise<void> {
    return teachOutcomes(this, cells);
  }

  /**
   * Engages or releases the tenant's kill switch, or the global one; a release is asked for by one
   * person and done by another.
   */
  async killSwitch(
    engaged: boolean,
    over: { readonly scope?: string; readonly rollback_in_flight?: boolean } = {},
  ): Promise<{ readonly [name: string]: unknown }> {
    const tell = (sub: string): Promise<{ readonly [name: string]: unknown }> =>
      this.must(
        'POST',
        '/api/v1/autonomous/kill-switch',
        { scope: 'tenant', engaged, reason: 'e2e', ...over },
        { sub, ...(over.scope === 'global' ? { tenant: systemTenant } : {}) },
      );
    const first = await tell('duty-officer');
    return engaged ? first : tell('second-officer');
  }
}
