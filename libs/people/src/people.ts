import { randomBytes, randomUUID } from 'node:crypto';
import { sealedBy, type Actor } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { isUnavailable } from '@interlock/postgres';

import { KnownPeople, type CachedPerson } from './known-people.js';
import { nameMacs, subjectMac, wrapKey } from './master-keys.js';
import { openText, sealKeysOf, sealText, type Author, type SealKeys } from './sealing.js';
import { ServedPeople, type PeopleOptions } from './served-people.js';
import type { Erasure, PeopleTable, PersonRow } from './table.js';

/** Replaces a text in an answer if its author was erased. */
export const erasedText = '[erased]';
/**
 * Replaces a text in an answer if it cannot be opened now: the database is away, or the text was
 * changed.
 */
export const unreadableText = '[unreadable]';

export type Person = {
  readonly tenant_id: string;
  readonly person_id: string;
  readonly subject: string;
  readonly created_at: string;
};
type Present = CachedPerson & { readonly row: PersonRow };

const preloaded = 10_000;
const context = 'people.subject';
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const actorOfRow = ({ person_id, namesake_id }: PersonRow): Actor => ({
  kind: 'person',
  person_id,
  ...(namesake_id === person_id ? {} : { namesake_id }),
});

/**
 * The directory of people: their ids, and the keys that seal their texts. Ids are random and reveal
 * nothing about a person. Known people are served from memory while the database is away, because a
 * kill switch must not wait for it.
 */
export class People {
  readonly #table: PeopleTable;
  readonly #options: PeopleOptions;
  readonly #known: KnownPeople;
  readonly #clock: () => number;
  readonly #served: ServedPeople;
  #prepared: Promise<void> | undefined;
  /** The file holds the table's keys. */
  #isOwn = false;

  constructor(options: PeopleOptions) {
    this.#options = options;
    this.#table = options.table;
    this.#clock = options.clock ?? ((): number => performance.now());
    this.#known = new KnownPeople(options.keys, 2 * preloaded);
    this.#served = new ServedPeople(options, this.#known, this.#clock);
  }

