import { elementBuilder, NETCONF_NS, rpcFault, type NetconfRpcError, type XmlElement } from '@interlock/netconf';

export type Config = readonly XmlElement[];
export type Lockable = 'running' | 'candidate';

/** A confirmed commit that waits for its confirmation. */
type Tentative = { readonly before: Config; readonly owner: number; readonly persist: string | undefined; readonly timer: NodeJS.Timeout };

/** What happens outside the datastores. */
export type ConfigurationHooks = {
  readonly save: (config: Config) => void;
  readonly changed: (how: 'committed' | 'extended' | 'confirmed' | 'rolled_back') => void;
  readonly lockBlocksRollback: () => boolean;
};

const nc = elementBuilder(NETCONF_NS);

const lockDenied = (holder: number, message: string): NetconfRpcError =>
  rpcFault('lock-denied', message, { type: 'protocol', info: nc('error-info', nc('session-id', holder)) });

/** The datastores of one device with their locks and the confirmed commit. Sessions are numbers; 0 is an entity outside NETCONF. */
export class Configuration {
  #running: Config;
  #candidate: Config | undefined;
  #tentative: Tentative | undefined;
  readonly #locks = new Map<Lockable, number>();

  constructor(
    saved: Config,
    readonly hooks: ConfigurationHooks,
  ) {
    this.#running = saved;
  }

  get running(): Config {
    return this.#running;
  }

  get candidate(): Config {
    return this.#candidate ?? this.#running;
  }

  get tentative(): boolean {
    return this.#tentative !== undefined;
  }

  holder(target: Lockable): number | undefined {
    return this.#locks.get(target);
  }

  /** Takes a lock for somebody outside NETCONF, or gives it back. */
  holdFromOutside(target: Lockable, held: boolean): void {
    if (held) this.#locks.set(target, 0);
    else if (this.#locks.get(target) === 0) this.#locks.delete(target);
  }

  lock(session: number, target: Lockable): void {
    const holder = this.#locks.get(target);
    if (holder !== undefined) throw lockDenied(holder, `${target} is locked`);
    if (target === 'candidate' && this.#candidate !== undefined) throw lockDenied(0, 'the candidate holds uncommitted changes');
    const pending = this.#tentative;
    if (target === 'running' && pending !== undefined && pending.owner !== session) throw lockDenied(pending.owner, 'a confirmed commit of another session is pending');
    this.#locks.set(target, session);
  }

  unlock(session: number, target: Lockable): void {
    if (this.#locks.get(target) !== session) throw rpcFault('operation-failed', `this session holds no lock on ${target}`, { type: 'protocol' });
    this.#locks.delete(target);
    if (target === 'candidate') this.#candidate = undefined;
  }

  /** @throws NetconfRpcError `in-use` when another holds the lock */
  assertFree(session: number, ...targets: readonly Lockable[]): void {
    for (const target of targets) {
      const holder = this.#locks.get(target);
      if (holder !== undefined && holder !== session) {
        throw rpcFault('in-use', `${target} is locked by session ${holder}`, { type: 'protocol', info: nc('error-info', nc('session-id', holder)) });
      }
    }
  }

  setCandidate(config: Config): void {
    this.#candidate = config;
  }

  discard(): void {
    this.#candidate = undefined;
  }

  /** Changes running directly, where a profile allows it. */
  setRunning(config: Config): void {
    this.#running = config;
    if (this.#tentative === undefined) this.hooks.save(config);
    this.hooks.changed('committed');
  }

  /** Commits the candidate; with `confirmed`, until it is confirmed in time. */
  commit(session: number, confirmed: { readonly timeoutS: number; readonly persist: string | undefined } | undefined, persistId: string | undefined): void {
    this.#assertMayFinish(session, persistId);
    const earlier = this.#tentative;
    const before = earlier?.before ?? this.#running;
    if (earlier !== undefined) clearTimeout(earlier.timer);
    this.#tentative = undefined;
    if (this.#candidate !== undefined) this.#running = this.#candidate;
    this.#candidate = undefined;
    if (confirmed === undefined) {
      this.hooks.save(this.#running);
      this.hooks.changed(earlier === undefined ? 'committed' : 'confirmed');
      return;
    }
    const timer = setTimeout(() => this.#rollBack(), confirmed.timeoutS * 1000);
    timer.unref();
    this.#tentative = { before, owner: session, persist: confirmed.persist, timer };
    this.hooks.changed(earlier === undefined ? 'committed' : 'extended');
  }

  cancel(session: number, persistId: string | undefined): void {
    if (this.#tentative === undefined) throw rpcFault('operation-failed', 'no confirmed commit is pending', { type: 'protocol', appTag: 'no-pending-commit' });
    this.#assertMayFinish(session, persistId);
    this.#rollBack();
  }

  /** Gives back what a session held: locks, an uncommitted candidate under its lock, a confirmed commit without persist. */
  sessionEnded(session: number): void {
    if (this.#tentative?.owner === session && this.#tentative.persist === undefined) this.#rollBack();
    if (this.#locks.get('candidate') === session) this.#candidate = undefined;
    for (const [target, holder] of this.#locks) if (holder === session) this.#locks.delete(target);
  }

  /** Forgets everything that a restart forgets; `saved` is what the device starts with. */
  restart(saved: Config): void {
    if (this.#tentative !== undefined) clearTimeout(this.#tentative.timer);
    this.#tentative = undefined;
    this.#candidate = undefined;
    this.#locks.clear();
    this.#running = saved;
  }

  #assertMayFinish(session: number, persistId: string | undefined): void {
    const pending = this.#tentative;
    if (pending === undefined) {
      if (persistId !== undefined) throw rpcFault('invalid-value', 'no confirmed commit is pending', { type: 'protocol', appTag: 'no-pending-commit' });
      return;
    }
    if (pending.persist !== undefined && pending.persist !== persistId) throw rpcFault('invalid-value', 'the persist-id is not that of the pending commit', { type: 'protocol' });
    if (pending.persist === undefined && persistId !== undefined) throw rpcFault('invalid-value', 'the pending commit has no persist-id', { type: 'protocol' });
    if (pending.persist === undefined && pending.owner !== session) throw rpcFault('in-use', 'another session has a confirmed commit pending', { type: 'protocol' });
  }

  #rollBack(): void {
    const pending = this.#tentative;
    if (pending === undefined) return;
    clearTimeout(pending.timer);
    this.#tentative = undefined;
    if (this.#locks.has('running') && this.hooks.lockBlocksRollback()) return;
    this.#running = pending.before;
    this.hooks.changed('rolled_back');
  }
}
