import { Kysely, PostgresDialect } from 'kysely';
import type { Position, RecordedEvent } from '@interlock/kernel';

import { KeptRows } from '../../kept-rows.js';
import {
  applyBatch,
  isStoredAt,
  readCheckpoint,
  type Applied,
  type Checkpoint,
  type PoisonedEvent,
  type Target,
} from '../definition/batch.js';
import { clearFailure, recordFailure } from '../definition/failure.js';
import { groupCommitOf } from './group-commit.js';
import type { ProjectionRunnerOptions } from '../definition/options.js';
import { migrateProjection, projectionSchema, refuseUnmigrated, swapIn } from '../definition/projection.js';
import { Serving } from './serving.js';

/**
 * The tables of one version of a read model, and those of an older version that answers while this
 * one is being built.
 */
export class Tables<DB> {
  readonly schema: string;
  readonly #options: ProjectionRunnerOptions<DB>;
  readonly #kysely: Kysely<DB>;
  readonly #kept = new KeptRows();
  readonly #serving: Serving;
  #answering: string;

  constructor(options: ProjectionRunnerOptions<DB>) {
    const { pool, service, projection, dropMs = 60_000 } = options;
    this.#options = options;
    this.schema = projectionSchema(options);
    this.#answering = this.schema;
    this.#kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
    this.#serving = new Serving(pool, service, projection.name, dropMs);
  }

  /** The schema that answers. */
  get answering(): string {
    return this.#answering;
  }

  /** True if this version answers. */
  get isAnswering(): boolean {
    return this.#answering === this.schema;
  }

  /** The read model, bound to the schema that answers. */
  db(): Kysely<DB> {
    return this.#kysely.withSchema(this.#answering);
  }

  /** Creates the tables if allowed, finds the version that answers, and reads the checkpoint. */
  async prepare(): Promise<Checkpoint> {
    const { pool, service, projection, migrate } = this.#options;
    // INVARIANT: held before it is read, so that nobody drops it after it was found.
    await this.#serving.hold(this.schema);
    if (migrate) await migrateProjection(pool, service, projection);
    else await refuseUnmigrated(pool, service, projection);
    this.#answering = await this.#serving.answering(this.schema, projection.version);
    return this.checkpoint();
  }

  checkpoint(schema = this.schema): Promise<Checkpoint> {
    return readCheckpoint(this.#kysely as unknown as Kysely<unknown>, schema);
  }

  /** True if the schema that answers has stored everything up to a position. */
  isStoredAt(position: Position): Promise<boolean> {
    return isStoredAt(this.checkpoint(this.#answering), position);
  }

  /** Applies events and moves the checkpoint on from the believed one, in one transaction. */
  apply(batch: readonly RecordedEvent[], believed: Position | null): Promise<Applied> {
    return applyBatch(this.#target, batch, believed);
  }

  /**
   * Applies events together with the gathered events of the process's other read models;
   * `undefined` if they must be applied alone.
   */
  applyTogether(batch: readonly RecordedEvent[], believed: Position | null): Promise<Applied | undefined> {
    // INVARIANT: a projection's handlers receive rows of its own schema only, whatever the type of
    // the group's connection says.
    const target = this.#target as unknown as Target<unknown>;
    const { pool, logger } = this.#options;
    return groupCommitOf(pool).apply({ target, events: batch, believed, logger });
  }

  get #target(): Target<DB> {
    const { projection } = this.#options;
    return { db: this.#kysely, projection, schema: this.schema, kept: this.#kept };
  }

  /** Makes this version answer for all instances, and deletes a failure that it has passed. */
  async swapIn(reached: Position | null): Promise<void> {
    const { pool, service, projection, logger } = this.#options;
    if (await swapIn(pool, service, projection))
      logger.info({ projection: this.schema }, 'projection swapped in');
    if (reached !== null) await clearFailure(pool, { service, ...projection }, reached);
  }

  /** Answers from this version's tables from now on. */
  serveOwn(): void {
    this.#answering = this.schema;
    this.#serving.only(this.schema);
  }

  async recordFailure(poison: PoisonedEvent): Promise<void> {
    const { pool, service, projection } = this.#options;
    await recordFailure(pool, { service, ...projection }, poison);
  }

  /** Drops older versions that nobody serves, when it is time. */
  async tidy(): Promise<void> {
    const dropped = await this.#serving.look();
    if (dropped.length > 0)
      this.#options.logger.info(
        { projection: this.schema, dropped },
        'older versions that nobody serves were dropped',
      );
  }

  stop(): Promise<void> {
    return this.#serving.stop();
  }
}
