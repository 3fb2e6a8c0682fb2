import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { openPool } from '@interlock/postgres';
import { startGate, startPostgres, type Gate, type TestPostgres } from '@interlock/testing';
import type { Pool } from 'pg';
import {
  erasedText,
  migratePeople,
  newMasterKey,
  parseMasterKeys,
  People,
  postgresPeopleTable,
  rewrapPeople,
  type MasterKeys,
} from '../src/index.js';

const secret = newMasterKey();
const keys = parseMasterKeys(secret);
const by = { kind: 'person', person_id: 'someone' } as const;
const at = '2026-11-20T10:00:00.000Z';

let postgres: TestPostgres;
let gate: Gate;
let gated: Pool;
let time = 0;
let serial = 0;
const unique = (): string => `subject-${(serial += 1)}@example.net`;
const process = (pool: Pool = postgres.pool, of: MasterKeys = keys): People =>
  new People({
    table: postgresPeopleTable(pool),
    keys: of,
    logger: { warn: () => undefined },
    clock: () => time,
  });
const dump = async (): Promise<string> => {
  const client = await postgres.pool.connect();
  try {
    await client.query("begin; set local app.tenant_id = '_all'");
    const {
      rows: [found],
    } = await client.query<{ text: string }>(
      "select (select string_agg(p::text, ' ') from people.people p) || coalesce((select string_agg(e::text, ' ') from people.erasures e), '') as text",
    );
    return found?.text ?? '';
  } finally {
    await client.query('rollback');
    client.release();
  }
};

/** The first person with an actor's name. */
const firstOf = (actor: Actor): string =>
  actor.kind === 'person' ? (actor.namesake_id ?? actor.person_id) : '';
/** Leaves people without a name, as the previous release did. */
const unnamed = async (ids: readonly string[]): Promise<void> => {
  const client = await postgres.pool.connect();
  try {
    await client.query("begin; set local app.tenant_id = '_all'");
    await client.query(
      'update people.people set name_macs = null, namesake_id = null where person_id = any($1::uuid[])',
      [ids],
    );
    await client.query('commit');
  } finally {
    client.release();
  }
};

beforeAll(async () => {
  postgres = await startPostgres();
  gate = await startGate(Number(new URL(postgres.connectionString).port));
  const through = new URL(postgres.connectionString);
  through.port = `${gate.port}`;
  gated = openPool({ connectionString: through.href, max: 4, allowExitOnIdle: true }, () => undefined);
});
afterAll(async () => {
  await gated.end();
  await gate.stop();
  await postgres.stop();
});
beforeEach(() => {
  time += 1_000_000;
});

describe("the people's tables", () => {
  it('are reported missing, then created once, then found', async () => {
    await expect(process().prepare(false)).rejects.toMatchObject({
      code: 'database-unavailable',
      remedy: 'run `interlock migrate`',
    });
    expect(await Promise.all([process().prepare(true), process().prepare(true)])).toEqual([
      undefined,
      undefined,
    ]);
    await process().prepare(false);
    expect(await migratePeople(postgres.pool)).toEqual([]);
  });

  it('know the first of a name, also among concurrent newcomers and rows written before people had names', async () => {
    const name = unique();
    const spellings = [name, name.toUpperCase(), ` ${name}`, `${name}\u200b`, `person:${name}`, `${name} `];
    const actors = await Promise.all(spellings.map((spelling) => process().actorOf('demo', spelling)));
    const firsts = new Set(actors.map(firstOf));
    expect([new Set(actors.map((actor) => JSON.stringify(actor))).size, firsts.size]).toEqual([
      spellings.length,
      1,
    ]);
    const ids = await Promise.all(spellings.map((spelling) => process().idOf('demo', spelling)));
    await unnamed(ids);
    await process().prepare(true);
    const again = await Promise.all(spellings.map((spelling) => process().actorOf('demo', spelling)));
    expect(new Set(again.map(firstOf)).size).toBe(1);
    await unnamed(ids.slice(0, 1));
    const [named, other] = [
      await process().actorOf('demo', name),
      await process().actorOf('demo', spellings[1]!),
    ];
    expect(firstOf(named)).toBe(firstOf(other));
  });

  it('hold neither a subject nor a key in clear text', async () => {
    const subject = unique();
    await process().idOf('demo', subject);
    const text = await dump();
    expect(text).toContain('demo');
    expect([
      text.includes(subject),
      text.includes(Buffer.from(subject).toString('hex')),
      text.includes(secret),
    ]).toEqual([false, false, false]);
  });

  it('show a tenant only its own people, whatever the query', async () => {
    const people = process();
    const [mine, theirs] = [await people.idOf('demo', unique()), await people.idOf('other', unique())];
    const client = await postgres.pool.connect();
    try {
      for (const [tenant, seen] of [
        ['demo', [mine]],
        ['other', [theirs]],
        ['', []],
        ['_all', [mine, theirs]],
      ] as const) {
        await client.query('begin');
        await client.query("select set_config('app.tenant_id', $1, true)", [tenant]);
        const { rows } = await client.query<{ person_id: string }>(
          'select person_id from people.people where person_id = any($1)',
          [[mine, theirs]],
        );
        expect([tenant, rows.map((row) => row.person_id).sort()]).toEqual([tenant, [...seen].sort()]);
        await client.query('rollback');
      }
    } finally {
      client.release();
    }
  });
});

