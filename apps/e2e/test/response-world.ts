import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  systemTenant,
  throughChange,
  type AuditCheckAnswer,
  type CheckKind,
  type Scope,
} from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect, type RecordedEvent } from '@interlock/kernel';
import type { RunningService, StartService } from '@interlock/platform';
import { boundSecrets, startParts, testContext, until, type Parts } from '@interlock/testing';
import { firstKeyFiles } from '@interlock/tree';

const appsFolder = fileURLToPath(new URL('../../', import.meta.url));
const origin = 'interlock.local/tree';

/** The signing secret of the system's own webhook. */
export const webhookSecret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;

/** The services that a response passes through. */
const services = [
  'policy-registry',
  'policy-evaluator',
  'digital-twin',
  'budget-ledger',
  'posture',
  'netconf-gateway',
  'alerting',
  'audit',
  'safety-rails',
] as const;
export type Service = (typeof services)[number];

export type Run = {
  readonly response_id: string;
  readonly status: string;
  readonly mode: string;
  readonly gates: readonly string[];
  readonly detail: string | null;
  readonly actions_planned: number;
  readonly safety_gates_passed: boolean;
  readonly results: readonly {
    readonly action: string;
    readonly action_id: string | null;
    readonly state: string;
    readonly passed: boolean | null;
    readonly stdout: string;
    readonly reversible: boolean;
    readonly undo_instruction: string | null;
  }[];
};
type Call = { readonly body?: object; readonly tenant?: string; readonly sub?: string | null };
export type Answered<T> = { readonly http: number; readonly body: T };

/** The services that a response passes through, on real parts, in this process. */
export class ResponseWorld {
  parts!: Parts;
  directory = '';
  archive = '';
  #keys = '';
  #checks = 0;
  readonly #running = new Map<Service, RunningService>();