  /**
   * Checks that the tables exist and loads known people, once for the process. Throws
   * `database-unavailable` if they are missing, `internal-error` if they use another master key. It
   * does not wait for a database that is away.
   */
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
      await this.#refuseOtherMaster();
      await this.#nameAll();
      const rows = await this.#table.newest(preloaded);
      for (const row of [...rows].reverse()) this.#known.remember(row, this.#clock());
    } catch (error) {
      if (!this.#isAway(error)) throw error;
      this.#options.logger.warn({ err: error }, 'people are not known yet: the database does not answer');
      setTimeout(() => {
        this.#prepare(migrate).catch((later: unknown) => {
          this.#options.logger.warn({ err: later }, "the people's tables are not as they must be");
        });
      }, this.#options.againMs ?? 1000).unref();
    }
  }

  /**
   * INVARIANT: with a key file that is not the table's, every person would get a new id and every
   * text be unreadable. So nothing starts then, and no person is created.
   */
  async #refuseOtherMaster(): Promise<void> {
    if (this.#isOwn) return;
    const missing = (await this.#table.keyIds()).filter(
      (id) => !this.#options.keys.some((key) => key.id === id),
    );
    this.#isOwn = missing.length === 0;
    if (this.#isOwn) return;
    throw new ProblemError(
      'internal-error',
      `people are kept under the master key \`${missing.join('`, `')}\`, which PEOPLE_KEY_FILE does not hold`,
      { remedy: 'put that key back into the file, as a further line' },
    );
  }

  /** INVARIANT: every person without a name gets one before anybody is compared by name. */
  async #nameAll(): Promise<void> {
    for (let rows = await this.#table.unnamed(500); rows.length > 0; rows = await this.#table.unnamed(500)) {
      for (const row of rows) {
        const subject = this.#subjectOf(row);
        const own = nameMacs(this.#options.keys[0], row.tenant_id, subject);
        await this.#table.name(row, own, this.#nameMacs(row.tenant_id, subject));
      }
    }
  }

  /**
   * The person's id in the tenant, created at first sight. Throws `database-unavailable` for a new
   * person while the database is away.
   */
  async idOf(tenantId: string, subject: string): Promise<string> {
    return (await this.#rowOf(tenantId, subject)).person_id;
  }

  /**
   * The person as an actor, created at first sight. Includes the first person of the same name in
   * the tenant, if that is somebody else. Throws as `idOf`.
   */
  async actorOf(tenantId: string, subject: string): Promise<Actor> {
    return actorOfRow(await this.#rowOf(tenantId, subject));
  }

  /**
   * Adds to an actor known by id the first person of the same name in the tenant, if that is
   * somebody else. Erased people and other actors are returned unchanged. Throws
   * `database-unavailable`.
   */
  async withNamesake(tenantId: string, actor: Actor): Promise<Actor> {
    if (actor.kind !== 'person' || !uuid.test(actor.person_id)) return actor;
    const known = (await this.#served.byIds(tenantId, [actor.person_id])).get(actor.person_id);
    if (known === undefined)
      throw new ProblemError('database-unavailable', "the people's table does not answer", {
        remedy: 'try again; if it stays so, look at the database',
      });
    return known.row === null ? actor : actorOfRow(known.row);
  }

  async #rowOf(tenantId: string, subject: string): Promise<PersonRow> {
    const macs = this.#options.keys.map((key) => subjectMac(key, tenantId, subject));
    const known = macs.map((mac) => this.#known.bySubject(mac)).find((each) => each !== undefined);
    const { row } = await this.#served.current(macs[0]!.toString('hex'), known, async () => {
      await this.#refuseOtherMaster();
      const found = await this.#table.bySubject(tenantId, macs);
      if (found === undefined) for (const mac of macs) this.#known.forgetSubject(mac);
      // An older release may have added a person since this process started.
      if (found?.name_macs === null) {
        const own = nameMacs(this.#options.keys[0], tenantId, subject);
        await this.#table.name(found, own, this.#nameMacs(tenantId, subject));
        return (await this.#table.bySubject(tenantId, macs)) ?? found;
      }
      return (
        found ??
        this.#table.add(this.#newRow(tenantId, subject, macs[0]!), macs, this.#nameMacs(tenantId, subject))
      );
    });
    return row!;
  }

  /**
   * Seals a person's text for an event. The same text in the same context (stream and purpose)
   * seals to the same value. Throws `not-found` if the person was erased.
   */
  async seal(author: Author, text: string, context: string): Promise<string> {
    return sealText(await this.#keysOf(author), author, text, context);
  }

  /**
   * Opens sealed texts for a reader who may see these tenants: a map from sealed text to plain
   * text, `[erased]`, or `[unreadable]`. Texts that are not sealed are left out. Never throws.
   */
  async open(tenants: readonly string[], texts: Iterable<string>): Promise<ReadonlyMap<string, string>> {
    const authors = new Map<string, string>();
    for (const text of texts) {
      const personId = sealedBy(text);
      if (personId !== undefined) authors.set(text, personId);
    }
    const people = await this.#served.findIn(tenants, new Set(authors.values()));
    return new Map(
      [...authors].map(([text, personId]) => {
        const found = people.get(personId);
        return [
          text,
          found === undefined
            ? unreadableText
            : found.row === null
              ? erasedText
              : this.#opened(found as Present, text),
        ];
      }),
    );
  }

  /** The person with this subject in the tenant; null if there is none. Reads the table. */
  async find(tenantId: string, subject: string): Promise<Person | null> {
    const row = await this.#table.bySubject(
      tenantId,
      this.#options.keys.map((key) => subjectMac(key, tenantId, subject)),
    );
    return row === undefined ? null : this.#view(row);
  }

  /** The person with this id; null if there is none (any more). Reads the table. */
  async person(tenantId: string, personId: string): Promise<Person | null> {
    const [row] = await this.#table.byIds(tenantId, [personId]);
    return row === undefined ? null : this.#view(row);
  }

  /** A tenant's people, by id. */
  async page(tenantId: string, after: string | null, limit: number): Promise<readonly Person[]> {
    return (await this.#table.page(tenantId, after, limit)).map((row) => this.#view(row));
  }

  /**
   * Deletes a person's row and with it their key. Returns false if there was none. Their sealed
   * texts become unreadable here at once, and elsewhere within the cache's lifetime.
   */
  async erase(author: Author, by: Actor, at: string): Promise<boolean> {
    const there = await this.#table.erase(author.tenant_id, author.person_id, by, at);
    this.#known.rememberGone(author.tenant_id, author.person_id, this.#clock());
    return there;
  }

  /**
   * Handles an erasure by any process: the person's key leaves this process's memory at once, not
   * only at the next read.
   */
  forget(author: Author): void {
    this.#known.rememberGone(author.tenant_id, author.person_id, this.#clock());
  }

  /** Erasures whose event is not in the log yet. */
  unsettled(): Promise<readonly Erasure[]> {
    return this.#table.unsettled();
  }

  /** Marks an erasure whose event is in the log. */
  settle({ tenant_id, person_id }: Author): Promise<void> {
    return this.#table.settle(tenant_id, person_id);
  }

  #newRow(tenantId: string, subject: string, mac: Buffer): PersonRow {
    const author = { tenant_id: tenantId, person_id: randomUUID() };
    const dataKey = randomBytes(32);
    const [master] = this.#options.keys;
    return {
      ...author,
      subject_mac: mac,
      subject: sealText(sealKeysOf(dataKey), author, subject, context),
      key_id: master.id,
      wrapped_key: wrapKey(master, author, dataKey),
      created_at: new Date().toISOString(),
      name_macs: nameMacs(master, tenantId, subject),
      namesake_id: author.person_id,
    };
  }

  #nameMacs(tenantId: string, subject: string): readonly Buffer[] {
    return this.#options.keys.flatMap((key) => nameMacs(key, tenantId, subject));
  }

  /** Throws `internal-error` if the row does not open. */
  #subjectOf(row: PersonRow): string {
    const subject = openText(this.#known.keysOf({ row, at: 0 }), row, row.subject);
    if (subject === undefined)
      throw new ProblemError('internal-error', `the subject of person \`${row.person_id}\` does not open`, {
        remedy: 'restore the table or the key file from the same backup',
      });
    return subject;
  }

  #view(row: PersonRow): Person {
    const { tenant_id, person_id, created_at } = row;
    return {
      tenant_id,
      person_id,
      subject: openText(this.#known.keysOf({ row, at: 0 }), row, row.subject) ?? unreadableText,
      created_at,
    };
  }

  #opened(known: Present, text: string): string {
    try {
      return openText(this.#known.keysOf(known), known.row, text) ?? unreadableText;
    } catch (error) {
      this.#options.logger.warn(
        { err: error, person_id: known.row.person_id },
        "a person's key could not be opened",
      );
      return unreadableText;
    }
  }

  async #keysOf(author: Author): Promise<SealKeys> {
    const known = (await this.#served.byIds(author.tenant_id, [author.person_id])).get(author.person_id);
    if (known === undefined)
      throw new ProblemError('database-unavailable', "the people's table does not answer", {
        remedy: 'try again; if it stays so, look at the database',
      });
    if (known.row === null)
      throw new ProblemError('not-found', 'the person was erased meanwhile', {
        remedy: 'send the request again',
      });
    return this.#known.keysOf(known as Present);
  }

  #isAway(error: unknown): boolean {
    return isUnavailable(error) || isUnavailable((error as { cause?: unknown }).cause);
  }
}
