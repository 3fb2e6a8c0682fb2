import { defaults } from '@interlock/contracts';
import { positionOrNull, ProblemError, type RecordedEvent } from '@interlock/kernel';

import type { Backlog } from '../../backlog.js';
import type { LagAlert } from '../definition/alert.js';
import type { Reach } from './lag.js';
import type { ProjectionSample } from '../definition/metrics.js';
import type { ProjectionRunnerOptions, ProjectionState } from '../definition/options.js';
import { causeOf, type Standstill } from './standstill.js';

type Settings = Pick<ProjectionRunnerOptions<never>, 'service' | 'lagLimitS' | 'lookMs'> & {
  readonly projection: { readonly name: string; readonly version: number };
};
type Counts = { readonly handled: number; readonly skipped: number };

/** How far one read model is behind the log, and the answers about it. */
export class Progress {
  readonly #settings: Settings;
  readonly #reach: Reach;
  readonly #backlog: Backlog;
  readonly #standstill: () => Standstill | null;
  #counts: Counts = { handled: 0, skipped: 0 };
  #wasLate = false;

  constructor(settings: Settings, reach: Reach, backlog: Backlog, standstill: () => Standstill | null) {
    this.#settings = settings;
    this.#reach = reach;
    this.#backlog = backlog;
    this.#standstill = standstill;
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** Counts the handled and skipped events of a batch. */
  applied({ handled, skipped }: Counts): void {
    this.#counts = { handled: this.#counts.handled + handled, skipped: this.#counts.skipped + skipped };
  }

  /**
   * The age in seconds, in the log, of the oldest event that is not projected; 0 if none waits. An
   * event that another instance projected does not wait.
   */
  lagSeconds(): number {
    const waiting = this.#standstill()?.poison?.event ?? this.#waiting();
    const age = waiting === undefined ? 0 : (Date.now() - Date.parse(waiting.created)) / 1000;
    return Math.max(0, age, this.#reach.markedSeconds(this.#settings.lookMs ?? 2000));
  }

  /**
   * For the health checks; rejects while the read model is stopped or has been behind for longer
   * than its limit. `isAlone`: no older version answers meanwhile.
   */
  check(state: ProjectionState, isAlone: boolean): Promise<{ readonly lag_seconds: number }> {
    const standstill = this.#standstill();
    if (standstill !== null)
      return Promise.reject(this.behind(standstill.describe(this.#settings.projection.name)));
    if (state === 'waiting')
      return Promise.reject(
        new ProblemError(
          'database-unavailable',
          `the read model \`${this.#settings.projection.name}\` waits for the database`,
        ),
      );
    if (state === 'building' && isAlone)
      return Promise.reject(
        this.behind(
          `the read model \`${this.#settings.projection.name}\` has not yet caught up with the log`,
        ),
      );
    const lag = this.lagSeconds();
    if (lag > this.#lagLimitS)
      return Promise.reject(
        this.behind(
          `the read model \`${this.#settings.projection.name}\` is ${Math.floor(lag)} s behind, more than its limit of ${this.#lagLimitS} s`,
        ),
      );
    return Promise.resolve({ lag_seconds: Math.round(lag * 1000) / 1000 });
  }

  /** The problem `read-model-behind`, with the state of the read model. */
  behind(detail: string): ProblemError {
    const { position } = this.#reach;
    return new ProblemError('read-model-behind', detail, {
      members: {
        position: positionOrNull(position),
        lag_seconds: Math.round(this.lagSeconds() * 1000) / 1000,
        ...this.#standstill()?.members(this.#settings.projection.name),
      },
      remedy: 'ask again after the time in `Retry-After`',
    });
  }

  /**
   * Being late in two consecutive checks is reported. A start after a pause, which has caught up at
   * the second check, is not.
   */
  judge(alert: LagAlert, isFollowing: boolean): void {
    const late = this.lagSeconds() > this.#lagLimitS;
    const waiting = this.#waiting();
    if (late && this.#wasLate)
      alert.raise(
        waiting === undefined ? null : causeOf(waiting),
        `the read model is behind for more than its limit of ${this.#lagLimitS} s`,
      );
    else if (!late && isFollowing) alert.resolve('the read model follows the log');
    this.#wasLate = late;
  }

  /** For the metrics. */
  sample(): ProjectionSample {
    const { service, projection } = this.#settings;
    return {
      service,
      projection: projection.name,
      version: projection.version,
      lagSeconds: this.lagSeconds(),
      ...this.#counts,
      failed: this.#standstill() !== null,
    };
  }

  get #lagLimitS(): number {
    return this.#settings.lagLimitS ?? defaults.projection_lag_limit_s;
  }

  /** The oldest event that was read and that no instance has projected. */
  #waiting(): RecordedEvent | undefined {
    return this.#backlog.oldest(this.#reach.position);
  }
}