  async start(): Promise<void> {
    this.parts = await startParts({ durable: true });
    [this.directory, this.archive, this.#keys] = (await Promise.all(
      ['out', 'archive', 'keys'].map((name) => mkdtemp(join(tmpdir(), `interlock-responses-${name}-`))),
    )) as [string, string, string];
    for (const [name, text] of Object.entries(firstKeyFiles(origin, new Uint8Array(32).fill(1))))
      await writeFile(join(this.#keys, name), text, { mode: 0o600 });
    for (const service of services) await this.begin(service);
  }

  /** The file of the log's public key. */
  get logKey(): string {
    return join(this.#keys, '1.vkey');
  }

  async begin(service: Service): Promise<void> {
    const { start } = (await import(pathToFileURL(join(appsFolder, service, 'dist', 'main.js')).href)) as {
      readonly start: StartService;
    };
    const environment = {
      POSTURE_OUTPUT_DIR: this.directory,
      AUDIT_KEY_DIR: this.#keys,
      AUDIT_CHECKPOINT_SECONDS: '1',
      AUDIT_ARCHIVE: this.archive,
      AUDIT_ARCHIVE_EVENTS: '20',
      NETCONF_GATEWAY_KEY: '1'.repeat(64),
      SAFETY_RAILS_SWEEP_S: '1',
      ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
      ALERTING_POLL_MS: '50',
      ...boundSecrets({ CHANNEL__5FSYSTEM__OPS: webhookSecret }, ['127.0.0.1']),
    };
    this.#running.set(service, await start(testContext(this.parts, service, environment)));
  }

  async stopService(service: Service): Promise<void> {
    await this.#running.get(service)?.stop();
    this.#running.delete(service);
  }

  async end(): Promise<void> {
    for (const service of [...this.#running.keys()].reverse()) await this.stopService(service);
    await this.parts.stop();
    for (const dir of [this.directory, this.archive, this.#keys])
      await rm(dir, { recursive: true, force: true });
  }

  /** A call; another person approves what loosens. */
  async call<T>(service: Service, method: string, path: string, call: Call = {}): Promise<Answered<T>> {
    const { status, body } = await throughChange(
      async () => {
        const answer = await this.#ask<T>(service, method, path, call);
        return { status: answer.http, body: answer.body };
      },
      ({ change_id, digest }) =>
        this.#ask('safety-rails', 'POST', `/api/v1/changes/${change_id}/approve`, {
          ...call,
          body: { digest },
          sub: 'petra',
        }),
    );
    return { http: status, body };
  }

  async #ask<T>(
    service: Service,
    method: string,
    path: string,
    { body, tenant = systemTenant, sub = 'olga' }: Call = {},
  ): Promise<Answered<T>> {
    const scopes: Scope[] = [
      'POSTURE_READ',
      'POSTURE_WRITE',
      'AUTONOMOUS_READ',
      'AUTONOMOUS_SUBMIT',
      'AUTONOMOUS_APPROVE',
      'ALERT_READ',
      'ALERT_WRITE',
      'AUTONOMY_ADMIN',
    ];
    const { issuer } = this.parts;
    const bearer =
      sub === null ? await issuer.service(scopes, { tenant }) : await issuer.person(scopes, { tenant, sub });
    const response = await fetch(`http://127.0.0.1:${this.portOf(service)}${path}`, {
      method,
      headers: { ...bearer, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { http: response.status, body: (await response.json()) as T };
  }

  async run(policy: string, apply: boolean, over: Call = {}): Promise<Run> {
    const { http, body } = await this.call<Run>('posture', 'POST', '/api/v1/responses/run', {
      ...over,
      body: { policy, apply },
    });
    if (http !== 200) throw new Error(`the run was refused: ${JSON.stringify(body)}`);
    return body;
  }

  async look(responseId: string, tenant = systemTenant): Promise<Run> {
    return (await this.call<Run>('posture', 'GET', `/api/v1/responses/${responseId}`, { tenant })).body;
  }

  /** Waits for the end of a run. */
  ended(responseId: string, tenant = systemTenant): Promise<Run> {
    return until(async () => {
      const run = await this.look(responseId, tenant);
      return run.status !== 'running' && run;
    }, 'the response has ended');
  }

  async apply(policy: string, tenant = systemTenant): Promise<Run> {
    const run = await this.run(policy, true, { tenant });
    return this.ended(run.response_id, tenant);
  }

  /** The action of one of a run's responses, once it is submitted. */
  waitingFor(responseId: string, action: string): Promise<string> {
    return until(async () => {
      const run = await this.look(responseId);
      if (run.status !== 'running') throw new Error(`the run has ended: ${JSON.stringify(run)}`);
      return run.results.find((result) => result.action === action)?.action_id ?? false;
    }, `${action} was submitted`);
  }

  /** Approves an action as a person once it waits for that. */
  async approve(actionId: string): Promise<void> {
    const path = `/api/v1/autonomous/actions/${actionId}`;
    const digest = await until(async () => {
      const { body } = await this.call<{
        readonly state: string;
        readonly approval: { readonly digest: string } | null;
      }>('safety-rails', 'GET', path);
      return body.state === 'AWAITING_APPROVAL' && body.approval?.digest;
    }, 'the action waits for an approval');
    const { http, body } = await this.call<object>('safety-rails', 'POST', `${path}/approve`, {
      body: { digest },
      sub: 'petra',
    });
    if (http >= 300) throw new Error(`the approval was refused: ${JSON.stringify(body)}`);
  }

  /** Requests a check from audit, like posture. */
  check(kind: CheckKind): Promise<AuditCheckAnswer> {
    this.#checks += 1;
    return new RpcClient(this.parts.connection, { caller: 'posture' }).call(
      'audit.check',
      { kind, request_id: `check-${this.#checks}` },
      { deadlineMs: 120_000 },
    );
  }

  /**
   * Writes into the log's file directly, and returns the previous bytes. It removes the checksum,
   * because an attacker with access to the file can do so too.
   */
  async rewrite(position: bigint, data: Uint8Array): Promise<Uint8Array> {
    const { log } = this.parts;
    await log.down();
    const file = new DatabaseSync(log.file ?? '');
    const row = file.prepare('select data from events where position = ?').get(Number(position));
    file
      .prepare('update events set data = ?, checksum = null where position = ?')
      .run(data, Number(position));
    file.close();
    await log.up();
    if (!(row?.['data'] instanceof Uint8Array)) throw new Error(`there is no event at ${position}`);
    return row['data'];
  }

  /** Runs a statement like an attacker with access to the database. */
  async sql<T extends object>(text: string): Promise<{ readonly rows: readonly T[] }> {
    const client = await this.parts.postgres.pool.connect();
    try {
      await client.query("begin; select set_config('app.tenant_id', '_all', true)");
      const { rows } = await client.query<T>(text);
      await client.query('commit');
      return { rows };
    } finally {
      client.release();
    }
  }

  /** The port of a service. */
  portOf(service: Service): number {
    return this.#running.get(service)?.http.port ?? 0;
  }

  /** The whole log. */
  all(): Promise<readonly RecordedEvent[]> {
    return collect(this.parts.log.store.readAll());
  }

  async events(stream: string): Promise<readonly RecordedEvent[]> {
    return collect(this.parts.log.store.read(stream));
  }
}
