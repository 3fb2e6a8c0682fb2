import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  elementBuilder,
  NetconfClosedError,
  NetconfServerSession,
  rpcFault,
  type ServerReply,
  type XmlElement,
} from '@interlock/netconf';
import { HomeCalls, type HomeAddress } from './call-home.js';
import { CFG_NS } from './commits.js';
import { Configuration, type Change, type Config } from './configuration.js';
import { canonicalIdentities } from '../models/identities.js';
import type { Model } from '../models/model.js';
import { AccessControl } from './access/control.js';
import { changeEvents, sessionEnd, sessionStart } from './events.js';
import { Faults, type Fault } from './faults.js';
import { falsify } from './lies.js';
import { deviceCapabilities, netconfState, updateModule, yangLibrary } from './monitoring.js';
import { profiles, type ProfileName } from './profiles.js';
import { runOperation } from './operations.js';
import { fingerprintOf, listenSsh, type SshListener, type SshUser } from './ssh.js';
import { listenTls, tlsFingerprintOf, type TlsIdentity } from './tls.js';
import type { DeviceStore } from './store.js';
import { pushModules, Pushes } from './pushes.js';
import { Subscriptions } from './subscriptions.js';

export type DeviceOptions = {
  readonly device_id: string;
  readonly port: number;
  /** The address to listen on. */
  readonly listenOn?: string;
  readonly username: string;
  readonly password: string;
  /** Further users, whose rights are defined in the device's configuration. */
  readonly users: readonly SshUser[];
  readonly model: Model;
  /** The content of running if nothing was saved. */
  readonly initial: readonly XmlElement[];
  readonly store: DeviceStore;
  readonly profile: ProfileName;
  /** Whether it pushes changes of running to subscribers (RFC 8641). */
  readonly yangPush: boolean;
  readonly hostKey?: string;
  /** It speaks TLS instead of SSH. */
  readonly tls?: TlsIdentity;
  /** Where it opens connections, beside the port that it listens on. */
  readonly callHome?: HomeAddress;
  /** The largest number of connections that it opens itself over TLS, at a time. */
  readonly callsAtOnce?: number;
  /** Returns a running configuration together with the state of its model. */
  readonly shown: (running: Config) => readonly XmlElement[];
  /** Called when measured values worsen or recover. */
  readonly onWorsened: (worsened: boolean) => void;
};

/** How many connections a device opens itself over TLS, at a time. */
const usualCallsAtOnce = 8;

type EndReason = 'closed' | 'dropped' | 'killed' | 'other';
type Session = {
  readonly netconf: NetconfServerSession;
  readonly username: string;
  readonly drop: () => void;
  readonly over: Promise<void>;
  endedBy: EndReason;
};

/** One simulated network element: an SSH or TLS port, its sessions, datastores and faults. */
export class Device {
  readonly faults = new Faults();
  readonly configuration: Configuration;
  readonly #access: AccessControl;
  readonly #subscriptions: Subscriptions;
  readonly #pushes: Pushes;
  readonly #sessions = new Map<number, Session>();
  #nextSession = 1;
  #listener: Pick<SshListener, 'close'> | undefined;
  #calls: HomeCalls | undefined;
  #port: number;
  #hostKey: string;
  #tls: TlsIdentity | undefined;

  constructor(readonly options: DeviceOptions) {
    this.#port = options.port;
    this.#tls = options.tls;
    this.#hostKey = options.hostKey ?? options.store.hostKey();
    if (options.store.load() === undefined) options.store.save(options.initial);
    this.configuration = new Configuration(profiles[options.profile], {
      load: () => options.store.load() ?? options.initial,
      save: (config) => options.store.save(config),
      changed: (change) => this.#changed(change),
      lockBlocksRollback: () => this.faults.take('lock_blocks_rollback') !== undefined,
    });
    this.#access = new AccessControl(options.model, () => this.configuration.running);
    this.#subscriptions = new Subscriptions(this.#access);
    this.#pushes = new Pushes(this.#access);
  }

  get port(): number {
    return this.#port;
  }

  get fingerprint(): string {
    return this.#tls === undefined ? fingerprintOf(this.#hostKey) : tlsFingerprintOf(this.#tls.certificate);
  }

  get sessionIds(): number[] {
    return [...this.#sessions.keys()];
  }

  get #modules(): Model['modules'] {
    const { model, yangPush } = this.options;
    const modules = yangPush ? [...model.modules, ...pushModules] : model.modules;
    return this.faults.has('library_changed') ? [...modules, updateModule] : modules;
  }

