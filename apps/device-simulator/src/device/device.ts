import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { NetconfClosedError, NetconfServerSession, rpcFault, type ServerReply, type XmlElement } from '@interlock/netconf';
import { Configuration } from './configuration.js';
import { Faults, type Fault } from './faults.js';
import { deviceCapabilities, netconfState } from './monitoring.js';
import { runOperation } from './operations.js';
import { fingerprintOf, listenSsh, type SshListener } from './ssh.js';
import type { DeviceStore } from './store.js';

export type DeviceOptions = {
  readonly device_id: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** What running holds when nothing was saved. */
  readonly initial: readonly XmlElement[];
  readonly store: DeviceStore;
  readonly hostKey?: string;
  /** State data for `get`. */
  readonly state: () => readonly XmlElement[];
  /** Tells that measured values go bad, or recover. */
  readonly onWorsened: (worsened: boolean) => void;
};

type Session = { readonly netconf: NetconfServerSession; readonly drop: () => void; readonly over: Promise<void> };

/** One simulated network element: an SSH port, its sessions, its datastores and its faults. */
export class Device {
  readonly faults = new Faults();
  readonly configuration: Configuration;
  readonly hostKey: string;
  readonly #sessions = new Map<number, Session>();
  #nextSession = 1;
  #listener: SshListener | undefined;
  #port: number;

  constructor(readonly options: DeviceOptions) {
    this.#port = options.port;
    this.hostKey = options.hostKey ?? options.store.hostKey();
    const saved = options.store.load();
    if (saved === undefined) options.store.save(options.initial);
    this.configuration = new Configuration(saved ?? options.initial, {
      save: (config) => options.store.save(config),
      changed: (how) => {
        if (how === 'rolled_back') options.onWorsened(false);
        else if (how === 'committed') options.onWorsened(this.faults.take('kpi_worsens') !== undefined);
      },
      lockBlocksRollback: () => this.faults.take('lock_blocks_rollback') !== undefined,
    });
  }

  get port(): number {
    return this.#port;
  }

  get fingerprint(): string {
    return fingerprintOf(this.hostKey);
  }

  get sessionIds(): number[] {
    return [...this.#sessions.keys()];
  }

  async start(): Promise<void> {
    const { username, password } = this.options;
    this.#listener = await listenSsh({ port: this.#port, hostKey: this.hostKey, username, password, onChannel: (channel, drop) => this.#open(channel, drop) });
    this.#port = this.#listener.port;
  }

  async stop(): Promise<void> {
    for (const session of [...this.#sessions.values()]) this.#drop(session, 'the device is stopping');
    await this.#listener?.close();
    this.#listener = undefined;
  }

  /** As pulling the plug: sessions, locks, candidate and tentative commit are gone; what was saved is back on the same port. */
  async restart(): Promise<void> {
    this.configuration.restart(this.options.store.load() ?? this.options.initial);
    this.options.onWorsened(false);
    await this.stop();
    await this.start();
  }

  arm(fault: Fault): void {
    this.faults.arm(fault);
    if (fault.kind === 'lock_held') this.configuration.holdFromOutside(fault.target, true);
    if (fault.kind === 'drop_session' && fault.operation === undefined && fault.when === undefined) this.dropSessions();
  }

  clearFaults(): void {
    this.faults.clear();
    this.configuration.holdFromOutside('running', false);
    this.configuration.holdFromOutside('candidate', false);
    this.options.onWorsened(false);
  }

  /** Cuts every connection now. */
  dropSessions(): void {
    for (const session of [...this.#sessions.values()]) this.#drop(session, 'the connection was cut');
  }

  #drop(session: Session, reason: string): void {
    session.netconf.end(new NetconfClosedError(reason, false));
    session.drop();
  }

  #open(channel: Duplex, drop: () => void): void {
    const id = this.#nextSession++;
    let ended: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const netconf = new NetconfServerSession(channel, {
      sessionId: id,
      capabilities: deviceCapabilities,
      onRpc: (operation) => this.#rpc(id, operation),
      onEnd: () => {
        this.#sessions.delete(id);
        this.configuration.sessionEnded(id);
        ended();
      },
    });
    this.#sessions.set(id, { netconf, drop, over });
  }

  async #rpc(id: number, operation: XmlElement): Promise<ServerReply> {
    const session = this.#sessions.get(id);
    if (session === undefined) return { content: [] };
    const name = operation.name;
    const latency = this.faults.take('latency', name);
    if (latency !== undefined) await delay(latency.ms, undefined, { ref: false });
    if (this.faults.take('hang_after_hello', name) !== undefined) await session.over;
    if (this.faults.take('drop_session', name, (fault) => fault.when === 'before') !== undefined) this.#drop(session, 'the connection was cut');
    if (!this.#sessions.has(id)) return { content: [] };
    const refusal = this.faults.take('rpc_error', name);
    if (refusal !== undefined) throw rpcFault(refusal.error_tag, refusal.error_message ?? 'a simulated fault');
    const reply = this.#run(id, operation);
    if (this.faults.take('drop_session', name, (fault) => fault.when !== 'before') !== undefined) this.#drop(session, 'the connection was cut');
    if (this.faults.take('bad_chunks', name) !== undefined) {
      session.netconf.sendRaw(Buffer.from('\n#0\n<broken'));
      await session.over;
    }
    return reply;
  }

  #run(id: number, operation: XmlElement): ServerReply {
    return runOperation(operation, {
      session: id,
      configuration: this.configuration,
      state: () => [...this.options.state(), netconfState(this.sessionIds.map((one) => ({ id: one, username: this.options.username })))],
      kill: (other) => {
        const victim = this.#sessions.get(other);
        if (victim !== undefined) this.#drop(victim, 'killed by another session');
        return victim !== undefined;
      },
      beforeCommit: () => this.#beforeCommit(),
    });
  }

  #beforeCommit(): 'go' | 'noop' {
    if (this.faults.take('commit_fails') !== undefined) throw rpcFault('operation-failed', 'a simulated fault of the commit');
    return this.faults.take('commit_noop') === undefined ? 'go' : 'noop';
  }
}
