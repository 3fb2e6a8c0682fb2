import { ProblemError } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { asDatabaseProblem } from '@interlock/postgres';

import type { CachedPerson, KnownPeople } from './known-people.js';
import type { MasterKeys } from './master-keys.js';
import type { PeopleTable, PersonRow } from './table.js';

export type PeopleLogger = { readonly warn: (facts: object, message: string) => void };
export type PeopleOptions = {
  readonly table: PeopleTable;
  readonly keys: MasterKeys;
  readonly logger: PeopleLogger;
  /**
   * The lifetime of a cached row, ms. An erasure reaches every process within this time and one
   * read.
   */
  readonly ttlMs?: number;
  /** How long to wait for the database if a cached row exists, and if none does, ms. */
  readonly knownWaitMs?: number;
  readonly newWaitMs?: number;
  /** The same for texts in answers, which are unreadable after that, ms. */
  readonly openWaitMs?: number;
  /** How often to retry a database that was away at the start, ms. */
  readonly againMs?: number;
  /** A monotonic clock, ms. */
  readonly clock?: () => number;
};

/**
 * Serves people from memory while their rows are fresh or the database is away, else from the
 * table.
 */
export class ServedPeople {
  readonly #table: PeopleTable;
  readonly #asking = new Map<string, Promise<CachedPerson>>();
  readonly #options: PeopleOptions;
  readonly #known: KnownPeople;
  readonly #clock: () => number;
  #awayUntil = -Infinity;

  constructor(options: PeopleOptions, known: KnownPeople, clock: () => number) {
    this.#options = options;
    this.#table = options.table;
    this.#known = known;
    this.#clock = clock;
  }

  /**
   * People of any of these tenants. A person without a row is gone; a person who is absent cannot
   * be looked up now.
   */
  async findIn(
    tenants: readonly string[],
    personIds: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, CachedPerson>> {
    const found = new Map<string, CachedPerson>();
    const untold = new Set<string>();
    for (const tenant of tenants) {
      const left = [...personIds].filter((id) => (found.get(id)?.row ?? null) === null);
      if (left.length === 0) break;
      const known = await this.byIds(tenant, left, this.#options.openWaitMs ?? 2000);
      for (const id of left) {
        const one = known.get(id);
        if (one === undefined) untold.add(id);
        else found.set(id, one);
      }
    }
    for (const id of untold) if ((found.get(id)?.row ?? null) === null) found.delete(id);
    return found;
  }

  /**
   * These people by id. Old rows are read again in one statement. A person who is absent from the
   * result cannot be looked up now.
   */
  async byIds(
    tenantId: string,
    personIds: readonly string[],
    newWaitMs: number = this.#newWaitMs,
  ): Promise<ReadonlyMap<string, CachedPerson>> {
    const found = new Map<string, CachedPerson>();
    const known = new Map(personIds.map((id) => [id, this.#known.byId(tenantId, id)]));
    const old = personIds.filter((id) => {
      const one = known.get(id);
      if (one !== undefined && this.#isFresh(one)) found.set(id, one);
      return !found.has(id);
    });
    if (old.length === 0) return found;
    const at = this.#clock();
    try {
      const rows = await within(
        this.#table.byIds(tenantId, old),
        old.some((id) => known.get(id) === undefined) ? newWaitMs : this.#knownWaitMs,
      );
      for (const id of old) {
        const row = rows.find((one) => one.person_id === id);
        found.set(
          id,
          row === undefined ? this.#known.rememberGone(tenantId, id, at) : this.#known.remember(row, at),
        );
      }
    } catch (error) {
      this.#away(error);
      for (const id of old) {
        const one = known.get(id);
        if (one !== undefined) found.set(id, one);
      }
    }
    return found;
  }

  #isFresh({ at }: CachedPerson): boolean {
    const now = this.#clock();
    return now - at < (this.#options.ttlMs ?? 4000) || now < this.#awayUntil;
  }

  get #newWaitMs(): number {
    return this.#options.newWaitMs ?? atThisPace(5000);
  }

  get #knownWaitMs(): number {
    return this.#options.knownWaitMs ?? 300;
  }

  #away(error: unknown): void {
    this.#awayUntil = this.#clock() + 1000;
    this.#options.logger.warn({ err: error }, 'people are served from memory: their table does not answer');
  }

  /**
   * The known person, read again if too old; a failed read keeps the old row. Concurrent callers
   * share one read.
   */
  async current(
    mac: string,
    known: CachedPerson | undefined,
    read: () => Promise<PersonRow>,
  ): Promise<CachedPerson> {
    if (known !== undefined && this.#isFresh(known)) return known;
    const asking = this.#asking.get(mac) ?? this.#read(mac, read);
    try {
      return await within(asking, known === undefined ? this.#newWaitMs : this.#knownWaitMs);
    } catch (error) {
      if (known === undefined) throw asDatabaseProblem(error);
      this.#away(error);
      return known;
    }
  }

  #read(mac: string, read: () => Promise<PersonRow>): Promise<CachedPerson> {
    const at = this.#clock();
    const asking = read()
      .then((row) => this.#known.remember(row, at))
      .finally(() => this.#asking.delete(mac));
    asking.catch(() => undefined);
    this.#asking.set(mac, asking);
    return asking;
  }
}

/** The result, or `database-unavailable` after this time. */
const within = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new ProblemError('database-unavailable', "the people's table does not answer", {
          remedy: 'try again; if it stays so, look at the database',
        }),
      );
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
