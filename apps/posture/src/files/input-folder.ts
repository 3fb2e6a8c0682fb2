import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Timestamp, Violation } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { isChangeRequested, LOGGER, nowText, serviceCommandContext } from '@interlock/platform';
import { contentHash, uuidV5, type CommandContext } from '@interlock/kernel';
import {
  brakeFile,
  checkIntegrityCsv,
  checkPostureConfig,
  fileBrakeStream,
  inputFiles,
  postureConfigStream,
  readBrakeFile,
  readInputFile,
  readThresholdsFile,
  signalNames,
  thresholdsFile,
  type CsvCheck,
  type ReadInput,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { PostureFilesConfig } from '../config.js';
import { BrakeHandler } from '../handlers.js';
import { PostureSettings } from '../settings.js';
import { Signals } from '../signals.js';

const everyMs = 2000;
/** Responses are counted over the last 24 h, so their file's value changes with time. */
const countedAgainMs = 60_000;

/** The reasons that the log and the API give for a brake that the input file has changed. */
export const brakeReasons = {
  engaged: `the input file \`${brakeFile}\` has it engaged`,
  released: `the input file \`${brakeFile}\` has it released`,
};

/** A file that could not be used, and why. */
export type FileFault = { readonly path: string; readonly violations: readonly Violation[] };
type Found = { readonly text: string; readonly at: Timestamp; readonly mark: string };

/**
 * Reads the posture's input files from the watched directory, and reports changes. INVARIANT: it
 * never writes to that directory.
 */
@Injectable()
export class InputFolder {
  readonly #taken = new Map<string, string>();
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  /** Settles with the running scan; never rejects. */
  #scanning: Promise<unknown> = Promise.resolve();
  /** The scan that has not begun yet; callers share it. */
  #next: Promise<readonly FileFault[]> | undefined;
  #faults = '';
  /** Since when the brake file has the brake engaged; undefined before the first usable file. */
  #brakeSince: Timestamp | null | undefined;
  /** Whether the log has the brake of the file engaged; undefined before it was written. */
  #recorded: boolean | undefined;

  constructor(
    private readonly config: PostureFilesConfig,
    private readonly signals: Signals,
    private readonly settings: PostureSettings,
    private readonly brakes: BrakeHandler,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /** The tenant whose signals the files hold; null if no directory is watched. */
  get tenant(): string | null {
    return this.config.POSTURE_INPUT_DIR === undefined ? null : this.config.POSTURE_INPUT_TENANT;
  }

  /** Begins to watch. Without a directory, no file has the brake engaged any more. */
  start(): void {
    this.#loop =
      this.tenant === null
        ? this.#recordBrake(null).catch((error: unknown) => {
            this.logger.warn({ err: error }, 'the brake of the input files could not be recorded');
          })
        : this.#watch();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  /**
   * Reads all files, and returns those that cannot be used. A missing file is not one of them: its
   * signal is missing. INVARIANT: the scan begins after the call. A scan that is already running
   * may have read a file before the caller's change to it.
   */
  scan(): Promise<readonly FileFault[]> {
    this.#next ??= this.#scanNext();
    return this.#next;
  }

  /**
   * Returns since when the brake file has the safety brake of this tenant engaged; null if it has
   * not. A file that cannot be used counts as the last one that could, or as engaged.
   */
  async brakeSince(tenantId: string): Promise<Timestamp | null> {
    const { POSTURE_INPUT_DIR: dir } = this.config;
    return dir === undefined || tenantId !== this.tenant ? null : this.#brake(dir, []);
  }

  /** Checks every row of the CSV input now; null if there is none, or no directory is watched. */
  async checkCsv(): Promise<CsvCheck | null> {
    const { POSTURE_INPUT_DIR: dir } = this.config;
    if (dir === undefined) return null;
    const faults: FileFault[] = [];
    const found = await this.#read(dir, inputFiles.integrity_score, faults);
    if (found !== null) return checkIntegrityCsv(found.text);
    return faults.length === 0 ? null : { rows: 0, faults: faults.flatMap(({ violations }) => violations) };
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.scan().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'the input files could not be taken in');
      });
      await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #scanNext(): Promise<readonly FileFault[]> {
    await this.#scanning;
    this.#next = undefined;
    const scan = this.#scan();
    this.#scanning = scan.catch(() => undefined);
    return scan;
  }

  async #scan(): Promise<readonly FileFault[]> {
    const { POSTURE_INPUT_DIR: dir } = this.config;
    if (dir === undefined) return [];
    const faults: FileFault[] = [];
    for (const name of signalNames) {
      const path = inputFiles[name];
      const found = await this.#read(dir, path, faults);
      if (found === null) continue;
      const now = nowText();
      const read = readInputFile(name, found.text, now);
      if ('faults' in read) faults.push({ path, violations: read.faults });
      const counted = name === 'recent_responses';
      const mark = counted ? `${found.mark} ${Math.floor(Date.now() / countedAgainMs)}` : found.mark;
      if (this.#taken.get(path) === mark) continue;
      const at = counted ? now : found.at;
      await this.signals.report(
        {
          name,
          source: `file:${path}`,
          credential: 'service:posture',
          at,
          ...('faults' in read ? { value: undefined, faults: read.faults } : { value: read.value }),
        },
        this.#context(now),
      );
      this.#taken.set(path, mark);
    }
    const since = await this.#brake(dir, faults);
    await this.#thresholds(dir, faults);
    await this.#recordBrake(since);
    this.#tell(faults);
    return faults;
  }

  /** A file's text and time; null if it is missing, or unreadable, which is a fault. */
  async #read(dir: string, path: string, faults: FileFault[]): Promise<Found | null> {
    try {
      const file = join(dir, path);
      const { mtimeMs, size } = await stat(file);
      return {
        text: await readFile(file, 'utf8'),
        at: new Date(Math.floor(mtimeMs)).toISOString(),
        mark: `${mtimeMs} ${size}`,
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        faults.push({ path, violations: [{ pointer: '', detail: 'cannot be read' }] });
      return null;
    }
  }

  async #brake(dir: string, faults: FileFault[]): Promise<Timestamp | null> {
    const before = faults.length;
    const found = await this.#check(dir, brakeFile, readBrakeFile, faults);
    if (found !== null) this.#brakeSince = found.value ? found.at : null;
    else if (faults.length === before) this.#brakeSince = null;
    return this.#brakeSince === undefined ? nowText() : this.#brakeSince;
  }

  /**
   * Records in the log what the brake file says, because alerts and reports follow the log alone.
   * The gates of responses read the file.
   */
  async #recordBrake(since: Timestamp | null): Promise<void> {
    const engaged = since !== null;
    if (this.#recorded === engaged) return;
    await this.brakes.handle(
      fileBrakeStream(this.config.POSTURE_INPUT_TENANT),
      engaged
        ? { kind: 'EngageBrake', reason: brakeReasons.engaged }
        : { kind: 'ReleaseBrake', reason: brakeReasons.released },
      this.#context(nowText()),
    );
    this.#recorded = engaged;
  }

  async #check<T>(
    dir: string,
    path: string,
    read: (text: string) => ReadInput<T>,
    faults: FileFault[],
  ): Promise<(Omit<Found, 'text'> & { readonly value: T }) | null> {
    const found = await this.#read(dir, path, faults);
    if (found === null) return null;
    const answer = read(found.text);
    if ('value' in answer) return { value: answer.value, at: found.at, mark: found.mark };
    faults.push({ path, violations: answer.faults });
    return null;
  }

  /**
   * Copies the file's thresholds into the tenant's configuration when the file changes. Thresholds
   * that loosen become a change request. Contradictory thresholds are all refused.
   */
  async #thresholds(dir: string, faults: FileFault[]): Promise<void> {
    const found = await this.#check(dir, thresholdsFile, readThresholdsFile, faults);
    if (found === null || this.tenant === null) return;
    const stream = postureConfigStream(this.tenant);
    const {
      state: { config: before },
      revision,
    } = await this.settings.config.handler.load(stream);
    const config = { ...before, thresholds: { ...before.thresholds, ...found.value } };
    const violations = checkPostureConfig(config);
    if (violations.length > 0) faults.push({ path: thresholdsFile, violations });
    else if (this.#taken.get(thresholdsFile) !== found.mark) {
      const written = await this.settings.changes.write(this.settings.config, {
        stream,
        command: { kind: 'ConfigurePosture', config },
        principal: null,
        // The same file asks for the same change after a restart.
        context: {
          ...this.#context(nowText()),
          commandId: uuidV5('posture thresholds', stream, `${revision}`, contentHash(config)),
          expectedRevision: revision,
        },
        why: `the thresholds of the input file \`${thresholdsFile}\``,
      });
      if (isChangeRequested(written))
        this.logger.warn(
          { change_id: written.change_id },
          'the thresholds of the input file loosen the posture, and wait for people',
        );
      this.#taken.set(thresholdsFile, found.mark);
    }
  }

  #tell(faults: readonly FileFault[]): void {
    const text = JSON.stringify(faults);
    if (faults.length > 0 && text !== this.#faults)
      this.logger.warn({ files: faults }, 'input files were kept out');
    this.#faults = text;
  }

  #context(now: Timestamp): CommandContext {
    return serviceCommandContext('posture', this.config.POSTURE_INPUT_TENANT, { now });
  }
}
