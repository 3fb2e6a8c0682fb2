import { setTimeout as delay } from 'node:timers/promises';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemTenant, type Timestamp } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { ProblemError } from '@interlock/kernel';
import { LOGGER } from '@interlock/platform';
import { failedMarker, fixBranch, retryAfterS, type PostureAssessment } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { PostureFilesConfig } from '../config.js';
import { branchBeside, StateRepository, workTreeOf } from './repository.js';
import { mark, writeFailure, writeState } from './state-folder.js';

/** Waits so many seconds before the next try. */
export type Sleep = (seconds: number) => Promise<void>;
export const realSleep: Sleep = async (seconds) => {
  await delay(seconds * 1000, undefined, { ref: false });
};
export const SLEEP = Symbol('SLEEP');

/** One try and three retries, after 1, 3 and 9 s. Throws what the last try threw. */
export const withRetries = async (work: () => Promise<void>, sleep: Sleep): Promise<void> => {
  for (const seconds of retryAfterS) {
    try {
      await work();
      return;
    } catch {
      await sleep(seconds);
    }
  }
  await work();
};

/** A tenant's files lie beside the others'; `_system`'s are those of the folder itself. */
const partOf = (tenantId: string): string => (tenantId === systemTenant ? '' : join('tenants', tenantId));

/** The files of seed 001, in a directory, a repository, or both; none where neither is configured. */
@Injectable()
export class Outputs {
  readonly #config: PostureFilesConfig;
  readonly #repository: StateRepository | null;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(PostureFilesConfig) config: PostureFilesConfig,
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

  /** Writes the state of a tenant, with retries. Throws where that failed for good. Runs do not write at once. */
  write(posture: PostureAssessment): Promise<void> {
    return this.#alone(() => withRetries(() => this.#write(posture), this.sleep));
  }

  /** Leaves the FAILED marker and a fix branch with the logs. Never throws: what could be left is logged. Answers the branch; null where there is no repository, or none can be made. */
  fail(tenantId: string, at: Timestamp, detail: string): Promise<string | null> {
    return this.#alone(async () => {
      const { POSTURE_OUTPUT_DIR: dir } = this.#config;
      const part = partOf(tenantId);
      if (dir !== undefined)
        await this.#tried('the FAILED marker', () => mark(join(dir, part), failedMarker(at)));
      const fill = async (folder: string): Promise<void> => {
        await mkdir(join(folder, part), { recursive: true });
        await writeFailure(join(folder, part), at, detail);
        await mark(join(folder, part), failedMarker(at));
      };
      const name = fixBranch(at);
      const message = `Posture run failed: ${detail.slice(0, 200)} [skip ci]`;
      const repository = this.#repository;
      if (repository !== null)
        return (await this.#tried('the fix branch', () => repository.pushBranch(name, message, fill)))
          ? name
          : null;
      const workTree = dir === undefined ? null : await workTreeOf(dir);
      if (workTree === null) return null;
      return (await this.#tried('the fix branch', () => branchBeside(workTree, name, message, fill)))
        ? name
        : null;
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

  async #tried(what: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      this.logger.warn({ err: error }, `${what} of a failed run could not be left`);
      return false;
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#writing.then(work, work);
    this.#writing = next.catch(() => undefined);
    return next;
  }
}