describe('people in Postgres', () => {
  it('have one id, even if many processes see them first at once', async () => {
    const processes = Array.from({ length: 8 }, () => process());
    for (let round = 0; round < 5; round += 1) {
      const subject = unique();
      const ids = await Promise.all(processes.map((one) => one.idOf('demo', subject)));
      expect(new Set(ids).size).toBe(1);
    }
  });

  it('have one id, even during a rotation of the master key', async () => {
    const own = await startPostgres();
    try {
      const next = newMasterKey();
      const processes = [`${secret}\n${next}`, `${next}\n${secret}`].map((text) =>
        process(own.pool, parseMasterKeys(text)),
      );
      await processes[0]!.prepare(true);
      for (let round = 0; round < 10; round += 1) {
        const subject = unique();
        const [before, turned] = await Promise.all(processes.map((one) => one.idOf('demo', subject)));
        expect(turned).toBe(before);
      }
      await expect(process(own.pool, parseMasterKeys(newMasterKey())).prepare(false)).rejects.toMatchObject({
        code: 'internal-error',
      });
    } finally {
      await own.stop();
    }
  });

  it('are served if known while the database is away, and refused if new until it is back', async () => {
    const people = process(gated);
    const [subject, stranger] = [unique(), unique()];
    const ann = await people.idOf('demo', subject);
    const sealed = await people.seal({ tenant_id: 'demo', person_id: ann }, 'stop it', 'c');
    gate.cut();
    try {
      time += 60_000;
      expect(await people.idOf('demo', subject)).toBe(ann);
      expect((await people.open(['demo'], [sealed])).get(sealed)).toBe('stop it');
      await expect(people.idOf('demo', stranger)).rejects.toMatchObject({ code: 'database-unavailable' });
    } finally {
      gate.mend();
    }
    time += 60_000;
    expect(await people.idOf('demo', stranger)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await people.idOf('demo', subject)).toBe(ann);
  });

  it('leave no row when erased, are recorded until that is settled, and return with a new id', async () => {
    const [here, there] = [process(), process()];
    const subject = unique();
    const author = { tenant_id: 'demo', person_id: await here.idOf('demo', subject) };
    const sealed = await here.seal(author, 'a reason', 'c');
    expect((await there.open(['demo'], [sealed])).get(sealed)).toBe('a reason');
    expect(await here.erase({ ...author, tenant_id: 'other' }, by, at)).toBe(false);
    expect([await here.erase(author, by, at), await there.erase(author, by, at)]).toEqual([true, false]);
    expect(await there.unsettled()).toContainEqual({ ...author, erased_by: by, erased_at: at });
    time += 4000;
    expect((await there.open(['demo'], [sealed])).get(sealed)).toBe(erasedText);
    expect([await there.find('demo', subject), await there.person('demo', author.person_id)]).toEqual([
      null,
      null,
    ]);
    await there.settle(author);
    expect(await dump()).not.toContain(author.person_id);
    expect(await there.idOf('demo', subject)).not.toBe(author.person_id);
  });

  it('are listed page by page, of one tenant', async () => {
    const people = process();
    for (let i = 0; i < 3; i += 1) await people.idOf('paged', `p${i}`);
    const [first, second] = [
      await people.page('paged', null, 2),
      await people.page('paged', (await people.page('paged', null, 2)).at(-1)!.person_id, 2),
    ];
    expect([...first, ...second].map(({ subject }) => subject).sort()).toEqual(['p0', 'p1', 'p2']);
  });
});

describe('a new master key', () => {
  it('rewraps every row and keeps ids and texts; then the old key opens nothing', async () => {
    const subject = unique();
    const before = process();
    const ann = await before.idOf('demo', subject);
    const sealed = await before.seal({ tenant_id: 'demo', person_id: ann }, 'kept', 'c');
    const next = newMasterKey();
    await expect(rewrapPeople(postgres.pool, parseMasterKeys(next))).rejects.toMatchObject({
      code: 'internal-error',
    });
    expect(await rewrapPeople(postgres.pool, parseMasterKeys(`${next}\n${secret}`))).toBeGreaterThan(0);
    expect(await rewrapPeople(postgres.pool, parseMasterKeys(`${next}\n${secret}`))).toBe(0);
    const after = process(postgres.pool, parseMasterKeys(next));
    expect(await after.idOf('demo', subject)).toBe(ann);
    expect((await after.open(['demo'], [sealed])).get(sealed)).toBe('kept');
    await expect(process(postgres.pool, keys).prepare(false)).rejects.toMatchObject({
      code: 'internal-error',
    });
  });
});
