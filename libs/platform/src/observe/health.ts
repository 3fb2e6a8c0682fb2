import { Injectable } from '@nestjs/common';
import type { LogFollower } from '@interlock/eventstore';
import { isProblem, ProblemError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import type { Logger } from 'pino';

const currentWithinMs = 5000;

/** Figures that a check reports with its answer, e.g. `lag_seconds`. */
type HealthFacts = { readonly [fact: string]: unknown };
export type HealthCheck = () => Promise<HealthFacts | void>;
/**
 * One check's answer. `detail` is present if the check failed, and contains nothing internal.
 * `facts` are the check's figures, or the members of its problem.
 */
type CheckResult = {
  readonly name: string;
  readonly ok: boolean;
  readonly detail?: string;
  readonly code?: string;
  readonly facts?: HealthFacts;
};
export type Readiness = {
  readonly service: string;
  readonly status: 'ready' | 'not_ready';
  readonly checks: readonly CheckResult[];
};

const within = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** The conditions for a service to be ready; providers add their own checks. */
@Injectable()
export class HealthChecks {
  readonly #checks = new Map<string, HealthCheck>();
  readonly #service: string;
  readonly #logger: Logger | undefined;
  readonly #timeoutMs: number;

  constructor(service: string, logger?: Logger, timeoutMs = atThisPace(2000)) {
    this.#service = service;
    this.#logger = logger;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Adds a check or replaces the one with this name. It throws if the part that it names does not
   * work.
   */
  add(name: string, check: HealthCheck): void {
    this.#checks.set(name, check);
  }

  /**
   * Adds a check that a follower of the log has confirmed within the last five seconds that it is
   * current. `detail` is the answer while it has not.
   */
  addFollower(name: string, follower: Pick<LogFollower, 'confirmedWithin'>, detail: string): void {
    this.add(name, () =>
      follower.confirmedWithin(currentWithinMs)
        ? Promise.resolve()
        : Promise.reject(new ProblemError('not-current', detail)),
    );
  }

  /** Removes a check. */
  remove(name: string): void {
    this.#checks.delete(name);
  }

  /** Runs every check at once, each with 2 s times the pace of the machine. */
  async run(): Promise<Readiness> {
    const checks = await Promise.all(
      [...this.#checks].map(async ([name, check]): Promise<CheckResult> => {
        try {
          const facts = await within(Promise.resolve().then(check), this.#timeoutMs);
          return { name, ok: true, ...(facts === undefined ? {} : { facts }) };
        } catch (error) {
          this.#logger?.warn({ err: error, check: name }, 'health check failed');
          if (!isProblem(error))
            return { name, ok: false, detail: 'the check failed; see the log of the service' };
          return {
            name,
            ok: false,
            code: error.code,
            detail: error.detail,
            ...(Object.keys(error.members).length === 0 ? {} : { facts: error.members }),
          };
        }
      }),
    );
    return { service: this.#service, status: checks.every(({ ok }) => ok) ? 'ready' : 'not_ready', checks };
  }
}
