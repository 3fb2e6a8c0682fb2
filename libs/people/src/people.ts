import { randomBytes, randomUUID } from 'node:crypto';
import type { Actor } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { asDatabaseProblem, isUnavailable } from '@interlock/postgres';

import { KnownPeople, type Known } from './known-people.js';
import { subjectMac, wrapKey, type MasterKeys } from './master-keys.js';
import { openText, sealedBy, sealKeysOf, sealText, type Author, type SealKeys } from './sealing.js';
import type { Erasure, PeopleTable, PersonRow } from './table.js';

/** What stands in an answer where a text's author was erased. */
export const erasedText = '[erased]';
/** What stands in an answer where a text could not be opened now: the database is away, or the text was changed. */
export const unreadableText = '[unreadable]';

export type Person = { readonly tenant_id: string; readonly person_id: string; readonly subject: string; readonly created_at: string };
export type PeopleLogger = { readonly warn: (facts: object, message: string) => void };
export type PeopleOptions = {
  readonly table: PeopleTable;
  readonly keys: MasterKeys;
  readonly logger: PeopleLogger;
  /** How long what was read is gone by, ms; an erasure reaches every process within it and one read. */
  readonly ttlMs?: number;
  /** How long the database is waited for where something is known already, and where nothing is, ms. */
  readonly knownWaitMs?: number;
  readonly newWaitMs?: number;
  /** How often a database that was away at the start is tried again, ms. */
  readonly againMs?: number;
  /** A clock that only goes forward, ms. */
  readonly clock?: () => number;
};

const preloaded = 10_000;
const context = 'people.subject';

/**
 * Who is who: people's ids, and the keys that their texts are sealed with. Ids are random; nothing of a person can be told from one.
 * Known people are served from memory while the database is away, because a kill switch must not wait for it.
 */
