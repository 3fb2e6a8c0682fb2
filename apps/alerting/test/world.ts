import { afterAll, beforeAll } from '@jest/globals';
import { testMetadata } from '@interlock/kernel';
import { createRelay, type Relay } from '@interlock/jetstream';
import type { RunningService } from '@interlock/platform';
import { answerChangeRequests, startParts, testContext, until, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

export type Notice = {
  id: string;
  name: string;
  status: string;
  severity: string;
  action_id: string | null;
  acknowledged_by: string | null;
  episode?: number;
  links?: readonly { readonly kind: string; readonly id: string }[];
};
export type Answer = { status: number; body: { items?: Notice[]; code?: string } & Partial<Notice> };

export const rolledBack = {
  entity_id: 'cell-1',
  action_type: 'cell_failover',
  reasons: [{ code: 'kpi-worse', detail: 'drops rose' }],
};

/** Alerting on a real log, bus and database. */
export class World {
  parts!: Parts;
  service!: RunningService;
  /** Stands in for safety-rails, and lets another person approve. */
  changes!: ReturnType<typeof answerChangeRequests>;
  #relay: Relay | undefined;
  #serial = 0;

  constructor(private readonly environment: { readonly [name: string]: string } = {}) {}

  async start(): Promise<void> {
    this.parts = await startParts();
    this.#relay = createRelay({ store: this.parts.log.store, connection: this.parts.connection });
    this.#relay.start();
    this.changes = answerChangeRequests(this.parts, 'alerting');
    await this.startService();
  }

  async startService(): Promise<void> {
    const context = testContext(this.parts, 'alerting');
    this.service = await start({
      ...context,
      environment: { ...context.environment, ...this.environment },
    });
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.#relay?.stop();
    await this.parts.stop();
  }

  get url(): string {
    return `http://127.0.0.1:${this.service.http.port}`;
  }

  async append(
    stream: string,
    type: string,
    data: object,
    occurred_at?: string,
    trace: object = {},
  ): Promise<void> {
    this.#serial += 1;
    const metadata = { ...testMetadata(), ...trace };
    await this.parts.log.store.append(
      stream,
      [
        {
          id: `00000000-0000-4000-8000-${String(this.#serial).padStart(12, '0')}`,
          type,
          data,
          metadata: { ...metadata, occurred_at: occurred_at ?? new Date().toISOString() },
        },
      ],
      'any',
    );
  }

  async call(method: string, path: string, body?: object, tenant = 'demo'): Promise<Answer> {
    const headers = await this.parts.issuer.person(['ALERT_READ', 'ALERT_WRITE'], { tenant });
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  }

  listed(path: string, seen: (n: Notice) => boolean, tenant = 'demo'): Promise<Notice> {
    return until(
      async () => (await this.call('GET', path, undefined, tenant)).body.items?.find(seen),
      `${path} shows it`,
    );
  }
}

/** A world for a suite: started before its tests, stopped after them. */
export const worldOf = (environment: { readonly [name: string]: string } = {}): World => {
  const world = new World(environment);
  beforeAll(() => world.start());
  afterAll(() => world.stop());
  return world;
};
