import { rpcFault, type XmlElement } from '@interlock/netconf';
import { Commits } from './commits.js';
import { startLongTimer, type LongTimer } from './long-timer.js';
import { lockDenied, Locks, type Store } from './locks.js';
import type { DeviceProfile } from './profiles.js';

export type Config = readonly XmlElement[];

/** A confirmed commit that is pending. */
type Tentative = {
  readonly before: Config;
  readonly owner: number;
  readonly persist: string | undefined;
  readonly timer: LongTimer;
};

/** A candidate with uncommitted changes, and the running configuration that it started from. */
type Candidate = { readonly config: Config; readonly base: Config };

/** A change of the running datastore. */
export type Change =
  | { readonly kind: 'committed' | 'confirmed' | 'edited'; readonly session: number; readonly before: Config }
  | {
      readonly kind: 'tentative' | 'extended';
      readonly session: number;
      readonly before: Config;
      readonly timeoutS: number;
    }
  | {
      readonly kind: 'rolled_back';
      readonly session: number;
      readonly before: Config;
      readonly why: 'cancel' | 'timeout' | 'session';
    };

/** Callbacks for effects outside the datastores. */
export type ConfigurationHooks = {
  readonly load: () => Config;
  readonly save: (config: Config) => void;
  readonly changed: (change: Change) => void;
  readonly lockBlocksRollback: () => boolean;
};

const SHARED = 0;

/**
 * The datastores of one device with their locks and the confirmed commit. Sessions are numbers; 0
 * is an entity outside NETCONF.
 */
export class Configuration {
  readonly locks = new Locks();
  readonly commits: Commits;
  readonly #candidates = new Map<number, Candidate>();
  #running: Config;
  #tentative: Tentative | undefined;

