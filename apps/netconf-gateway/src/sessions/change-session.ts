import { refused } from '@interlock/executor';
import type { LeafChange } from '@interlock/contracts';
import {
  capability,
  classifyError,
  lockHolder,
  NETCONF_NS,
  NetconfClosedError,
  NetconfError,
  NetconfRpcError,
  saysNothingPending,
  type Commit,
  type Exchange,
  type NetconfClient,
  type RpcOptions,
  type XmlElement,
} from '@interlock/netconf';
import type { Binding, DeviceProfile } from '@interlock/network';
import { commitIdIn, lastCommitId, rollbackByCommitId } from './commit-ids.js';
import { isUnreached } from './sessions.js';
import { changesBetween, editElements, missingCapabilities } from '../devices/device-reading.js';

/**
 * Returns whether the device or the connection caused a fault, so that the step may be retried. Any
 * other fault is the gateway's own.
 */
export const isDeviceFault = (error: unknown): boolean => error instanceof NetconfError || isUnreached(error);

/** Returns whether the device says that no confirmed commit of this persist-id is pending. */
export const isNotPending = (error: unknown): boolean =>
  saysNothingPending(error) ||
  (error instanceof NetconfRpcError && error.errors.some((one) => one.tag === 'invalid-value'));

/**
 * Returns whether another session holds a lock or has left changes, so that the same call may
 * succeed later.
 */
export const isBusy = (error: unknown): boolean =>
  error instanceof NetconfRpcError && classifyError(error) === 'retryable';

