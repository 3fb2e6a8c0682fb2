import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { isProblem, ProblemError } from '@interlock/kernel';
import { newId, nowText, problemDocument, toProblem, type SseEvent } from '@interlock/platform';

export type RunStatus = 'running' | 'done' | 'failed' | 'cancelled';
/** The result of a run: its summary, and its cases, which are paged. */
export type RunResult = { readonly summary: object; readonly cases: readonly object[] };
/** Lets the work of a run report its progress. `step` throws if the run was cancelled. */
export type RunControl = { readonly step: (done: number, total: number | null) => void };

/**
 * The owner of a run: a tenant, and the teams of the caller who started it (null for a caller
 * without teams).
 */
export type RunOwner = {
  readonly tenantId: string;
  readonly teams: readonly string[] | null;
  /** The caller who starts or reads it, in the form of `callerKey`. */
  readonly by: string;
};

type Run = {
  readonly id: string;
  readonly owner: RunOwner;
  readonly startedAt: string;
  status: RunStatus;
  done: number;
  total: number | null;
  finishedAt: string | null;
  problem: object | null;
  result: RunResult | null;
  /** Counts the progress reports, so that a watcher that was busy notices new ones. */
  revision: number;
  readonly watchers: Set<() => void>;
  readonly deadline: NodeJS.Timeout;
};
export type RunView = Pick<Run, 'status' | 'done' | 'total' | 'problem'> & {
  readonly run_id: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly expires_at: string | null;
};

export type RunLimits = {
  readonly runningOfTenant: number;
  readonly runningOfPrincipal: number;
  readonly running: number;
  readonly longestMs: number;
  readonly keptMs: number;
  readonly kept: number;
  readonly keptCases: number;
};

/** The injection token of the limits of background simulations. */
export const RUN_LIMITS = Symbol('RUN_LIMITS');

export const runLimits: RunLimits = {
  runningOfTenant: 4,
  runningOfPrincipal: 2,
  running: 16,
  longestMs: 600_000,
  keptMs: 900_000,
  kept: 100,
  keptCases: 400_000,
};

class Cancelled extends Error {}

/**
 * Returns whether the caller may see the run. A caller bound to teams sees only runs of callers
 * bound to a subset of these teams.
 */
const mayLook = (at: RunOwner, { tenantId, teams }: RunOwner): boolean =>
  at.tenantId === tenantId &&
  (teams === null || (at.teams !== null && at.teams.every((team) => teams.includes(team))));

const view = (run: Run, keptMs: number): RunView => ({
  run_id: run.id,
  status: run.status,
  done: run.done,
  total: run.total,
  problem: run.problem,
  started_at: run.startedAt,
  finished_at: run.finishedAt,
  expires_at: run.finishedAt === null ? null : new Date(Date.parse(run.finishedAt) + keptMs).toISOString(),
});

/**
 * Background simulations, in memory. Each belongs to one tenant. Their number, time and stored
 * results are limited. They end with the process.
 */
@Injectable()
export class SimulationRuns implements BeforeApplicationShutdown {
  readonly #runs = new Map<string, Run>();

  constructor(@Inject(RUN_LIMITS) private readonly limits: RunLimits) {}

  /** Throws `rate-limited` if too many run. */
  start(owner: RunOwner, work: (control: RunControl) => Promise<RunResult>): RunView {
    this.#forget();
    const running = [...this.#runs.values()].filter(({ status }) => status === 'running');
    if (
      running.length >= this.limits.running ||
      running.filter((run) => run.owner.tenantId === owner.tenantId).length >= this.limits.runningOfTenant ||
      running.filter((run) => run.owner.by === owner.by).length >= this.limits.runningOfPrincipal
    ) {
      throw new ProblemError('rate-limited', 'too many simulations are running', {
        remedy: 'wait for one to end, or cancel one',
      });
    }
    const id = newId();
    const deadline = setTimeout(() => {
      this.#end(
        id,
        'failed',
        new ProblemError(
          'deadline-exceeded',
          `the simulation ran longer than ${this.limits.longestMs / 1000} s`,
        ),
      );
    }, this.limits.longestMs);
    deadline.unref();
    const run: Run = {
      id,
      owner,
      startedAt: nowText(),
      status: 'running',
      done: 0,
      total: null,
      finishedAt: null,
      problem: null,
      result: null,
      revision: 0,
      watchers: new Set(),
      deadline,
    };
    this.#runs.set(id, run);
    void this.#work(run, work);
    return view(run, this.limits.keptMs);
  }