  constructor(
    readonly profile: DeviceProfile,
    readonly hooks: ConfigurationHooks,
  ) {
    this.#running = hooks.load();
    this.commits = new Commits(this.#running);
  }

  get running(): Config {
    return this.#running;
  }

  get tentative(): boolean {
    return this.#tentative !== undefined;
  }

  /** True for a datastore of this device. */
  has(name: string): name is Store {
    return (
      name === 'running' ||
      (name === 'candidate' && this.profile.candidate !== 'none') ||
      (name === 'startup' && this.profile.startup)
    );
  }

  read(session: number, store: Store): Config {
    if (store === 'startup') return this.hooks.load();
    return store === 'candidate'
      ? (this.#candidates.get(this.#key(session))?.config ?? this.#running)
      : this.#running;
  }

  /**
   * Replaces a datastore.
   * @throws NetconfRpcError if this session may not write it now
   */
  write(session: number, store: Store, config: Config): void {
    if (store === 'running' && !this.profile.writableRunning)
      throw rpcFault('operation-not-supported', 'running is not writable', { type: 'protocol' });
    this.locks.assertFree(session, store);
    if (store === 'candidate') {
      const key = this.#key(session);
      this.#candidates.set(key, { config, base: this.#candidates.get(key)?.base ?? this.#running });
    } else if (store === 'startup') this.hooks.save(config);
    else {
      const before = this.#running;
      this.#run(config);
      if (!this.profile.startup) this.hooks.save(config);
      this.hooks.changed({ kind: 'edited', session, before });
    }
  }

  lock(session: number, store: Store): void {
    const isPrivate = store === 'candidate' && this.profile.candidate === 'private';
    if (isPrivate) return;
    if (this.locks.holder(store) === undefined) {
      if (store === 'candidate' && this.#candidates.has(SHARED))
        throw lockDenied(0, 'the candidate holds uncommitted changes');
      const pending = this.#tentative;
      if (store === 'running' && pending !== undefined && pending.owner !== session)
        throw lockDenied(pending.owner, 'a confirmed commit of another session is pending');
    }
    this.locks.take(session, store);
  }

  unlock(session: number, store: Store): void {
    if (store === 'candidate') {
      if (this.profile.candidate === 'private') return;
      this.locks.release(session, store);
      this.#candidates.delete(SHARED);
    } else this.locks.release(session, store);
  }

  discard(session: number): void {
    this.locks.assertFree(session, 'candidate');
    this.#candidates.delete(this.#key(session));
  }

  /**
   * Commits the candidate. With `confirmed`, the change is rolled back unless it is confirmed in
   * time.
   */
  commit(
    session: number,
    confirmed: { readonly timeoutS: number; readonly persist: string | undefined } | undefined,
    persistId: string | undefined,
  ): void {
    this.#assertMayFinish(session, persistId);
    const candidate = this.#candidates.get(this.#key(session));
    if (candidate !== undefined && this.profile.candidate === 'private' && candidate.base !== this.#running) {
      throw rpcFault('operation-failed', 'running has changed since this candidate was made', {
        type: 'application',
        appTag: 'data-conflict',
      });
    }
    const earlier = this.#tentative;
    const before = this.#running;
    earlier?.timer.stop();
    this.#tentative = undefined;
    if (candidate !== undefined) this.#run(candidate.config);
    this.#candidates.delete(this.#key(session));
    if (confirmed === undefined) {
      this.hooks.save(this.#running);
      this.hooks.changed({ kind: earlier === undefined ? 'committed' : 'confirmed', session, before });
      return;
    }
    const timer = startLongTimer(confirmed.timeoutS * 1000, () => this.#rollBack('timeout'));
    this.#tentative = {
      before: earlier?.before ?? before,
      owner: session,
      persist: confirmed.persist,
      timer,
    };
    this.hooks.changed({
      kind: earlier === undefined ? 'tentative' : 'extended',
      session,
      before,
      timeoutS: confirmed.timeoutS,
    });
  }

  cancel(session: number, persistId: string | undefined): void {
    if (this.#tentative === undefined)
      throw rpcFault('operation-failed', 'no confirmed commit is pending', {
        type: 'protocol',
        appTag: 'no-pending-commit',
      });
    this.#assertMayFinish(session, persistId);
    this.#rollBack('cancel');
  }

  /**
   * Makes running what a commit had made it.
   * @throws NetconfRpcError if this session may not write running now, or the commit is not known
   */
  rollBackTo(session: number, id: string, mayGo: (config: Config) => boolean): void {
    this.locks.assertFree(session, 'running');
    if (this.#tentative !== undefined)
      throw rpcFault('in-use', 'a confirmed commit is pending', { type: 'protocol' });
    const config = this.commits.find(id);
    if (config === undefined)
      throw rpcFault('invalid-value', `there is no commit \`${id}\``, { type: 'application' });
    if (!mayGo(config)) return;
    const before = this.#running;
    this.#run(config);
    this.hooks.save(config);
    this.hooks.changed({ kind: 'committed', session, before });
  }

  /**
   * Releases what a session held: its locks, an uncommitted candidate under its lock, and a
   * confirmed commit without persist.
   */
  sessionEnded(session: number): void {
    if (this.#tentative?.owner === session && this.#tentative.persist === undefined)
      this.#rollBack('session');
    if (this.locks.holder('candidate') === session) this.#candidates.delete(SHARED);
    if (this.profile.candidate === 'private') this.#candidates.delete(session);
    this.locks.releaseAll(session);
  }

  /** Forgets all unsaved state, and starts with the saved configuration. */
  restart(): void {
    this.#tentative?.timer.stop();
    this.#tentative = undefined;
    this.#candidates.clear();
    this.locks.clear();
    this.#run(this.hooks.load());
  }

  #run(config: Config): void {
    this.#running = config;
    this.commits.note(config);
  }

  #key(session: number): number {
    return this.profile.candidate === 'private' ? session : SHARED;
  }

  #assertMayFinish(session: number, persistId: string | undefined): void {
    const pending = this.#tentative;
    if (pending === undefined) {
      if (persistId !== undefined)
        throw rpcFault('invalid-value', 'no confirmed commit is pending', {
          type: 'protocol',
          appTag: 'no-pending-commit',
        });
      return;
    }
    if (pending.persist !== undefined && pending.persist !== persistId)
      throw rpcFault('invalid-value', 'the persist-id is not that of the pending commit', {
        type: 'protocol',
      });
    if (pending.persist === undefined && persistId !== undefined)
      throw rpcFault('invalid-value', 'the pending commit has no persist-id', { type: 'protocol' });
    if (pending.persist === undefined && pending.owner !== session)
      throw rpcFault('in-use', 'another session has a confirmed commit pending', { type: 'protocol' });
  }

  #rollBack(why: 'cancel' | 'timeout' | 'session'): void {
    const pending = this.#tentative;
    if (pending === undefined) return;
    pending.timer.stop();
    this.#tentative = undefined;
    if (this.locks.holder('running') !== undefined && this.hooks.lockBlocksRollback()) return;
    const before = this.#running;
    this.#run(pending.before);
    this.hooks.changed({ kind: 'rolled_back', session: pending.owner, before, why });
  }
}
