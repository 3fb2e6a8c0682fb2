import type { Kysely } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { Position, RecordedEvent } from '@interlock/kernel';

import { allTenants } from '../../tenant.js';
import {
  appliedOf,
  CheckpointWentBack,
  handleShare,
  movedSql,
  shareOf,
  standstillS,
  type Applied,
  type Checkpoint,
  type Share,
  type Target,
} from '../definition/batch.js';
import { lastOf } from '../definition/log.js';
import type { ProjectionLogger } from '../definition/options.js';
import { positionOf, type CheckpointRow } from '../definition/projection.js';
import { queriesOn, StatementNames } from './session.js';

/** How long a statement of a common transaction may wait for a lock. */
const longestLockMs = 500;

/** A read model that takes part: it offers its gathered events when another one begins. */
export type Member = { readonly hasten: () => void };
/** The gathered events of a read model, and its believed checkpoint. */
export type Gathered = {
  readonly target: Target<unknown>;
  readonly events: readonly RecordedEvent[];
  readonly believed: Position | null;
  readonly logger: Pick<ProjectionLogger, 'warn'>;
};
/** The result of a share; `undefined`: nothing was done, so the read model must apply it alone. */
type Outcome = { readonly applied: Applied } | { readonly error: unknown } | undefined;
type Offer = Gathered & { readonly settle: (outcome: Outcome) => void };
type CheckpointRead = CheckpointRow & {
  readonly schema: string;
  readonly table: string;
  readonly last_event: string | null;
};
/** A share whose statements have run but are not committed yet. */
type Done = { readonly offer: Offer; readonly share: Share };

/**
 * Reads and locks checkpoints in the order of their schemas. Those that another transaction holds
 * are left out, or waited for.
 */
const lockedCheckpoints = (schemas: readonly string[], wait: boolean): string =>
  schemas
    .map(
      (schema) =>
        `select * from (select '${schema}' as schema, commit_position::text, prepare_position::text, tableoid::text as "table", last_event from ${schema}._checkpoint for update ${wait ? '' : 'skip locked'}) as held`,
    )
    .join(' union all ');

const rowsOfLast = async (client: PoolClient, text: string): Promise<readonly CheckpointRead[]> => {
  const results = (await client.query<CheckpointRead>(text)) as unknown;
  const last = (Array.isArray(results) ? results.at(-1) : results) as { readonly rows: CheckpointRead[] };
  return last.rows;
};

/**
 * Commits the gathered events of several read models of one process in one transaction, which saves
 * round trips, commits and wakeups. Each has a savepoint, so an event that cannot be projected
 * stops only its own read model. A read model with a locked checkpoint or a failure is left out and
 * applies its batch alone.
 */
export class GroupCommit {
  readonly #pool: Pool;
  readonly #names = new StatementNames();
  readonly #queries = new WeakMap<PoolClient, Map<string, Kysely<unknown>>>();
  readonly #members = new Set<Member>();
  #offers: Offer[] = [];
  #isBusy = false;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Includes a read model until the returned function is called. */
  join(member: Member): () => void {
    this.#members.add(member);
    return () => this.#members.delete(member);
  }

