import type { RpcAnswer, RpcRequest } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { backOffMs, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { LeaseExpired, type EpochLease } from './kill-switch-lease.js';

type PresenceLogger = { readonly warn: (fields: object, message: string) => void };
export type PresenceOptions = {
  readonly store: EventStore;
  readonly service: string;
  /** The name of this process; a new one after each restart. */
  readonly instance: string;
  /** Tells safety-rails. Throws if it cannot be reached. */
  readonly tell: (
    request: RpcRequest<'safety-rails.executor'>,
  ) => Promise<RpcAnswer<'safety-rails.executor'>>;
  readonly logger: PresenceLogger;
  /** The monotonic clock, in milliseconds. */
  readonly clock?: () => number;
};

/** How often an answer is tried. After the last attempt, the switch is acknowledged by time. */
const answersAtMost = 5;

/**
 * The presence of a process that carries out actions. It registers before it takes leases and
 * follows the kill switches. When it sees a later event of one of a lease's switches, it gives up
 * every lease. Only then does it acknowledge the switch. So everything that it sent was started
 * before, and is on the switch's receipt.
 */
export class ExecutorPresence {
  readonly #options: PresenceOptions;
  readonly #clock: () => number;
  readonly #follower: LogFollower;
  /** The latest event that this process has seen, by stream. */
  readonly #seen = new Map<string, bigint>();
  readonly #pauses = new Map<NodeJS.Timeout, () => void>();
  /**
   * On the monotonic clock. Other processes measure it by their own clocks, so half of the time is
   * reserved for them.
   */
  #registeredUntil = Number.NEGATIVE_INFINITY;
  #registering: Promise<void> | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isFollowing = false;
  #isStopped = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#follower = createFollower(options.store, {
      name: `${options.service}-executor`,
      prefixes: ['kill_switch-'],
      onEvent: (event) => this.#see(event),
    });
  }

  /**
   * Resolves when the process follows the kill switches. The registration continues in the
   * background, because safety-rails may start later.
   */
  async start(): Promise<void> {
    await this.#follower.start();
    this.#isFollowing = true;
    this.#renew(0);
  }

  /** Gives up all leases and acknowledges that. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#renewal);
    for (const [timer, wake] of this.#pauses) {
      clearTimeout(timer);
      wake();
    }
    await this.#registering?.catch(() => undefined);
    if (this.#registeredUntil > Number.NEGATIVE_INFINITY) {
      const { service, instance, tell, logger } = this.#options;
      await tell({ kind: 'leave', service, instance }).catch((error: unknown) =>
        logger.warn({ err: error }, 'an executor could not say that it leaves: it counts until it expires'),
      );
    }
    await this.#follower.stop();
  }

  /**
   * A lease that is given up as soon as a later event of its switches is seen. It is taken only
   * after this process is registered, so that it reads every switch that was engaged before. Throws
   * `service-unreachable` if the process cannot be registered, and what `take` throws.
   */
  async lease(take: () => Promise<EpochLease>): Promise<EpochLease> {
    if (!this.#isRegistered()) await this.#register();
    const taken = await take();
    const valid = (): boolean => taken.valid() && this.#isRegistered() && !this.#isOver(taken);
    return {
      ...taken,
      valid,
      check: () => {
        if (!valid()) throw new LeaseExpired();
      },
    };
  }

  #isRegistered(): boolean {
    return !this.#isStopped && this.#isFollowing && this.#clock() < this.#registeredUntil;
  }

  #isOver({ heads }: EpochLease): boolean {
    return heads.some(({ stream, revision }) => (this.#seen.get(stream) ?? -1n) > BigInt(revision));
  }

  #register(): Promise<void> {
    if (this.#isStopped || !this.#isFollowing)
      return Promise.reject(
        new ProblemError('not-current', 'this executor does not follow the kill switches', {
          remedy: 'ask again',
        }),
      );
    this.#registering ??= this.#registered().finally(() => {
      this.#registering = undefined;
    });
    return this.#registering;
  }

  async #registered(): Promise<void> {
    const { service, instance, tell } = this.#options;
    const sent = this.#clock();
    const { registered_s } = await tell({ kind: 'register', service, instance });
    this.#registeredUntil = sent + (registered_s * 1000) / 2;
  }

  #renew(attempt: number): void {
    if (this.#isStopped) return;
    this.#register().then(
      () => this.#renewAfter((this.#registeredUntil - this.#clock()) / 2, 0),
      (error: unknown) => {
        if (attempt === 3)
          this.#options.logger.warn({ err: error }, 'an executor cannot register yet, and starts nothing');
        this.#renewAfter(backOffMs(attempt, 100, 5000, Math.random()), attempt + 1);
      },
    );
  }

  #renewAfter(ms: number, attempt: number): void {
    if (this.#isStopped) return;
    this.#renewal = setTimeout(() => this.#renew(attempt), ms);
    this.#renewal.unref();
  }

  /**
   * INVARIANT: the event is recorded before anything is answered, in one synchronous step with the
   * checks of all leases.
   */
  #see({ stream, revision, type }: RecordedEvent): void {
    this.#seen.set(stream, revision);
    if (this.#isFollowing && !this.#isStopped && type === 'KillSwitchEngaged')
      void this.#answer(stream, revision);
  }

  async #answer(stream: string, revision: bigint): Promise<void> {
    const { service, instance, tell, logger } = this.#options;
    for (let attempt = 0; !this.#isStopped; attempt += 1) {
      try {
        await tell({ kind: 'answer', service, instance, stream, revision: `${revision}` });
        return;
      } catch (error) {
        if (attempt + 1 === answersAtMost) {
          logger.warn({ err: error, stream }, 'a kill switch was not answered, it is acknowledged by time');
          return;
        }
        await this.#pause(backOffMs(attempt, 50, 500, Math.random()));
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        this.#pauses.delete(timer);
        resolve();
      };
      const timer = setTimeout(end, ms);
      timer.unref();
      this.#pauses.set(timer, end);
    });
  }
}

/**
 * A lease of a process that may be registered as an executor. Without registration, its leases end
 * by time alone.
 */
export const leaseOf = (
  executor: Pick<ExecutorPresence, 'lease'> | undefined,
  take: () => Promise<EpochLease>,
): Promise<EpochLease> => (executor === undefined ? take() : executor.lease(take));
