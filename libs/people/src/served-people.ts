import { ProblemError } from '@interlock/kernel';
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
   * How long what was read is gone by, ms; an erasure reaches every process within it and one read.
   */
  readonly ttlMs?: number;
  /**
   * How long the database is waited for where something is known already, and where nothing is, ms.
   */
  readonly knownWaitMs?: number;
  readonly newWaitMs?: number;
  /** The same for texts in answers, which then are unreadable, ms. */
  readonly openWaitMs?: number;
  /** How often a database that was away at the start is tried again, ms. */
  readonly againMs?: number;
  /** A clock that only goes forward, ms. */
  readonly clock?: () => number;
};

/**
 * People as they are served: from memory while what is known is fresh or the database is away, else
 * from the table.
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
   * People of any of these tenants: with a row, without one where they are gone, absent where that
   * cannot be told now.
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
   * What is known of these people, the old of it read again in one statement; who is not in the
   * answer cannot be looked up now.
   */
  async byIds(
    tenantId: string,
    personIds: readonly string[],
    newWaitMs: number = this.#options.newWaitMs ?? 5000,
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

  get #knownWaitMs(): number {
    return this.#options.knownWaitMs ?? 300;
  }

  #away(error: unknown): void {
    this.#awayUntil = this.#clock() + 1000;
    this.#options.logger.warn({ err: error }, 'people are served from memory: their table does not answer');
  }

  /**
   * Who is known, read again where that is too old; goes on where the read fails. One read for all
   * who ask at the same time.
   */
  async current(
    mac: string,
    known: CachedPerson | undefined,
    read: () => Promise<PersonRow>,
  ): Promise<CachedPerson> {
    if (known !== undefined && this.#isFresh(known)) return known;
    const asking = this.#asking.get(mac) ?? this.#read(mac, read);
    try {
      return await within(
        asking,
        known === undefined ? (this.#options.newWaitMs ?? 5000) : this.#knownWaitMs,
      );
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
      .finally(() => {
        this.#asking.delete(mac);
      });
    asking.catch(() => undefined);
    this.#asking.set(mac, asking);
    return asking;
  }
}

/** The answer, or `database-unavailable` after so long. */
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
