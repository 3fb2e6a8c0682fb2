import { backOffMs, nextLookMs, ProblemError } from '@interlock/kernel';
import { counterOf, gaugeOf, type ServiceContext } from '@interlock/platform';
import type { Inconsistencies } from '../checkpoints/inconsistencies.js';
import { Contradiction, MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

/** A tree's latest signed head in short: its size, and how many cosigned it. */
export type Latest = { readonly tree: string; readonly size: string; readonly witnesses: string };

export type WorkerParts = {
  readonly latest: () => Promise<readonly Latest[]>;
  readonly load: (tree: string) => Promise<SignedHead | null>;
  readonly inconsistencies: Inconsistencies;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>;
  readonly patienceMs: number;
};

const roundMs = 400;
const longestMs = 60_000;
type RetryState = { readonly since: number; attempts: number; notBefore: number };

/** Brings one mirror up to the latest heads, round by round, and keeps trying. Nothing waits for it. */
export class MirrorWorker {
  readonly #done = new Map<string, string>();
  readonly #waiting = new Map<string, RetryState>();
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

  /** Ends what is under way; what another instance does from now on is not known here. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.mirror.cut?.();
    await this.#round;
    this.#done.clear();
    this.#waiting.clear();
    this.#measure();
  }

  /** Throws `not-current` where a head has waited for too long. */
  check(): void {
    const waits = this.#behindMs();
    if (waits > this.parts.patienceMs)
      throw new ProblemError(
        'not-current',
        `${this.mirror.name} is ${Math.round(waits / 1000)} s behind: ${this.#fault}`,
      );
  }

  /** Milliseconds since which it has not taken what is signed; 0 where it has taken all. */
  get behindMs(): number {
    return this.#behindMs();
  }

  #behindMs(): number {
    const now = performance.now();
    return [...this.#waiting.values()].reduce((longest, { since }) => Math.max(longest, now - since), 0);
  }

  #next(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(
      () => {
        this.#round = this.#run()
          .catch((error: unknown) => {
            this.#failed(error);
          })
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
    const now = performance.now();
    const behind = (await this.parts.latest())
      .map((latest) => ({ tree: latest.tree, mark: this.#markOf(latest) }))
      .filter(({ tree, mark }) => this.#done.get(tree) !== mark);
    this.#looksInVain = behind.length === 0 ? this.#looksInVain + 1 : 0;
    for (const { tree } of behind)
      if (!this.#waiting.has(tree)) this.#waiting.set(tree, { since: now, attempts: 0, notBefore: 0 });
    const due = behind.filter(({ tree }) => this.#waiting.get(tree)!.notBefore <= now);
    const taken: (typeof due)[number][] = [];
    for (const latest of due) {
      if (this.#stopped) return;
      if (await this.#take(latest.tree)) taken.push(latest);
    }
    if (taken.length === 0) return;
    await this.mirror.settle?.();
    for (const { tree, mark } of taken) {
      this.#done.set(tree, mark);
      this.#waiting.delete(tree);
      await this.parts.inconsistencies.resolved(this.mirror.name, tree, 'it has taken what is signed');
    }
    this.#failures = 0;
    if (this.#waiting.size === 0) this.#fault = '';
  }

  /** Another mark is another head, or the same with more cosignatures where that is something new to the mirror. */
  #markOf({ size, witnesses }: Latest): string {
    return this.mirror.once === true ? size : `${size}/${witnesses}`;
  }

  /** True where the mirror took the tree's head. Throws where no other would fare better now. */
  async #take(tree: string): Promise<boolean> {
    const head = await this.parts.load(tree);
    if (head === null) return false;
    try {
      await this.mirror.take(head);
      return true;
    } catch (error) {
      if (error instanceof Contradiction) {
        this.mirror.forget?.();
        await this.parts.inconsistencies.found(this.mirror.name, tree, error.size, error.message);
      }
      if (error instanceof MirrorFailure && error.everywhere) throw error;
      const waiting = this.#waiting.get(tree)!;
      waiting.attempts += 1;
      waiting.notBefore = performance.now() + pauseAfter(waiting.attempts);
      this.#tell(error);
      return false;
    }
  }

  #failed(error: unknown): void {
    if (this.#stopped) return;
    // What it took before may be gone, as where a repository was made anew: all is brought again.
    if (this.mirror.once !== true) this.#done.clear();
    this.#failures += 1;
    this.#pausedUntil = performance.now() + pauseAfter(this.#failures);
    this.#tell(error);
  }

  #tell(error: unknown): void {
    const { metrics, service, logger } = this.parts.context;
    counterOf(
      metrics,
      'audit_mirror_failures_total',
      'checkpoints that a mirror or witness did not take, each try',
      ['service', 'mirror'],
    ).inc({ service, mirror: this.mirror.name });
    const known = error instanceof MirrorFailure || error instanceof Contradiction;
    const fault = known ? error.message : 'it failed, the log says why';
    if (fault !== this.#fault)
      logger.warn(
        { err: error, mirror: this.mirror.name },
        'a mirror did not take a checkpoint, and is tried again',
      );
    this.#fault = fault;
  }

  #measure(): void {
    const { metrics, service } = this.parts.context;
    gaugeOf(
      metrics,
      'audit_mirror_behind_seconds',
      'how long the oldest checkpoint has waited for a mirror or witness',
      ['service', 'mirror'],
    ).set({ service, mirror: this.mirror.name }, this.#behindMs() / 1000);
  }
}

const pauseAfter = (failures: number): number => backOffMs(failures, 500, longestMs, Math.random());
