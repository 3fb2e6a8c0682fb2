import {
  streamName,
  throughChange,
  type Scope,
  type SeenAnswer,
  type SeenRequest,
} from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect, contentHash, uuidV5, type EventMetadata, type EventStore } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { answerChangeRequests, startParts, testContext, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  readonly text: string;
};
export type CallOptions = {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly scopes?: readonly Scope[];
  readonly tenant?: string;
  readonly tenants?: readonly string[];
  readonly token?: boolean;
};

export type StreamEvent = { readonly type: string; readonly data: object };
/** What an action's own stream says when it asks for a consumption, or for it to be given back. */
export const asksFor = (
  account_id: string,
  action_type: string,
  request_id: string,
  day: string,
): readonly StreamEvent[] => [
  { type: 'IntentAccepted', data: { intent: { account_id, action_type } } },
  {
    type: 'GatesJudged',
    data: { occasion: 'first', gates: [], consume: { request_id, day, time_zone: 'UTC' } },
  },
];
export const givesBack = (request_id: string, day: string): StreamEvent => ({
  type: 'BudgetGiveBackRequested',
  data: { request_id, day },
});

/** What safety-rails is asked of names, and what it answers; null is nothing at all. */
type Seen = { readonly asked: SeenRequest[]; answer: (request: SeenRequest) => SeenAnswer | null };

/** The service on real parts, and what calls it. `wrap` stands between it and the log. */
export const startLedger = async (wrap: (store: EventStore) => EventStore = (store) => store) => {
  const parts: Parts = await startParts();
  const context = testContext(parts, 'budget-ledger');
  const seen: Seen = { asked: [], answer: () => ({ tenant_status: 'active', unseen: [] }) };
  parts.connection.subscribe('interlock.rpc.safety-rails.seen.budget-ledger', {
    callback: (_error, message) => {
      const request = JSON.parse(message.string()) as SeenRequest;
      seen.asked.push(request);
      const answer = seen.answer(request);
      // An answer that never comes: safety-rails is away.
      if (answer !== null) message.respond(JSON.stringify({ ok: answer }));
    },
  });
  const changes = answerChangeRequests(parts, 'budget-ledger');
  const service: RunningService = await start({ ...context, store: wrap(context.store) });
  const rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  /** One request; what loosens is answered 202. */
  const ask = async (
    method: string,
    path: string,
    {
      body,
      headers = {},
      scopes = ['AUTONOMY_ADMIN'],
      tenant = 'demo',
      tenants,
      token = true,
    }: CallOptions = {},
  ): Promise<Answer> => {
    const bearer = token
      ? await parts.issuer.person(scopes, {
          tenant,
          ...(tenants === undefined ? {} : { tenants: [...tenants] }),
        })
      : {};
    const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/autonomy${path}`, {
      method,
      headers: {
        ...bearer,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  };
  /** The same, and where it loosens, another person approves it. */
  const call = (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    let approved = false;
    return throughChange(
      () => {
        const { 'if-match': pinned, ...headers } = options.headers ?? {};
        // The approved change has moved the setting on from the revision that was pinned.
        const kept = approved || pinned === undefined ? headers : { ...headers, 'if-match': pinned };
        return ask(method, path, { ...options, headers: kept });
      },
      async (change) => {
        await changes.approve(options.tenant ?? 'demo', change);
        approved = true;
      },
    );
  };
  const metadata = (tenant_id: string, occurred_at: string): EventMetadata => ({
    $correlationId: 'test',
    $causationId: 'test',
    tenant_id,
    actor: { kind: 'service', service: 'safety-rails' },
    schema_version: 1,
    occurred_at,
    command_id: 'test',
  });
  /** Writes what the action's own stream says, once each. */
  const says = async (
    tenantId: string,
    actionId: string,
    events: readonly StreamEvent[],
    at = '2026-01-28T10:00:00.000Z',
  ): Promise<void> => {
    const stream = streamName('action', tenantId, actionId);
    const known = await collect(parts.log.store.read(stream));
    const own = events
      .map(({ type, data }) => ({
        id: uuidV5(stream, type, contentHash(data)),
        type,
        data,
        metadata: metadata(tenantId, at),
      }))
      .filter(({ id }) => !known.some((event) => event.id === id));
    if (own.length > 0) await parts.log.store.append(stream, own, 'any');
  };
  return {
    parts,
    seen,
    service,
    rpc,
    changes,
    ask,
    call,
    says,
    stop: async () => {
      await service.stop();
      await parts.stop();
    },
  };
};
export type Ledger = Awaited<ReturnType<typeof startLedger>>;
