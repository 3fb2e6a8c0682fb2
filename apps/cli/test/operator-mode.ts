import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectBus, newBusKey, type BusLogin } from '@interlock/jetstream';
import { testMetadata } from '@interlock/kernel';
import { busCredential, tenantStream, type TenantEvent } from '@interlock/rails';
import {
  bareEnvironment,
  commandLine,
  runProgram,
  type RunResult,
  startLog,
  startNats,
  type TestLog,
  type TestNats,
} from '@interlock/testing';
import type { ConnectionOptions, NatsConnection } from 'nats';
import { inProcess } from './in-process.js';

/** A log with tenants, the folders of `interlock bus accounts`, and their nats-server. */
export class OperatorMode {
  readonly dir = mkdtempSync(join(tmpdir(), 'interlock-operator-'));
  readonly keys = join(this.dir, 'keys');
  readonly out = join(this.dir, 'out');
  readonly #seeds = new Map<string, { readonly seed: string; readonly public_key: string }>();
  readonly #connections: NatsConnection[] = [];
  log!: TestLog;
  nats!: TestNats;

  async start(): Promise<void> {
    this.log = await startLog();
  }

  /** Starts nats-server with the command's output. */
  async serve(change: (text: string) => string = (text) => text, domain?: string): Promise<void> {
    this.nats = await startNats({
      accounts: change(this.read('resolver.conf')),
      ...(domain === undefined ? {} : { domain }),
      operator: { credsFile: this.creds('operator') },
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close()));
    await Promise.all([this.log.stop(), (this.nats as TestNats | undefined)?.stop()]);
    rmSync(this.dir, { recursive: true, force: true });
  }

  async accounts(...args: readonly string[]): Promise<RunResult> {
    return this.cli(...this.#folders(), ...args);
  }

  /** Runs `interlock bus accounts` in this process, which saves the start of another one. */
  cli(...args: readonly string[]): Promise<RunResult> {
    return inProcess(['bus', 'accounts', ...args], this.#addresses());
  }

  /** Runs it as its users do, in a process of its own. */
  program(...args: readonly string[]): Promise<RunResult> {
    return runProgram(
      process.execPath,
      ['--no-warnings', commandLine, 'bus', 'accounts', ...this.#folders(), ...args],
      { env: { ...bareEnvironment, ...this.#addresses() } },
    );
  }

  #folders(): readonly string[] {
    return ['--keys', this.keys, '--out', this.out, '--resolver-dir', join(this.dir, 'jwt')];
  }

  #addresses(): { readonly [variable: string]: string } {
    return {
      INTERLOCK_HOME: this.dir,
      EVENT_STORE_URL: this.log.url,
      NATS_URL: (this.nats as TestNats | undefined)?.url ?? '',
    };
  }

  /** Runs the command, which must succeed without warnings. */
  async must(...args: readonly string[]): Promise<string> {
    const ran = await this.accounts(...args);
    if (ran.code !== 0 || ran.stderr !== '') throw new Error(`${args.join(' ')}: ${JSON.stringify(ran)}`);
    return ran.stdout;
  }

  async tell(tenant: string, ...events: readonly TenantEvent[]): Promise<void> {
    await this.log.store.append(
      tenantStream(tenant),
      events.map(({ type, data }) => ({
        id: randomUUID(),
        type,
        data,
        metadata: testMetadata({ tenant_id: tenant }),
      })),
      'any',
    );
  }

  /** Makes a tenant with these users, each with its own key. */
  async tenant(tenant: string, ...users: readonly string[]): Promise<void> {
    await this.tell(
      tenant,
      { type: 'TenantCreated', data: { tenant_id: tenant } },
      ...users.map((user) => this.registered(user)),
    );
  }

  registered(user: string, publicKey?: string): TenantEvent {
    const pair = this.#seeds.get(user) ?? newBusKey();
    this.#seeds.set(user, pair);
    return {
      type: 'CredentialIssued',
      data: {
        credential: busCredential(user),
        agents: ['*'],
        accounts: ['*'],
        public_key: publicKey ?? pair.public_key,
      },
    };
  }

  revoked(user: string): TenantEvent {
    return { type: 'CredentialRevoked', data: { credential: busCredential(user) } };
  }

  read(...path: readonly string[]): string {
    return readFileSync(join(this.out, ...path), 'utf8');
  }

  creds(user: string): string {
    return join(this.out, 'creds', `${user}.creds`);
  }

  publicKey(user: string): string {
    return this.#seeds.get(user)!.public_key;
  }

  /** A tenant's login from the issued JWT and its own seed. */
  tenantLogin(user: string): BusLogin {
    return {
      creds: `-----BEGIN NATS USER JWT-----\n${this.read('users', `${user}.jwt`).trim()}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${this.#seeds.get(user)!.seed}\n------END USER NKEY SEED------\n`,
    };
  }

  async connect(
    user: string,
    login: BusLogin,
    options: ConnectionOptions = { reconnect: false },
  ): Promise<NatsConnection> {
    const connection = await connectBus({ url: this.nats.url, user, ...login }, options);
    this.#connections.push(connection);
    return connection;
  }
}