export class People {
  readonly #table: PeopleTable;
  readonly #options: PeopleOptions;
  readonly #known: KnownPeople;
  readonly #clock: () => number;
  readonly #asking = new Map<string, Promise<Known>>();
  #awayUntil = -Infinity;
  #prepared: Promise<void> | undefined;

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#table = options.table;
    this.#clock = options.clock ?? ((): number => performance.now());
    this.#known = new KnownPeople(options.keys, 2 * preloaded);
  }

  /** Looks that the tables are there, and reads who is known; once for the process. Throws `database-unavailable` where they are not; a database that is away is not waited for. */
  prepare(migrate: boolean): Promise<void> {
    this.#prepared ??= this.#prepare(migrate).catch((error: unknown) => {
      this.#prepared = undefined;
      throw error;
    });
    return this.#prepared;
  }

  async #prepare(migrate: boolean): Promise<void> {
    try {
      await this.#table.prepare(migrate);
      const rows = await this.#table.newest(preloaded);
      for (const row of [...rows].reverse()) this.#known.remember(row, this.#clock());
    } catch (error) {
      if (!this.#isAway(error)) throw error;
      this.#options.logger.warn({ err: error }, 'people are not known yet: the database does not answer');
      setTimeout(() => { this.#prepare(migrate).catch((later: unknown) => { this.#options.logger.warn({ err: later }, 'the people\'s tables are not as they must be'); }); }, this.#options.againMs ?? 1000).unref();
    }
  }

  /** The person's id in the tenant, made at first sight. Throws `database-unavailable` for someone new while the database is away. */
  async idOf(tenantId: string, subject: string): Promise<string> {
    const macs = this.#options.keys.map((key) => subjectMac(key, tenantId, subject));
    const known = macs.map((mac) => this.#known.bySubject(mac)).find((each) => each !== undefined);
    const { row } = await this.#current(`subject ${macs[0]!.toString('hex')}`, known, async () => {
      const found = await this.#table.bySubject(tenantId, macs);
      if (found === undefined) for (const mac of macs) this.#known.forgetSubject(mac);
      return found ?? this.#table.add(this.#newRow(tenantId, subject, macs[0]!), macs);
    });
    return row!.person_id;
  }

  /** A person's text as it may stand in an event. The same text in the same context (stream and purpose) is the same. Throws `not-found` where the person was erased. */
  async seal(author: Author, text: string, context: string): Promise<string> {
    return sealText(await this.#keysOf(author), author, text, context);
  }

  /**
   * Sealed texts, opened for someone who may see these tenants: text → what it says, `[erased]`, or `[unreadable]`. What is not sealed is not in it. Never throws.
   */
  async open(tenants: readonly string[], texts: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const opened = new Map<string, string>();
    const people = new Map<string, Promise<(Known & { readonly row: PersonRow }) | typeof erasedText | typeof unreadableText>>();
    for (const text of texts) {
      const personId = sealedBy(text);
      if (personId === undefined || opened.has(text)) continue;
      const finding = people.get(personId) ?? this.#findIn(tenants, personId);
      people.set(personId, finding);
      const found = await finding;
      opened.set(text, typeof found === 'string' ? found : this.#opened(found, text));
    }
    return opened;
  }

  /** Who a subject is in the tenant; null where nobody. Reads the table. */
  async find(tenantId: string, subject: string): Promise<Person | null> {
    const row = await this.#table.bySubject(tenantId, this.#options.keys.map((key) => subjectMac(key, tenantId, subject)));
    return row === undefined ? null : this.#view(row);
  }

  /** Who an id is; null where nobody (any more). Reads the table. */
  async person(tenantId: string, personId: string): Promise<Person | null> {
    const [row] = await this.#table.byIds(tenantId, [personId]);
    return row === undefined ? null : this.#view(row);
  }

  /** A tenant's people, by id. */
  async page(tenantId: string, after: string | null, limit: number): Promise<readonly Person[]> {
    return (await this.#table.page(tenantId, after, limit)).map((row) => this.#view(row));
  }

  /** Drops a person's row, and with it their key. False where there was none. What was sealed with it is unreadable here at once, elsewhere within the cache's life. */
  async erase(author: Author, by: Actor, at: string): Promise<boolean> {
    const there = await this.#table.erase(author.tenant_id, author.person_id, by, at);
    this.#known.rememberGone(author.tenant_id, author.person_id, this.#clock());
    return there;
  }

  /** Erasures whose event is not in the log yet. */
  unsettled(): Promise<readonly Erasure[]> {
    return this.#table.unsettled();
  }

  /** An erasure's event is in the log. */
  settle({ tenant_id, person_id }: Author): Promise<void> {
    return this.#table.settle(tenant_id, person_id);
  }

  #newRow(tenantId: string, subject: string, mac: Buffer): PersonRow {
    const author = { tenant_id: tenantId, person_id: randomUUID() };
    const dataKey = randomBytes(32);
    const [master] = this.#options.keys;
    return {
      ...author, subject_mac: mac, subject: sealText(sealKeysOf(dataKey), author, subject, context), key_id: master.id,
      wrapped_key: wrapKey(master, author, dataKey), created_at: new Date().toISOString(),
    };
  }

  #view(row: PersonRow): Person {
    const { tenant_id, person_id, created_at } = row;
    return { tenant_id, person_id, subject: openText(this.#known.keysOf({ row, at: 0 }), row, row.subject) ?? unreadableText, created_at };
  }

  #opened(known: Known & { readonly row: PersonRow }, text: string): string {
    try {
      return openText(this.#known.keysOf(known), known.row, text) ?? unreadableText;
    } catch (error) {
      this.#options.logger.warn({ err: error, person_id: known.row.person_id }, 'a person\'s key could not be opened');
      return unreadableText;
    }
  }

  async #keysOf(author: Author): Promise<SealKeys> {
    const known = await this.#byId(author.tenant_id, author.person_id);
    if (known.row === null) throw new ProblemError('not-found', 'the person was erased meanwhile', { remedy: 'send the request again' });
    return this.#known.keysOf(known as Known & { readonly row: PersonRow });
  }

  async #findIn(tenants: readonly string[], personId: string): Promise<(Known & { readonly row: PersonRow }) | typeof erasedText | typeof unreadableText> {
    let away = false;
    for (const tenant of tenants) {
      try {
        const known = await this.#byId(tenant, personId);
        if (known.row !== null) return known as Known & { readonly row: PersonRow };
      } catch {
        away = true;
      }
    }
    return away ? unreadableText : erasedText;
  }

  #byId(tenantId: string, personId: string): Promise<Known> {
    return this.#current(`id ${tenantId}\n${personId}`, this.#known.byId(tenantId, personId), async () => {
      const [row] = await this.#table.byIds(tenantId, [personId]);
      return row ?? { tenant_id: tenantId, person_id: personId, gone: true };
    });
  }

  /** What is known, read again where it is too old; what is known goes on where that fails. One read for all who ask at the same time. */
  async #current(what: string, known: Known | undefined, read: () => Promise<PersonRow | (Author & { readonly gone: true })>): Promise<Known> {
    const now = this.#clock();
    if (known !== undefined && (now - known.at < (this.#options.ttlMs ?? 4000) || now < this.#awayUntil)) return known;
    const asking = this.#asking.get(what) ?? this.#read(what, read);
    try {
      return await within(asking, known === undefined ? (this.#options.newWaitMs ?? 5000) : (this.#options.knownWaitMs ?? 300));
    } catch (error) {
      this.#awayUntil = this.#clock() + 1000;
      if (known === undefined) throw asDatabaseProblem(error);
      this.#options.logger.warn({ err: error }, 'a person is served from memory: the people\'s table does not answer');
      return known;
    }
  }

  #read(what: string, read: () => Promise<PersonRow | (Author & { readonly gone: true })>): Promise<Known> {
    const at = this.#clock();
    const reading = read().then((row) => ('gone' in row ? this.#known.rememberGone(row.tenant_id, row.person_id, at) : this.#known.remember(row, at)));
    const asking = reading.finally(() => { this.#asking.delete(what); });
    asking.catch(() => undefined);
    this.#asking.set(what, asking);
    return asking;
  }

  #isAway(error: unknown): boolean {
    return isUnavailable(error) || isUnavailable((error as { cause?: unknown }).cause);
  }
}

/** The answer, or `database-unavailable` after so long. */
const within = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => { reject(new ProblemError('database-unavailable', 'the people\'s table does not answer', { remedy: 'try again; if it stays so, look at the database' })); }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