  /**
   * Applies a batch together with the gathered events of the others; `undefined` if it must be
   * applied alone. Rejects with `CheckpointWentBack`.
   */
  apply(gathered: Gathered): Promise<Applied | undefined> {
    return new Promise((resolve, reject) => {
      this.#offers.push({
        ...gathered,
        settle: (outcome) => {
          if (outcome !== undefined && 'error' in outcome) reject(outcome.error as Error);
          else resolve(outcome?.applied);
        },
      });
      if (!this.#isBusy) void this.#commitAll();
    });
  }

  async #commitAll(): Promise<void> {
    this.#isBusy = true;
    while (this.#offers.length > 0) {
      // The others offer at once, within this call.
      for (const member of this.#members) member.hasten();
      const offers = this.#takeOffers();
      const outcomes = await this.#tried(offers);
      for (const offer of offers) {
        const outcome = outcomes?.get(offer);
        if (outcome === undefined || 'error' in outcome) offer.target.kept.forget();
        else offer.target.kept.committed(outcome.applied.position);
        offer.settle(outcome);
      }
    }
    this.#isBusy = false;
  }

  /**
   * INVARIANT: one offer per schema at a time. Otherwise two runners of one read model would see
   * the same checkpoint and apply the same events.
   */
  #takeOffers(): readonly Offer[] {
    const bySchema = new Map<string, Offer>();
    const later = this.#offers.filter((offer) => {
      const { schema } = offer.target;
      if (bySchema.has(schema)) return true;
      bySchema.set(schema, offer);
      return false;
    });
    this.#offers = later;
    return [...bySchema.values()];
  }

  /** `undefined` where nothing was committed. */
  async #tried(offers: readonly Offer[]): Promise<ReadonlyMap<Offer, Outcome> | undefined> {
    if (offers.length === 1) return undefined;
    try {
      return await this.#commit(offers);
    } catch (error) {
      offers[0]!.logger.warn(
        { err: error },
        'read models apply their batches alone: the common transaction failed',
      );
      return undefined;
    }
  }

  /** Rejects if the transaction as a whole failed. */
  async #commit(offers: readonly Offer[]): Promise<ReadonlyMap<Offer, Outcome>> {
    const client = await this.#pool.connect();
    let isOver = false;
    try {
      const outcomes = await this.#commitOn(client, offers);
      isOver = true;
      return outcomes;
    } catch (error) {
      isOver = await client.query('rollback').then(
        () => true,
        () => false,
      );
      throw error;
    } finally {
      client.release(!isOver);
    }
  }

  async #commitOn(client: PoolClient, offers: readonly Offer[]): Promise<ReadonlyMap<Offer, Outcome>> {
    const outcomes = new Map<Offer, Outcome>();
    const done: Done[] = [];
    const checkpoints = await this.#begin(client, offers);
    let isSaved = false;
    for (const offer of offers) {
      const { target, events, believed } = offer;
      const checkpoint = checkpoints.get(target.schema);
      if (checkpoint === undefined) continue;
      const share = shareOf(target.projection, events, believed, checkpoint.position);
      if (share === undefined) {
        outcomes.set(offer, { error: new CheckpointWentBack() });
        continue;
      }
      if (share.handled.length > 0) {
        await client.query(
          `${isSaved ? 'release savepoint share; ' : ''}savepoint share; set local search_path to ${target.schema}, public`,
        );
        isSaved = true;
      }
      try {
        await handleShare(this.#queriesOn(client, target.schema), target, events, share, checkpoint);
        done.push({ offer, share });
      } catch {
        // The read model sees the error again when it applies the batch alone.
        await client.query('rollback to savepoint share');
      }
    }
    await this.#end(client, done);
    for (const { offer, share } of done) outcomes.set(offer, { applied: appliedOf(share) });
    return outcomes;
  }

  /** Kept with the connection, because making them costs more than a small statement. */
  #queriesOn(client: PoolClient, schema: string): Kysely<unknown> {
    const ofClient = this.#queries.get(client) ?? new Map<string, Kysely<unknown>>();
    this.#queries.set(client, ofClient);
    const queries = ofClient.get(schema) ?? queriesOn(client, (text) => this.#names.of(schema, text));
    ofClient.set(schema, queries);
    return queries;
  }

  /**
   * INVARIANT: locks are taken in the order of the schemas, and a lock is waited for only while
   * none is held. So groups of several processes never wait for each other.
   */
  async #begin(client: PoolClient, offers: readonly Offer[]): Promise<ReadonlyMap<string, Checkpoint>> {
    const schemas = offers.map(({ target }) => target.schema).sort();
    let rows = await rowsOfLast(
      client,
      `begin; set local app.tenant_id = '${allTenants}'; set local idle_in_transaction_session_timeout = '${standstillS}s'; set local lock_timeout = ${longestLockMs};
      ${lockedCheckpoints(schemas, false)}`,
    );
    if (rows.length === 0) rows = await rowsOfLast(client, lockedCheckpoints(schemas, true));
    return new Map(
      rows.map((row) => {
        const position = positionOf(row);
        return [row.schema, { position, table: row.table, last: lastOf(row.last_event, position) }];
      }),
    );
  }

  async #end(client: PoolClient, done: readonly Done[]): Promise<void> {
    const moves = done.flatMap(({ offer: { target }, share }) =>
      share.fresh.length > 0 ? [movedSql(target.schema, share)] : [],
    );
    const results = (await client.query([...moves, 'commit'].join('; '))) as unknown as
      { readonly command: string } | readonly { readonly command: string }[];
    const last = Array.isArray(results) ? results.at(-1) : results;
    if (last.command !== 'COMMIT')
      throw new Error('the transaction of several read models was not committed');
  }
}

const perPool = new WeakMap<Pool, GroupCommit>();
/** The group commit for all read models of a process that share a pool. */
export const groupCommitOf = (pool: Pool): GroupCommit => {
  const group = perPool.get(pool) ?? new GroupCommit(pool);
  perPool.set(pool, group);
  return group;
};
