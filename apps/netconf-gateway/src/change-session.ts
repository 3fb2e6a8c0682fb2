import { refused } from '@interlock/executor';
import type { LeafChange } from '@interlock/contracts';
import {
  capability,
  classifyError,
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
import { isUnreached } from './sessions.js';
import { changesBetween, editElements, missingCapabilities } from './device-reading.js';

/**
 * True for a fault of the device or of the way to it, so that the step may be tried again. Any
 * other fault is the gateway's own.
 */
export const isDeviceFault = (error: unknown): boolean => error instanceof NetconfError || isUnreached(error);

/** The device says that no confirmed commit of this persist-id waits. */
export const isNotPending = (error: unknown): boolean =>
  saysNothingPending(error) ||
  (error instanceof NetconfRpcError && error.errors.some((one) => one.tag === 'invalid-value'));

/**
 * The answer does not say what became of the request: some devices answer a bare `operation-failed`
 * where nothing is pending, and only reading tells.
 */
export const isUnclear = (error: unknown): boolean =>
  error instanceof NetconfRpcError && classifyError(error) === 'ambiguous';

/**
 * Somebody else holds a lock, or has left something in the way, so that the same call may succeed
 * later.
 */
export const isBusy = (error: unknown): boolean =>
  error instanceof NetconfRpcError && classifyError(error) === 'retryable';

export type Wait = (ms: number) => Promise<void>;

/**
 * The elements of an edit in the words of a session's version: 1.0 knows no `remove`, only
 * `delete`, which fails where the leaf is gone already.
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

/** Throws StepFailed where the hello lacks what is needed: fail closed. */
export const requireCapabilities = (client: NetconfClient, profile: DeviceProfile): void => {
  const missing = missingCapabilities(client, profile);
  if (missing.length > 0)
    throw refused(
      'capability-missing',
      `the device does not offer ${missing.map((uri) => `\`${uri}\``).join(', ')}`,
    );
};

/** One session that changes a device, with what the safe change asks of it. */
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
    heard: (exchange: Exchange) => void,
  ) {
    this.client = client;
    client.onExchange(heard);
    this.#profile = profile;
    this.#binding = binding;
    this.#wait = wait;
  }

  /** False where edits go to running at once, and only the inverse edit takes them back. */
  get hasCandidate(): boolean {
    return this.#profile.candidate !== 'absent';
  }

  /** False if a commit stays until the inverse edit takes it back. */
  get hasConfirmedCommit(): boolean {
    return this.#profile.confirmed_commit !== 'absent';
  }

  /** True if a confirmed commit is confirmed by its own session alone, and ends with it. */
  get isBound(): boolean {
    return this.#profile.confirmed_commit === '1.0';
  }

  /** Makes the confirmed commit permanent. */
  async confirm(persistId: string): Promise<void> {
    await this.client.commit(this.isBound ? {} : { persistId });
  }

  /**
   * Takes the confirmed commit back. Where it is bound to its session, the end of the session does
   * that.
   */
  async cancel(persistId: string): Promise<void> {
    if (this.isBound) await this.close();
    else await this.client.cancelCommit(persistId);
  }

  /**
   * Locks running, then candidate, with bounded retry; both or none. A candidate that is dirty by
   * others is waited for, never discarded. Answers what running holds under the locks.
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
          throw refused(
            'device-busy',
            `the device's configuration stayed locked: ${error instanceof Error ? error.message : ''}`,
          );
      }
      await this.#wait(Math.min(1000, 100 * attempt) * (0.5 + Math.random() / 2));
    }
  }

  /** Takes one lock if it is free; false where it is not. */
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
   * Gives back what is held, running first, all in one go; a session that is over holds nothing.
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

  /** What the candidate has and running has not. */
  async difference(running?: XmlElement): Promise<readonly LeafChange[]> {
    const [present, candidate] = await Promise.all([
      running ?? this.running(),
      this.client.getConfig('candidate'),
    ]);
    return changesBetween(present, candidate, this.#binding);
  }

  /**
   * Merges the edit into the candidate, tested first, all or nothing. Where there is none, the edit
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
   * Makes the edit running: by a commit, confirmed if `confirmed` is given and the device has that,
   * or by the one edit of running that a device without a candidate takes in a session.
   */
  async commit(confirmed?: Commit['confirmed'], options?: RpcOptions): Promise<void> {
    if (this.hasCandidate) {
      const { persist, ...timer } = confirmed ?? {};
      const known = persist === undefined || this.isBound ? timer : { ...timer, persist };
      const isConfirmed = confirmed !== undefined && this.hasConfirmedCommit;
      await this.client.commit(isConfirmed ? { confirmed: known } : {}, options);
      return;
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
  }

  /** Has the device keep running over a restart, where it starts from another datastore. */
  async persist(): Promise<void> {
    if (!this.hasConfirmedCommit && this.client.has(capability.startup))
      await this.client.copyConfig('startup', 'running');
  }

  async discard(): Promise<void> {
    await this.client.discardChanges();
    this.#edited = false;
  }

  /** What was edited has been committed: there is nothing to discard. */
  committed(): void {
    this.#edited = false;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** It was closed, or ended by itself. */
  get over(): boolean {
    return this.#closed || this.client.session.endedBy !== undefined;
  }

  /** Ends the session, once; locks go with it. */
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
 * True where the request may have reached the device and its answer did not come: only reading
 * tells what happened.
 */
export const isUnknownOutcome = (error: unknown): boolean =>
  error instanceof NetconfError &&
  error.sent &&
  (!(error instanceof NetconfRpcError) || classifyError(error) === 'ambiguous') &&
  !(error instanceof NetconfClosedError && !error.sent);
