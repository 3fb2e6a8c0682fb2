import { setTimeout as delay } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemTenant, type Timestamp } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { ProblemError, cutText } from '@interlock/kernel';
import { LOGGER } from '@interlock/platform';
import { failedMarker, fixBranch, retryAfterS, type PostureAssessment } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { PostureFilesConfig } from '../config.js';
import { removeLeftovers } from './files.js';
import { branchBeside, StateRepository, workTreeOf, type FixBranch } from './repository.js';
import { copyLogs, mark, writeFailure, writeState } from './state-folder.js';

/** Waits before the next try, or until the signal is aborted. */
export type Sleep = (seconds: number, signal: AbortSignal) => Promise<void>;
export const realSleep: Sleep = async (seconds, signal) => {
  await delay(seconds * 1000, undefined, { ref: false, signal }).catch(() => undefined);
};
export const SLEEP = Symbol('SLEEP');

/**
 * One try and three retries, after 1, 3 and 9 s. Throws the last error, also if the signal leaves
 * no time for another try.
 */
const withRetries = async (work: () => Promise<void>, sleep: Sleep, signal: AbortSignal): Promise<void> => {
  for (const seconds of retryAfterS) {
    try {
      await work();
      return;
    } catch (error) {
      await sleep(seconds, signal);
      if (signal.aborted) throw error;
    }
  }
  await work();
};

/** A failed run: its tenant, id, time and reason. */
export type FailedRun = {
  readonly tenantId: string;
  readonly run: string;
  readonly at: Timestamp;
  readonly detail: string;
};

/** Returns a tenant's subfolder; empty for `_system`, whose files are in the folder itself. */
const partOf = (tenantId: string): string => (tenantId === systemTenant ? '' : join('tenants', tenantId));

/**
 * The posture's output files, in a directory, a repository, or both; none if neither is configured.
 */
@Injectable()
export class Outputs {
  readonly #config: PostureFilesConfig;
  readonly #repository: StateRepository | null;
  readonly #stopped = new AbortController();
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    config: PostureFilesConfig,
    @Inject(SLEEP) private readonly sleep: Sleep,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {
    this.#config = config;
    const { POSTURE_OUTPUT_GIT: remote, POSTURE_STATE_DIR: state } = config;
    if (remote !== undefined && state === undefined)
      throw new ProblemError(
        'validation-failed',
        'the environment has 1 fault: POSTURE_STATE_DIR must be set where POSTURE_OUTPUT_GIT is',
        { remedy: 'set the named variable and start again' },
      );
    this.#repository =
      remote === undefined || state === undefined ? null : new StateRepository(remote, state);
  }

  get configured(): boolean {
    return this.#config.POSTURE_OUTPUT_DIR !== undefined || this.#repository !== null;
  }

  /** Removes half-written files of a crash; called before anything is written. */
  async start(): Promise<void> {
    const { POSTURE_OUTPUT_DIR: dir } = this.#config;
    if (dir !== undefined) await removeLeftovers(dir);
  }

  /** Stops all retries. */
  stop(): void {
    this.#stopped.abort();
  }

  /**
   * Writes the state of a tenant, with retries. Throws if that failed for good. Runs write one
   * after the other.
   */
  write(posture: PostureAssessment): Promise<void> {
    return this.#alone(() => withRetries(() => this.#write(posture), this.sleep, this.#stopped.signal));
  }

  /**
   * Leaves the FAILED marker and a fix branch with the logs; idempotent for one run. Never throws:
   * failures are logged. Returns the branch; null if there is no repository, or the branch cannot
   * be made.
   */
  fail({ tenantId, run, at, detail }: FailedRun): Promise<string | null> {
    return this.#alone(async () => {
      const { POSTURE_OUTPUT_DIR: dir } = this.#config;
      const part = partOf(tenantId);
      if (dir !== undefined)
        await this.#tried('the FAILED marker', () => mark(join(dir, part), failedMarker(at)));
      const fix: FixBranch = {
        name: fixBranch(at),
        run,
        message: `Posture run failed: ${cutText(detail, 200)} [skip ci]`,
        fill: async (folder) => {
          await mkdir(join(folder, part), { recursive: true });
          await writeFailure(join(folder, part), at, detail);
          await mark(join(folder, part), failedMarker(at));
          if (dir !== undefined) await copyLogs(join(dir, part), join(folder, part));
        },
      };
      const repository = this.#repository;
      if (repository !== null) return this.#tried('the fix branch', () => repository.pushBranch(fix));
      const workTree = dir === undefined ? null : await workTreeOf(dir);
      return workTree === null ? null : this.#tried('the fix branch', () => branchBeside(workTree, fix));
    });
  }

  async #write(posture: PostureAssessment): Promise<void> {
    const { POSTURE_OUTPUT_DIR: dir, POSTURE_LOG_MAX_BYTES: maxBytes } = this.#config;
    const part = partOf(posture.tenant_id);
    if (dir !== undefined) await writeState(join(dir, part), posture, maxBytes);
    await this.#repository?.push(`Posture of ${posture.tenant_id}: ${posture.policy} [skip ci]`, (folder) =>
      writeState(join(folder, part), posture, maxBytes),
    );
  }

  async #tried<T>(what: string, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.logger.warn({ err: error }, `${what} of a failed run could not be left`);
      return null;
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#writing.then(work, work);
    this.#writing = next.catch(() => undefined);
    return next;
  }
}
