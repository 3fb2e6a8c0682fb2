import { backOffMs, nextLookMs, ProblemError } from '@interlock/kernel';
import { counterOf, gaugeOf, type ServiceContext } from '@interlock/platform';
import type { Inconsistencies } from '../checkpoints/inconsistencies.js';
import { Contradiction, MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

/** The latest signed head in short: its size, and the number of witnesses that cosigned it. */
export type Latest = { readonly size: string; readonly witnesses: string };

export type WorkerParts = {
  readonly latest: () => Promise<Latest | null>;
  readonly load: () => Promise<SignedHead | null>;
  readonly inconsistencies: Inconsistencies;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>;
  readonly maxLagMs: number;
};

const roundMs = 400;
const longestMs = 60_000;
type RetryState = { readonly since: number; attempts: number; notBefore: number };

/**
 * Brings one mirror up to the latest head, round by round, and keeps trying. Nothing waits for it.
 */
export class MirrorWorker {
  #done: string | null = null;
  #waiting: RetryState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  #stopped = true;
  #pausedUntil = 0;
  #failures = 0;
  #looksInVain = 0;
  #fault = '';

  constructor(
    readonly mirror: Mirror,
    private readonly parts: WorkerParts,
  ) {}

  start(): void {
    this.#stopped = false;
    this.#pausedUntil = 0;
    this.#looksInVain = 0;
    this.#next();
  }

  /**
   * Stops the work. Another instance may continue, so this one no longer knows the mirror's state.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.mirror.cut?.();
    await this.#round;
    this.#done = null;
    this.#waiting = null;
    this.#measure();
  }

  /** Throws `not-current` if a head has waited for too long. */
  check(): void {
    const waits = this.#behindMs();
    if (waits > this.parts.maxLagMs)
      throw new ProblemError(
        'not-current',
        `${this.mirror.name} is ${Math.round(waits / 1000)} s behind: ${this.#fault}`,
      );
  }

  /**
   * The time in milliseconds for which a signed head has waited; 0 if the mirror has taken every
   * head.
   */
  get behindMs(): number {
    return this.#behindMs();
  }

  #behindMs(): number {
    return this.#waiting === null ? 0 : performance.now() - this.#waiting.since;
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        this.#round = this.#run()
          .catch((error: unknown) => this.#failed(error))
          .finally(() => {
            this.#measure();
            this.#next();
          });
      },
      nextLookMs(this.#looksInVain, roundMs),
    );
  }

  async #run(): Promise<void> {
    if (performance.now() < this.#pausedUntil) return;
    const latest = await this.parts.latest();
    const mark = latest === null ? null : this.#markOf(latest);
    if (mark === null || mark === this.#done) {
      this.#looksInVain += 1;
      return;
    }
    this.#looksInVain = 0;
    const now = performance.now();
    this.#waiting ??= { since: now, attempts: 0, notBefore: 0 };
    if (this.#stopped || this.#waiting.notBefore > now || !(await this.#take(this.#waiting))) return;
    await this.mirror.settle?.();
    this.#done = mark;
    this.#waiting = null;
    // A readable mirror is compared before each signature, because it may hold more than this
    // worker brought. Other mirrors agree by taking the head.
    if (this.mirror.held === undefined)
      await this.parts.inconsistencies.resolved(this.mirror.name, 'it has every signed checkpoint');
    this.#failures = 0;
    this.#fault = '';
  }

  /**
   * Returns the mark of a head. It changes with the size, and with more cosignatures unless the
   * mirror takes each size once.
   */
  #markOf({ size, witnesses }: Latest): string {
    return this.mirror.once === true ? size : `${size}/${witnesses}`;
  }

  /** Returns true if the mirror took the head. Throws if no other head would succeed now. */
  async #take(waiting: RetryState): Promise<boolean> {
    const head = await this.parts.load();
    if (head === null) return false;
    try {
      await this.mirror.take(head);
      return true;
    } catch (error) {
      if (error instanceof Contradiction) {
        this.mirror.forget?.();
        await this.parts.inconsistencies.found(this.mirror.name, error.size, error.message);
      }
      if (error instanceof MirrorFailure && error.everywhere) throw error;
      waiting.attempts += 1;
      waiting.notBefore = performance.now() + pauseAfter(waiting.attempts);
      this.#tell(error);
      return false;
    }
  }

  #failed(error: unknown): void {
    if (this.#stopped) return;
    // The mirror may have lost what it took, e.g. because its repository was recreated. So
    // everything is sent again.
    if (this.mirror.once !== true) this.#done = null;
    this.#failures += 1;
    this.#pausedUntil = performance.now() + pauseAfter(this.#failures);
    this.#tell(error);
  }

  #tell(error: unknown): void {
    const { metrics, service, logger } = this.parts.context;
    counterOf(metrics, 'audit_mirror_failures_total').inc({ service, mirror: this.mirror.name });
    const known = error instanceof MirrorFailure || error instanceof Contradiction;
    const fault = known ? error.message : 'it failed; see the log of the service';
    if (fault !== this.#fault)
      logger.warn(
        { err: error, mirror: this.mirror.name },
        'a mirror did not take a checkpoint, and is tried again',
      );
    this.#fault = fault;
  }

  #measure(): void {
    const { metrics, service } = this.parts.context;
    gaugeOf(metrics, 'audit_mirror_behind_seconds').set(
      { service, mirror: this.mirror.name },
      this.#behindMs() / 1000,
    );
  }
}

const pauseAfter = (failures: number): number => backOffMs(failures, 500, longestMs, Math.random());