/** Returns who holds the lock, if the device says so, and the device's message. */
const holderOf = (error: unknown): string => {
  if (!(error instanceof NetconfRpcError)) return '';
  const holder = error.errors.map(lockHolder).find((id) => id !== undefined && /^\d{1,10}$/.test(id));
  return `${holder === undefined ? '' : ` by session \`${holder}\``}: ${error.message}`;
};

export type Wait = (ms: number) => Promise<void>;

/**
 * Returns the elements of an edit for a session's version. NETCONF 1.0 has no `remove`, only
 * `delete`, which fails if the leaf no longer exists.
 */
const inWordsOf = (version: '1.0' | '1.1', elements: readonly XmlElement[]): readonly XmlElement[] =>
  version === '1.1'
    ? elements
    : elements.map((element) => ({
        ...element,
        attributes: element.attributes.map((one) =>
          one.namespace === NETCONF_NS && one.name === 'operation' && one.value === 'remove'
            ? { ...one, value: 'delete' }
            : one,
        ),
        children: element.children.map((child) =>
          typeof child === 'string' ? child : inWordsOf(version, [child])[0]!,
        ),
      }));

/** Throws StepFailed if the device's hello lacks a required capability. */
export const requireCapabilities = (client: NetconfClient, profile: DeviceProfile): void => {
  const missing = missingCapabilities(client, profile);
  if (missing.length > 0)
    throw refused(
      'capability-missing',
      `the device does not offer ${missing.map((uri) => `\`${uri}\``).join(', ')}`,
    );
};

/** One session that changes a device, with the operations of a safe change. */
export class ChangeSession {
  readonly client: NetconfClient;
  readonly #profile: DeviceProfile;
  readonly #binding: Binding;
  readonly #wait: Wait;
  readonly #held = new Set<'running' | 'candidate'>();
  #edited = false;
  #staged = '';
  #closed = false;

  constructor(
    client: NetconfClient,
    profile: DeviceProfile,
    binding: Binding,
    wait: Wait,
    onExchange: (exchange: Exchange) => void,
  ) {
    this.client = client;
    client.onExchange(onExchange);
    this.#profile = profile;
    this.#binding = binding;
    this.#wait = wait;
  }

  /** False if edits go directly to running, so that only the inverse edit takes them back. */
  get hasCandidate(): boolean {
    return this.#profile.candidate !== 'absent';
  }

  /** False if a commit is permanent until the inverse edit takes it back. */
  get hasConfirmedCommit(): boolean {
    return this.#profile.confirmed_commit !== 'absent';
  }

  /**
   * True if only its own session can confirm a confirmed commit, and ending that session cancels
   * it.
   */
  get isBound(): boolean {
    return this.#profile.confirmed_commit === '1.0';
  }

  /** Makes the confirmed commit permanent. */
  async confirm(persistId: string): Promise<void> {
    await this.client.commit(this.isBound ? {} : { persistId });
  }

  /**
   * Cancels the confirmed commit. If it is bound to its session, the end of the session does that.
   */
  async cancel(persistId: string): Promise<void> {
    if (this.isBound) await this.close();
    else await this.client.cancelCommit(persistId);
  }

  /**
   * Locks running, then candidate, with bounded retries; it takes both or neither. It waits for a
   * candidate with changes of others, and never discards them. Returns running as it is under the
   * locks.
   */
  async lock(waitMs: number): Promise<XmlElement> {
    const end = performance.now() + waitMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#take('running');
        if (this.hasCandidate) await this.#take('candidate');
        const running = await this.running();
        const dirty = this.hasCandidate ? await this.difference(running) : [];
        if (dirty.length === 0) return running;
        await this.unlock();
        if (performance.now() >= end)
          throw refused('candidate-dirty', `the candidate holds ${dirty.length} changes of others`);
      } catch (error) {
        await this.unlock();
        if (!isBusy(error)) throw error;
        if (performance.now() >= end)
          throw refused('device-busy', `the device's configuration stayed locked${holderOf(error)}`);
      }
      await this.#wait(Math.min(1000, 100 * attempt) * (0.5 + Math.random() / 2));
    }
  }

  /** Takes one lock. Returns false if it is not free. */
  async tryLock(target: 'running' | 'candidate'): Promise<boolean> {
    try {
      await this.#take(target);
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  /**
   * Releases the held locks, running first, without waiting in between. A closed session holds no
   * locks.
   */
  async unlock(): Promise<void> {
    const held = (['running', 'candidate'] as const).filter((target) => this.#held.delete(target));
    const asked: Promise<unknown>[] = [];
    for (const target of held) {
      if (target === 'candidate' && this.#edited) asked.push(this.client.discardChanges());
      asked.push(this.client.unlock(target));
    }
    for (const { reason } of (await Promise.allSettled(asked)).filter((one) => one.status === 'rejected')) {
      if (!(reason instanceof NetconfError)) throw reason;
      this.client.destroy();
    }
  }

  running(): Promise<XmlElement> {
    return this.client.getConfig('running');
  }

  /** Returns the leaves in which the candidate differs from running. */
  async difference(running?: XmlElement): Promise<readonly LeafChange[]> {
    const [present, candidate] = await Promise.all([
      running ?? this.running(),
      this.client.getConfig('candidate'),
    ]);
    return changesBetween(present, candidate, this.#binding);
  }

  /**
   * Merges the edit into the candidate, tested first, all or nothing. Without a candidate, the edit
   * is kept for `commit`.
   */
  async edit(xml: string): Promise<void> {
    if (!this.hasCandidate) {
      this.#staged = xml;
      return;
    }
    this.#edited = true;
    await this.client.editConfig({
      target: 'candidate',
      config: this.#elements(xml),
      defaultOperation: 'merge',
      testOption: 'test-then-set',
      errorOption: 'rollback-on-error',
    });
  }

  /**
   * Makes the edit running. A device with a candidate gets a commit, which is confirmed if
   * `confirmed` is given and the device supports it. A device without one gets a single edit of
   * running. Returns the id of the commit; null if the device names none.
   */
  async commit(confirmed?: Commit['confirmed'], options?: RpcOptions): Promise<string | null> {
    if (this.hasCandidate) {
      const { persist, ...timer } = confirmed ?? {};
      const known = persist === undefined || this.isBound ? timer : { ...timer, persist };
      const isConfirmed = confirmed !== undefined && this.hasConfirmedCommit;
      return commitIdIn(await this.client.commit(isConfirmed ? { confirmed: known } : {}, options));
    }
    await this.client.editConfig(
      {
        target: 'running',
        config: this.#elements(this.#staged),
        defaultOperation: 'merge',
        errorOption: 'rollback-on-error',
      },
      options,
    );
    return null;
  }

  /** Returns the id of the device's last commit; null if its profile or the device has none. */
  async lastCommit(): Promise<string | null> {
    return this.#profile.rollback === 'commit-id' ? lastCommitId(this.client) : null;
  }

  /** Makes running what a commit had made it, which is a new commit. */
  async rollBackTo(commitId: string, options?: RpcOptions): Promise<void> {
    await this.client.rpc(rollbackByCommitId(commitId), options);
  }

  /** Copies running to startup if the device would otherwise lose it at a restart. */
  async persist(): Promise<void> {
    if (!this.hasConfirmedCommit && this.client.has(capability.startup))
      await this.client.copyConfig('startup', 'running');
  }

  async discard(): Promise<void> {
    await this.client.discardChanges();
    this.#edited = false;
  }

  /** Notes that the edit was committed, so that there is nothing to discard. */
  committed(): void {
    this.#edited = false;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the session was closed or has ended by itself. */
  get over(): boolean {
    return this.#closed || this.client.session.endedBy !== undefined;
  }

  /** Ends the session once, and with it its locks. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.unlock();
    await this.client.close();
  }

  #elements(xml: string): readonly XmlElement[] {
    return inWordsOf(this.client.session.version, editElements(xml));
  }

  async #take(target: 'running' | 'candidate'): Promise<void> {
    if (this.#held.has(target)) return;
    await this.client.lock(target);
    this.#held.add(target);
  }
}

/**
 * Returns whether a request may have reached the device without an answer. Only reading shows what
 * happened.
 */
export const isUnknownOutcome = (error: unknown): boolean =>
  error instanceof NetconfError &&
  error.sent &&
  (!(error instanceof NetconfRpcError) || classifyError(error) === 'ambiguous') &&
  !(error instanceof NetconfClosedError && !error.sent);
