import type { PredictionV1, Scope } from '@interlock/contracts';
import { createRelay, RpcClient } from '@interlock/jetstream';
import { collect, testMetadata, uuidV5 } from '@interlock/kernel';
import type { FinishedData } from '@interlock/rails';
import { startParts, testContext, until } from '@interlock/testing';
import { start } from '../src/main.js';

type Call = {
  readonly body?: unknown;
  readonly text?: string;
  readonly scopes?: readonly Scope[];
  readonly tenant?: string;
  readonly type?: string;
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** A person calls; absent: a service. */
  readonly as?: string;
};
export const question = {
  action_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: { power_raise_db: 3 },
  affected_entity_count: 3,
};
export const entries = (count: number, over: object = {}) =>
  Array.from({ length: count }, (_, i) => ({
    trace_id: `trace-${i}`,
    trigger_type: 'cell_failover',
    entity_id: `gnb-00${1 + (i % 4)}-cell-1`,
    parameters: { power_raise_db: 3 },
    context: { affected_entity_count: 3 },
    impact_delta: -2,
    impact_by_kpi: { latency_ms: 3, load_pct: 10 },
    age_h: i,
    ...over,
  }));

export const finished = (over: Partial<FinishedData> = {}): FinishedData => ({
  action_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: { power_raise_db: 3 },
  affected_entity_count: 3,
  trigger_type: 'cell_failover',
  incident_id: null,
  dry_run: false,
  predicted: null,
  validation_result: null,
  reasons: [],
  observation: {
    before: { latency_ms: 20 },
    after: { latency_ms: 24 },
    delta: { latency_ms: 4 },
    samples: 5,
    breaches: [],
  },
  ...over,
});
/** The real service with a log, a bus and the relay between them. */
export const startWorld = async () => {
  const parts = await startParts();
  let service = await start(testContext(parts, 'digital-twin'));
  const rpc = new RpcClient(parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
  const relay = createRelay({ store: parts.log.store, connection: parts.connection });
  relay.start();
  return {
    parts,
    rpc,
    stop: async (): Promise<void> => {
      await service.stop();
      await relay.stop();
      await parts.stop();
    },
    /** Starts the service again, which reads its memory from the log. */
    restart: async (environment: { readonly [name: string]: string } = {}): Promise<void> => {
      await service.stop();
      service = await start(testContext(parts, 'digital-twin', environment));
    },
    call: async (
      path: string,
      {
        body,
        text,
        scopes = ['AUTONOMOUS_READ', 'AUTONOMY_ADMIN'],
        tenant = 'demo',
        type = 'application/json',
        method = 'POST',
        as,
      }: Call = {},
    ): Promise<Record<string, unknown> & { readonly http: number }> => {
      const response = await fetch(
        `http://127.0.0.1:${service.http.port}/api/v1/autonomous/digital-twin${path}`,
        {
          method,
          headers: {
            ...(await (as === undefined
              ? parts.issuer.service(scopes, { tenant })
              : parts.issuer.person(scopes, { tenant, sub: as }))),
            'content-type': type,
          },
          ...(method === 'GET' ? {} : { body: text ?? JSON.stringify(body) }),
        },
      );
      return { http: response.status, ...((await response.json()) as Record<string, unknown>) };
    },
    ask: (tenant_id: string): Promise<PredictionV1> =>
      rpc.call('digital-twin.predict', { ...question, tenant_id, at: new Date().toISOString(), fresh: true }),
    /** Appends the end of an action. */
    end: (tenant: string, action: string, type: string, data: object, place = 0) =>
      parts.log.store.append(
        `action-${tenant}:${action}`,
        [
          {
            id: uuidV5(tenant, action, type),
            type,
            data,
            metadata: testMetadata({ tenant_id: tenant, occurred_at: '2026-06-01T12:00:00.000Z' }),
          },
        ],
        place === 0 ? 'no_stream' : BigInt(place - 1),
      ),
    /** Appends a person's verdict on an action. */
    say: (tenant: string, action: string, verdict: string, place = 0) =>
      parts.log.store.append(
        `feedback-${tenant}:${action}`,
        [
          {
            id: uuidV5(tenant, action, verdict),
            type: 'FeedbackGiven',
            data: { action_id: action, verdict, ended_at: '2026-06-01T12:00:00.000Z' },
            metadata: testMetadata({ tenant_id: tenant, occurred_at: '2026-06-01T13:00:00.000Z' }),
          },
        ],
        place === 0 ? 'no_stream' : BigInt(place - 1),
      ),
    /** Waits until the service has handled every event that is on the bus. */
    settled: async (): Promise<void> => {
      const manager = await parts.connection.jetstreamManager();
      for (const durable of ['digital-twin-actions', 'digital-twin-feedback'])
        await until(async () => {
          const { num_pending: waiting, num_ack_pending: begun } = await manager.consumers.info(
            'EVENTS',
            durable,
          );
          return waiting + begun === 0;
        }, `${durable} has handled everything`);
    },
    /** The events of a stream of traces. */
    traces: (tenant: string, id = '2026-06-01') => collect(parts.log.store.read(`trace-${tenant}:${id}`)),
  };
};
export type World = Awaited<ReturnType<typeof startWorld>>;
