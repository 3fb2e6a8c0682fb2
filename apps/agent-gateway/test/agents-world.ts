import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll } from '@jest/globals';
import { subject, systemTenant, throughChange, type Scope } from '@interlock/contracts';
import { collect, isObject, ProblemError, type EventStore } from '@interlock/kernel';
import { createRelay } from '@interlock/jetstream';
import { startService, type RunningService, type StartService } from '@interlock/platform';
import { boundSecrets, startParts, testContext, until, type Parts } from '@interlock/testing';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { StringCodec, type Subscription } from 'nats';
import { answers } from '../src/answers.generated.js';
import { AppModule } from '../src/app.module.js';
import { AgentGateway } from '../src/gateway.js';
import { PlainTransport } from '../src/mcp/sessions/transport.js';
import { HandlerServer } from './handler-server.js';
import { standIns } from './stand-ins.js';

type Answer = {
  readonly status: number;
  readonly etag: string | null;
  readonly body: { readonly [name: string]: unknown };
};
type As = {
  readonly kind?: 'person' | 'service';
  readonly sub?: string;
  readonly scopes?: readonly Scope[];
  readonly headers?: Record<string, string>;
};

const adminScopes: readonly Scope[] = [
  'POLICY_READ',
  'AUTONOMY_ADMIN',
  'AUTONOMOUS_READ',
  'AUTONOMOUS_SUBMIT',
  'AUTONOMOUS_APPROVE',
  'AUTONOMOUS_KILL',
];

const codec = StringCodec();

/**
 * The gateway of agents beside the real safety-rails and the real registry, with stand-ins for the
 * services whose answers are not at issue, and a tenant's handler.
 */
