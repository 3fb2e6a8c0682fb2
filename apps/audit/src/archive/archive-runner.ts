import { setTimeout as sleep } from 'node:timers/promises';
import { backOffMs, isProblem, positionOrNull, ProblemError } from '@interlock/kernel';
import { counterOf, gaugeOf, type ServiceContext } from '@interlock/platform';
import type { Archiver } from './archiver.js';

export type Lock = { readonly holds: () => Promise<boolean>; readonly release: () => Promise<void> };
export type ArchiveRunnerOptions = {
  readonly archiver: Archiver;
  readonly location: string;
  /** Takes the archive's lock. Returns null while another instance holds it. */
  readonly lock: () => Promise<Lock | null>;
  readonly logger: ServiceContext['logger'];
  readonly metrics: ServiceContext['metrics'];
  /** Milliseconds between two steps, and the longest pause after a failure. */
  readonly everyMs?: number;
  readonly mostMs?: number;
  /** Aborts the store's pending requests if a stop has waited long enough for them. */
  readonly cut: AbortController;
};

const graceMs = 5000;

/**
 * `archiving`: this instance archives. `standing_by`: another instance does. `failing`: a part that
 * it needs does not answer. `stopped`: the archive and the log contradict each other.
 */
export type ArchiveState =
  'starting' | 'archiving' | 'standing_by' | 'waiting_for_tree' | 'failing' | 'stopped';
export type ArchiveFaultSeen = {
  readonly code: string;
  readonly detail: string;
  readonly remedy: string | null;
};

/** Archives for as long as the service runs, while this instance holds the lock. */
export class ArchiveRunner {
  readonly #options: ArchiveRunnerOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #state: ArchiveState = 'starting';
  #fault: ArchiveFaultSeen | null = null;

  constructor(options: ArchiveRunnerOptions) {
    this.#options = options;
  }

  get state(): ArchiveState {
    return this.#state;
  }

  /** The last failure. Null once archiving has continued. */
  get fault(): ArchiveFaultSeen | null {
    return this.#fault;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    const timer = setTimeout(() => this.#options.cut.abort(), graceMs);
    await this.#running;
    clearTimeout(timer);
    this.#options.archiver.archive.store.close();
  }

  /**
   * Throws `archive-contradicted` once the archive and the log contradict each other. Metrics and
   * the API report a store that does not answer; audit does everything else without it.
   */
  check(): void {
    if (this.#state === 'stopped')
      throw new ProblemError(
        'archive-contradicted',
        this.#fault?.detail ?? 'the archive and the log do not agree',
        this.#fault?.remedy === null || this.#fault === null ? {} : { remedy: this.#fault.remedy },
      );
  }

  async #run(): Promise<void> {
    const { lock, everyMs = 2000, mostMs = 60_000, logger } = this.#options;
    for (let failures = 0; !this.#stopping;) {
      let held: Lock | null = null;
      try {
        held = await lock();
        if (held === null) this.#become('standing_by');
        else
          await this.#archive(held, everyMs, () => {
            failures = 0;
          });
        failures = 0;
      } catch (error) {
        if (this.#stopping) break;
        this.#tell(error);
        if (this.#state === 'stopped') break;
        failures += 1;
      } finally {
        await held
          ?.release()
          .catch((error: unknown) => logger.warn({ err: error }, "the archive's lock was not given back"));
      }
      await this.#pause(failures === 0 ? everyMs : backOffMs(failures - 1, everyMs, mostMs, Math.random()));
    }
  }

  /** Runs steps while the lock is held. */
  async #archive(held: Lock, everyMs: number, onStep: () => void): Promise<void> {
    const { archiver, metrics, logger, location } = this.#options;
    archiver.forget();
    while (!this.#stopping && (await held.holds())) {
      const step = await archiver.step();
      onStep();
      this.#become(step.kind === 'ahead' ? 'waiting_for_tree' : 'archiving');
      this.#measure();
      if (step.kind === 'archived') {
        const { first, count, compressed, plain } = step.filed.manifest;
        counterOf(metrics, 'audit_archived_events_total').inc(count);
        counterOf(metrics, 'audit_archived_bytes_total').inc(compressed.bytes);
        logger.info(
          { location, first, count, bytes: compressed.bytes, plain_bytes: plain.bytes },
          'a segment of the log is archived',
        );
      } else {
        await this.#pause(everyMs);
      }
    }
  }

  #measure(): void {
    const { archiver, metrics } = this.#options;
    const last = archiver.last?.manifest;
    const position = archiver.archivedUpTo();
    gaugeOf(metrics, 'audit_archived_position').set(Number(position?.commit ?? 0n));
    gaugeOf(metrics, 'audit_archive_lag_events').set(
      Math.max(0, archiver.covered - (last === undefined ? 0 : last.first + last.count)),
    );
  }

  #become(state: ArchiveState): void {
    this.#state = state;
    if (state !== 'failing' && state !== 'stopped') this.#fault = null;
    this.#show();
  }

  #tell(error: unknown): void {
    const { logger, location, archiver } = this.#options;
    this.#fault = isProblem(error)
      ? { code: error.code, detail: error.detail, remedy: error.remedy ?? null }
      : {
          code: 'internal-error',
          detail: 'the archive has stopped; see the log of the service',
          remedy: null,
        };
    this.#state = isProblem(error, 'archive-contradicted') ? 'stopped' : 'failing';
    this.#show();
    const facts = {
      err: error,
      location,
      archived_position: ((position) => positionOrNull(position))(archiver.archivedUpTo()),
    };
    if (this.#state === 'stopped')
      logger.error(facts, 'archiving has stopped: the archive and the log do not agree');
    else logger.warn(facts, 'the log is not archived for now');
  }

  #show(): void {
    const { metrics } = this.#options;
    gaugeOf(metrics, 'audit_archive_active').set(
      this.#state === 'archiving' || this.#state === 'waiting_for_tree' ? 1 : 0,
    );
    gaugeOf(metrics, 'audit_archive_failing').set(this.#state === 'failing' ? 1 : 0);
    gaugeOf(metrics, 'audit_archive_stopped').set(this.#state === 'stopped' ? 1 : 0);
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }
}