  view(asking: RunOwner, id: string): RunView {
    return view(this.#find(asking, id), this.limits.keptMs);
  }

  /** Returns the result of a run; null while it runs or if it has none. Throws `not-found`. */
  result(asking: RunOwner, id: string): RunResult | null {
    return this.#find(asking, id).result;
  }

  /** Ends a run; one that has already ended is unchanged. Throws `not-found`. */
  cancel(asking: RunOwner, id: string): RunView {
    const run = this.#find(asking, id);
    this.#end(run.id, 'cancelled');
    return view(run, this.limits.keptMs);
  }

  /** Yields the progress of a run from now on, until its result. Throws `not-found`. */
  watch(asking: RunOwner, id: string): AsyncGenerator<SseEvent> {
    const run = this.#find(asking, id);
    const { keptMs } = this.limits;
    return (async function* () {
      for (;;) {
        const { revision } = run;
        const now = view(run, keptMs);
        yield {
          event: now.status === 'running' ? 'progress' : now.status,
          data: now.status === 'done' ? { ...now, summary: run.result?.summary } : now,
        };
        if (now.status !== 'running') return;
        if (run.revision === revision) await new Promise<void>((resolve) => run.watchers.add(resolve));
      }
    })();
  }

  beforeApplicationShutdown(): void {
    for (const { id } of this.#runs.values()) this.#end(id, 'cancelled');
  }

  async #work(run: Run, work: (control: RunControl) => Promise<RunResult>): Promise<void> {
    // Wait until the response with the run's id has been sent.
    await new Promise<void>((resolve) => setImmediate(resolve));
    try {
      const result = await work({
        step: (done, total) => {
          if (run.status !== 'running') throw new Cancelled();
          Object.assign(run, { done, total });
          this.#tell(run);
        },
      });
      if (run.status !== 'running') return;
      run.result = result;
      this.#end(run.id, 'done');
    } catch (error) {
      if (!(error instanceof Cancelled)) this.#end(run.id, 'failed', error);
    }
  }

  #end(id: string, status: RunStatus, error?: unknown): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.status !== 'running') return;
    clearTimeout(run.deadline);
    run.status = status;
    run.finishedAt = nowText();
    if (error !== undefined) run.problem = problemDocument(isProblem(error) ? error : toProblem(error));
    this.#tell(run);
  }

  #tell(run: Run): void {
    run.revision += 1;
    const waiting = [...run.watchers];
    run.watchers.clear();
    for (const wake of waiting) wake();
  }

  #find(asking: RunOwner, id: string): Run {
    this.#forget();
    const run = this.#runs.get(id);
    if (run === undefined || !mayLook(run.owner, asking)) {
      throw new ProblemError('not-found', `there is no simulation run \`${id.slice(0, 64)}\``, {
        remedy: 'runs are kept for a while only, and end with the service that started them: start it again',
      });
    }
    return run;
  }

  /** Removes runs whose time is over, and the oldest ones if too many cases are stored. */
  #forget(): void {
    const ended = [...this.#runs.values()]
      .filter(({ status }) => status !== 'running')
      .sort((a, b) => (a.finishedAt! < b.finishedAt! ? 1 : -1));
    let cases = 0;
    for (const [place, { id, finishedAt, result }] of ended.entries()) {
      cases += result?.cases.length ?? 0;
      if (
        place >= this.limits.kept ||
        (place > 0 && cases > this.limits.keptCases) ||
        Date.now() - Date.parse(finishedAt!) > this.limits.keptMs
      )
        this.#runs.delete(id);
    }
  }
}