export const agentsWorld = () => {
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const handler = new HandlerServer(secret);
  const services = new Map<string, RunningService>();
  let parts: Parts;
  let relay: ReturnType<typeof createRelay>;
  let subscriptions: Subscription[] = [];
  let serial = 0;
  /** What the policies answer for an action type, ALLOW for the others. */
  const decisions = new Map<string, 'DENY' | 'NEEDS_APPROVAL'>();
  /** Action types whose mode is DISABLED. */
  const disabled = new Set<string>();
  const directory = mkdtempSync(join(tmpdir(), 'agents-world-'));
  const programs = join(directory, 'programs.json');
  const clients: Client[] = [];
  const answerOf = (name: string, request: { readonly [name: string]: unknown }): object => {
    const well = standIns[name]?.(request) ?? {};
    if (name === 'budget-ledger.mode')
      return disabled.has(String(request['action_type'])) ? { ...well, mode: 'DISABLED' } : well;
    const intent = request['intent'];
    const decision =
      name === 'policy-evaluator.evaluate' && isObject(intent)
        ? decisions.get(String(intent['action_type']))
        : undefined;
    if (decision === undefined) return well;
    const reasons = [{ code: 'rule', detail: 'the rule night-freeze forbids it at this hour' }];
    return { ...well, decision, reasons };
  };

  const startBuilt = async (service: string, environment: Record<string, string>): Promise<void> => {
    const built = (await import(`@interlock-apps/${service}`)) as { readonly start: StartService };
    services.set(
      service,
      await built.start({
        ...testContext(parts, service, environment),
        metrics: new (parts.metrics.constructor as new () => Parts['metrics'])(),
      }),
    );
  };

  /** A call; another person approves what loosens. */
  const call: typeof ask = (service, method, path, body, as = {}, tenant = 'demo') =>
    throughChange(
      () => ask(service, method, path, body, as, tenant),
      ({ change_id, digest }) =>
        ask('safety-rails', 'POST', `/changes/${change_id}/approve`, { digest }, { sub: 'otto' }, tenant),
    );
  const ask = async (
    service: string,
    method: string,
    path: string,
    body?: unknown,
    {
      sub = 'anna',
      scopes = adminScopes,
      kind = 'person',
      headers = {},
    }: As & { readonly tenant?: string } = {},
    tenant = 'demo',
  ): Promise<Answer> => {
    const bearer = await parts.issuer.person(scopes, { sub, kind, tenant });
    const response = await fetch(`http://127.0.0.1:${services.get(service)?.http.port ?? 0}/api/v1${path}`, {
      method,
      headers: {
        ...bearer,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json().catch(() => ({}));
    return {
      status: response.status,
      etag: response.headers.get('etag'),
      body: isObject(answer) ? answer : {},
    };
  };

  const gatewayKey = randomBytes(32).toString('hex');
  let doom: { readonly stream: string; readonly point: string; readonly died: () => void } | undefined;

  /**
   * Starts the gateway of agents. Where its doom says so it ends at that event or probe, as a crash
   * does: it writes nothing any more.
   */
  const startGateway = async (): Promise<void> => {
    const context = testContext(parts, 'agent-gateway', {
      AGENT_GATEWAY_KEY: gatewayKey,
      AGENT_ALLOWED_NETWORKS: '127.0.0.0/8',
      AGENT_GIVE_UP_MS: '3000',
      AGENT_BREAKER_PAUSE_MS: '500',
      AGENT_SWEEP_MS: '500',
      ...boundSecrets({ HANDLER_DEMO__TEST: secret }, ['127.0.0.1', '169.254.169.254']),
      AGENT_SECRETS_DIR: join(directory, 'secrets'),
      MCP_STDIO_COMMANDS_FILE: programs,
      MCP_STDIO_DIR: join(directory, 'run'),
      MCP_STDIO_SAME_USER: 'true',
      MCP_ANSWER_BYTES: '1048576',
    });
    const gateways: AgentGateway[] = [];
    let isDead = false;
    // Whoever still waits for an answer of a dead gateway hears what it would hear of a lost
    // connection: nothing is known of the outcome.
    const killed = (): ProblemError =>
      new ProblemError('service-unreachable', 'the gateway was killed', {
        members: { service: 'agent-gateway' },
      });
    const throwAt = (stream: string, points: readonly string[]): void => {
      if (doom === undefined || doom.stream !== stream || !points.includes(doom.point)) return;
      isDead = true;
      for (const gateway of gateways) gateway.kill();
      doom.died();
      doom = undefined;
      throw killed();
    };
    const append: EventStore['append'] = async (stream, events, expected) => {
      if (isDead) throw killed();
      const appended = await context.store.append(stream, events, expected);
      throwAt(
        stream,
        events.map(({ type }) => type),
      );
      return appended;
    };
    const store = new Proxy(context.store, {
      get: (target, name): unknown => {
        if (name === 'append') return append;
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    });
    const module = AppModule.register({ ...context, store }, (point, actionId) => {
      throwAt(`call-demo:${actionId}`, [point]);
    });
    const running = await startService({ ...context, store }, module, {
      title: 'Agent gateway',
      answers,
      onReady: (_, app) => {
        gateways.push(app.get(AgentGateway));
      },
    });
    services.set('agent-gateway', running);
  };

  beforeAll(async () => {
    [parts] = await Promise.all([startParts(), handler.start()]);
    relay = createRelay({ store: parts.log.store, connection: parts.connection });
    relay.start();
    subscriptions = Object.keys(standIns).map((name) =>
      parts.connection.subscribe(`interlock.rpc.${name}.*`, {
        callback: (error, message) => {
          if (error !== null) return;
          const request: unknown = JSON.parse(codec.decode(message.data));
          message.respond(
            codec.encode(JSON.stringify({ ok: answerOf(name, isObject(request) ? request : {}) })),
          );
        },
      }),
    );
    await startGateway();
    await startBuilt('policy-registry', {});
    await startBuilt('safety-rails', {
      SAFETY_RAILS_SWEEP_S: '0.5',
      SAFETY_RAILS_WORKERS: '8',
    });
    for (const [path, body] of [
      ['/tenants', { name: 'demo' }],
      ['/tenants/demo/credentials', { kind: 'token', name: 'anna', agents: ['*'], accounts: ['*'] }],
    ] as const)
      await call(
        'safety-rails',
        'POST',
        `/autonomous${path}`,
        body,
        { scopes: ['AUTONOMY_ADMIN'] },
        systemTenant,
      );
    await until(
      async () => (await call('policy-registry', 'GET', '/action-types')).status === 200,
      'the catalogue is there',
    );
  });
  afterEach(() => {
    handler.behaviour.clear();
    handler.drop = -5;
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    for (const name of ['safety-rails', 'policy-registry', 'agent-gateway']) await services.get(name)?.stop();
    for (const subscription of subscriptions) subscription.unsubscribe();
    await relay.stop();
    await Promise.all([handler.stop(), parts.stop()]);
    rmSync(directory, { recursive: true, force: true });
  });

  const submit = async (over: object, headers: Record<string, string> = {}): Promise<string> => {
    serial += 1;
    const intent = {
      intent_id: `agents-${serial}`,
      tenant_id: 'demo',
      account_id: 'inbox',
      agent: 'inbox-agent',
      action_type: 'mail.sort',
      entity_id: `message-${serial}`,
      parameters: {},
      affected_entity_count: 1,
      confidence_score: 0.99,
      external_contact: false,
      ...over,
    };
    const { status, body } = await call('safety-rails', 'POST', '/autonomous/actions', intent, { headers });
    if (status !== 202 && status !== 201 && status !== 200) throw new Error(JSON.stringify(body));
    return String(body['action_id']);
  };
  const view = async (actionId: string): Promise<Answer['body']> =>
    (await call('safety-rails', 'GET', `/autonomous/actions/${actionId}`)).body;
  const reaches = (actionId: string, ...states: readonly string[]): Promise<Answer['body']> =>
    until(
      async () => {
        const seen = await view(actionId);
        return states.includes(String(seen['state'])) ? seen : false;
      },
      `the action is ${states.join(' or ')}`,
    );
  const eventsOf = async (stream: string): Promise<readonly string[]> =>
    (await collect(parts.log.store.read(stream))).map((event) => event.type);

  return {
    handler,
    secret,
    call,
    submit,
    view,
    reaches,
    eventsOf,
    get parts() {
      return parts;
    },
    decisions,
    disabled,
    /**
     * Kills the gateway when an action's call comes to an event or a probe; resolves when it is
     * dead.
     */
    killAt: (actionId: string, point: string): Promise<void> =>
      new Promise((died) => {
        doom = { stream: `call-demo:${actionId}`, point, died };
      }),
    /** Another gateway in the place of a dead one. */
    succeed: async (): Promise<void> => {
      await services.get('agent-gateway')?.stop();
      await startGateway();
    },
    directory,
    /** Lets programs be run as MCP servers. */
    allowPrograms: (list: { readonly [name: string]: readonly string[] }): void => {
      const entries = Object.entries(list).map(([name, args]) => [
        name,
        { command: process.execPath, args, tenants: ['demo'] },
      ]);
      writeFileSync(programs, JSON.stringify(Object.fromEntries(entries)));
    },
    /** The SDK's own client, in front of one of the tenant's MCP servers. */
    mcpClient: async (
      server: string,
      {
        sub = 'anna',
        agent = 'inbox-agent',
        waitMs = 20_000,
        more = {},
      }: {
        readonly sub?: string;
        readonly agent?: string;
        readonly waitMs?: number;
        readonly more?: Record<string, string>;
      } = {},
    ): Promise<Client> => {
      const bearer = await parts.issuer.person(['AUTONOMOUS_SUBMIT'], {
        sub,
        kind: 'person',
        tenant: 'demo',
      });
      const port = services.get('agent-gateway')?.http.port ?? 0;
      const client = new Client({ name: 'an-agent', version: '1.0.0' });
      const headers = {
        ...bearer,
        'interlock-agent': agent,
        'interlock-account': 'inbox',
        'interlock-wait-ms': String(waitMs),
        ...more,
      };
      await client.connect(
        new PlainTransport(
          new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${port}/mcp/${server}`), {
            requestInit: { headers },
          }),
        ),
      );
      clients.push(client);
      return client;
    },
    /** A webhook handler on this world's server. */
    webhook: (over: object = {}): object => ({
      kind: 'webhook',
      url: handler.url,
      secret_ref: 'env:HANDLER_DEMO__TEST',
      timeout_ms: 1000,
      ...over,
    }),
    /** Serves a tenant's handler on the bus; stops with the world. */
    serveOnBus: (
      actionType: string,
      answer: (body: { readonly [name: string]: unknown }, traceparent: string) => object,
    ): void => {
      subscriptions.push(
        parts.connection.subscribe(subject({ kind: 'handlers', tenant: 'demo', actionType, step: '*' }), {
          callback: (error, message) => {
            if (error !== null) return;
            const body: unknown = JSON.parse(codec.decode(message.data));
            const traceparent = message.headers?.get('traceparent') ?? '';
            message.respond(codec.encode(JSON.stringify(answer(isObject(body) ? body : {}, traceparent))));
          },
        }),
      );
    },
  };
};

export type AgentsWorld = ReturnType<typeof agentsWorld>;

/** The program of a package that is a public MCP server. */
export const publicServer = (name: 'everything' | 'filesystem'): string =>
  fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`));