  async start(): Promise<void> {
    const { username, password, users, callHome, callsAtOnce, listenOn: host = '127.0.0.1' } = this.options;
    const listener =
      this.#tls === undefined
        ? await listenSsh({
            port: this.#port,
            host,
            hostKey: this.#hostKey,
            users: [{ username, password }, ...users],
            onChannel: (channel, user, drop) => this.#open(channel, user, drop),
          })
        : await listenTls({
            ...this.#tls,
            port: this.#port,
            host,
            onSession: (stream, drop) => this.#open(stream, username, drop),
          });
    this.#listener = listener;
    this.#port = listener.port;
    if (callHome !== undefined)
      this.#calls = new HomeCalls({
        home: callHome,
        most: this.#tls === undefined ? 1 : (callsAtOnce ?? usualCallsAtOnce),
        serve: listener.serve,
      });
  }

  async stop(): Promise<void> {
    this.#calls?.stop();
    for (const session of [...this.#sessions.values()]) this.#drop(session, 'other');
    await this.#listener?.close();
    this.#listener = undefined;
  }

  /**
   * Acts like a power cut: sessions, locks, candidate and tentative commit are lost. The saved
   * configuration comes back on the same port.
   */
  async restart(): Promise<void> {
    this.configuration.restart();
    this.options.onWorsened(false);
    await this.#startAgain();
  }

  /** Ends all sessions, makes a change, and listens again on the same port. */
  async #startAgain(change: () => void = () => undefined): Promise<void> {
    await this.stop();
    change();
    await this.start();
  }

  /**
   * Ends all sessions, and shows another host key from now on. Returns its fingerprint.
   * @throws RangeError if the key cannot be read
   */
  async replaceHostKey(key: string): Promise<string> {
    const fingerprint = fingerprintOf(key);
    await this.stop();
    this.options.store.saveHostKey(key);
    this.#hostKey = key;
    await this.start();
    return fingerprint;
  }

  /**
   * Ends all sessions, and speaks TLS with this identity from now on. Returns the fingerprint of
   * its key.
   * @throws RangeError if the certificate cannot be read
   */
  async speakTls(tls: TlsIdentity): Promise<string> {
    const fingerprint = tlsFingerprintOf(tls.certificate);
    await this.stop();
    this.#tls = tls;
    await this.start();
    return fingerprint;
  }

  arm(fault: Fault): void {
    this.faults.arm(fault);
    if (fault.kind === 'lock_held') this.configuration.locks.holdFromOutside(fault.target, true);
    if (fault.kind === 'drop_session' && fault.operation === undefined && fault.when === undefined)
      this.dropSessions();
  }

  clearFaults(): void {
    this.faults.clear();
    this.configuration.locks.holdFromOutside('running', false);
    this.configuration.locks.holdFromOutside('candidate', false);
    this.options.onWorsened(false);
  }

  /** Cuts every connection now. */
  dropSessions(): void {
    for (const session of [...this.#sessions.values()]) this.#drop(session, 'dropped');
  }

  #drop(session: Session, reason: EndReason): void {
    session.endedBy = reason;
    session.netconf.end(new NetconfClosedError(`the session is ${reason}`, false));
    session.drop();
  }

  #changed(change: Change): void {
    if (change.kind === 'rolled_back') this.options.onWorsened(false);
    else if (change.kind !== 'confirmed' && change.kind !== 'extended')
      this.options.onWorsened(this.faults.take('kpi_worsens') !== undefined);
    const user = this.#sessions.get(change.session)?.username ?? this.options.username;
    for (const event of changeEvents(change, user, this.configuration.running, this.options.model.keys))
      this.#subscriptions.tell(event);
    this.#pushes.tell(change.before, this.configuration.running, this.options.model.keys);
  }

  #open(channel: Duplex, username: string, drop: () => void): void {
    const id = this.#nextSession++;
    const actor = { session: id, username };
    const { comment } = this.configuration.profile;
    let ended: () => void = () => undefined;
    const over = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const netconf = new NetconfServerSession(channel, {
      sessionId: id,
      capabilities: deviceCapabilities(this.configuration.profile, this.#modules),
      ...(comment === undefined ? {} : { helloComment: comment }),
      onRpc: (operation) => this.#rpc(id, operation),
      onEnd: () => {
        const reason = this.#sessions.get(id)?.endedBy ?? 'other';
        this.#sessions.delete(id);
        this.#subscriptions.end(id);
        this.#pushes.end(id);
        this.configuration.sessionEnded(id);
        this.#subscriptions.tell(sessionEnd(actor, reason));
        ended();
      },
    });
    this.#subscriptions.tell(sessionStart(actor));
    this.#sessions.set(id, { netconf, username, drop, over, endedBy: 'dropped' });
  }

  async #rpc(id: number, operation: XmlElement): Promise<ServerReply> {
    const session = this.#sessions.get(id);
    if (session === undefined) return { content: [] };
    const name = operation.name;
    const latency = this.faults.take('latency', name);
    if (latency !== undefined) await delay(latency.ms, undefined, { ref: false });
    if (this.faults.take('hang_after_hello', name) !== undefined) await session.over;
    if (this.faults.take('drop_session', name, (fault) => fault.when === 'before') !== undefined)
      this.#drop(session, 'dropped');
    if (!this.#sessions.has(id)) return { content: [] };
    this.#refuse(name, 'before');
    const reply = this.#run(session, id, operation);
    this.#refuse(name, 'after');
    if (this.faults.take('drop_session', name, (fault) => fault.when !== 'before') !== undefined)
      this.#drop(session, 'dropped');
    if (this.faults.take('bad_chunks', name) !== undefined) {
      session.netconf.sendRaw(Buffer.from('\n#0\n<broken'));
      await session.over;
    }
    return reply;
  }

  /** Refuses an operation by a fault. With `after`, the device has carried it out. */
  #refuse(operation: string, when: 'before' | 'after'): void {
    const refusal = this.faults.take('rpc_error', operation, (fault) => (fault.when ?? 'before') === when);
    if (refusal !== undefined)
      throw rpcFault(refusal.error_tag, refusal.error_message ?? 'a simulated fault');
  }

  #run(session: Session, id: number, operation: XmlElement): ServerReply {
    const { username } = session;
    this.#access.assertMayRun(username, operation);
    const reply = runOperation(canonicalIdentities(operation, this.options.model), {
      session: id,
      configuration: this.configuration,
      model: this.options.model,
      data: () => this.#data(),
      readable: (data) => this.#access.readable(username, data),
      assertMayWrite: (before, after) => this.#access.assertMayWrite(username, before, after),
      kill: (other) => {
        const victim = this.#sessions.get(other);
        if (victim !== undefined) this.#drop(victim, 'killed');
        return victim !== undefined;
      },
      shownCandidate: (config) => this.#shownCandidate(config),
      beforeCommit: () => this.#beforeCommit(),
      subscribe: (rpc) =>
        this.#subscriptions.subscribe(id, username, rpc, (message) => session.netconf.send(message)),
      ...(this.options.yangPush
        ? {
            push: (rpc: XmlElement) =>
              this.#pushes.establish(
                id,
                { username, send: (message) => session.netconf.send(message) },
                rpc,
                this.#access.readable(username, this.configuration.running),
              ),
          }
        : {}),
    });
    if (reply.close === true) session.endedBy = 'closed';
    return reply;
  }

  #data(): readonly XmlElement[] {
    const stores = ['running', 'candidate', 'startup'].filter((one) => this.configuration.has(one));
    return [
      ...this.#access.withCounters(this.options.shown(this.configuration.running)),
      yangLibrary(stores, this.#modules),
      netconfState(
        this.#modules,
        [...this.#sessions].map(([id, { username }]) => ({ id, username })),
      ),
      this.#subscriptions.state,
      ...(this.configuration.profile.commitIds
        ? [elementBuilder(CFG_NS)('cfg', this.configuration.commits.element)]
        : []),
    ];
  }

  /**
   * Returns the candidate as the device shows it. An unchanged candidate is shown truthfully, so
   * that a fault falsifies only edits.
   */
  #shownCandidate(config: Config): Config {
    const { running } = this.configuration;
    const fault = config === running ? undefined : this.faults.take('false_candidate');
    return fault === undefined ? config : falsify(fault.lie, running, config);
  }

  #beforeCommit(): 'go' | 'noop' {
    if (this.faults.take('commit_fails') !== undefined)
      throw rpcFault('operation-failed', 'a simulated fault of the commit');
    return this.faults.take('commit_noop') === undefined ? 'go' : 'noop';
  }
}
