import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Actor } from '@interlock/contracts';
import { InMemoryEventStore, testMetadata } from '@interlock/kernel';
import { until } from '@interlock/testing';
import {
  erasedText,
  forgetErased,
  inMemoryPeopleTable,
  newMasterKey,
  parseMasterKeys,
  People,
  unreadableText,
  type PeopleTable,
} from '../src/index.js';

const keys = parseMasterKeys(newMasterKey());
const by = { kind: 'person', person_id: 'someone' } as const;
const at = '2026-11-20T10:00:00.000Z';

/** A table that can be taken away and slowed, and counts its calls. */
class Breakable {
  readonly inner = inMemoryPeopleTable();
  state: 'up' | 'away' | 'frozen' = 'up';
  asked = 0;
  readonly table: PeopleTable = new Proxy(this.inner, {
    get:
      (target, name) =>
      (...args: readonly unknown[]): unknown => {
        this.asked += 1;
        if (this.state === 'frozen') return new Promise(() => undefined);
        if (this.state === 'away')
          return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
        return (target[name as keyof PeopleTable] as (...all: unknown[]) => unknown).apply(target, [...args]);
      },
  });
}

let time: number;
let parts: Breakable;
const process = (of: Breakable = parts): People =>
  new People({
    table: of.table,
    keys,
    logger: { warn: () => undefined },
    clock: () => time,
    knownWaitMs: 5,
    newWaitMs: 5,
  });
const opened = async (
  people: People,
  sealed: string,
  tenants: readonly string[] = ['demo'],
): Promise<string | undefined> => (await people.open(tenants, [sealed])).get(sealed);

beforeEach(() => {
  time = 0;
  parts = new Breakable();
});

describe('people whose names read the same', () => {
  it('are separate people, and each names the first of them', async () => {
    const people = process();
    const ann = await people.idOf('demo', 'ann');
    const upper = await people.idOf('demo', 'ANN');
    expect(upper).not.toBe(ann);
    expect(await people.actorOf('demo', 'ann')).toEqual({ kind: 'person', person_id: ann });
    for (const name of ['ANN', 'ann ', 'an\u200bn', 'ａｎｎ', 'person:ann'])
      expect(await people.actorOf('demo', name)).toMatchObject({ namesake_id: ann });
    expect(await process().actorOf('demo', 'ANN')).toEqual({
      kind: 'person',
      person_id: upper,
      namesake_id: ann,
    });
    expect(await people.actorOf('other', 'ANN')).toEqual({
      kind: 'person',
      person_id: await people.idOf('other', 'ANN'),
    });
  });

  it('are found by their id alone; services and unknown actors are unchanged', async () => {
    const people = process();
    const ann = await people.idOf('demo', 'ann');
    const upper = await people.idOf('demo', 'ANN');
    const person = (person_id: string): Actor => ({ kind: 'person', person_id });
    expect(await people.withNamesake('demo', person(upper))).toEqual({
      kind: 'person',
      person_id: upper,
      namesake_id: ann,
    });
    for (const actor of [
      person(ann),
      person('no id'),
      person('00000000-0000-4000-8000-000000000000'),
      { kind: 'service', service: 'ann' } as const,
    ])
      expect(await people.withNamesake('demo', actor)).toEqual(actor);
  });

  it('keep their namesake when the first is erased, and newcomers do not take its place', async () => {
    const people = process();
    const ann = await people.idOf('demo', 'ann');
    const upper = await people.actorOf('demo', 'ANN');
    await people.erase({ tenant_id: 'demo', person_id: ann }, by, at);
    const again = await people.actorOf('demo', 'ann');
    expect(again).toMatchObject({ namesake_id: ann });
    expect(again).not.toMatchObject({ person_id: ann });
    expect(await people.actorOf('demo', 'ANN')).toEqual(upper);
  });
});

describe("a person's id", () => {
  it('is random, permanent, the same in every process, and different in each tenant', async () => {
    const people = process();
    const ann = await people.idOf('demo', 'ann');
    expect(ann).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/);
    expect([await people.idOf('demo', 'ann'), await process().idOf('demo', 'ann')]).toEqual([ann, ann]);
    expect(await people.idOf('other', 'ann')).not.toBe(ann);
    expect(
      await new People({ table: inMemoryPeopleTable(), keys, logger: { warn: () => undefined } }).idOf(
        'demo',
        'ann',
      ),
    ).not.toBe(ann);
  });

  it('is read once for concurrent callers, and then cached for a while', async () => {
    const people = process();
    const ids = await Promise.all(Array.from({ length: 50 }, () => people.idOf('demo', 'ann')));
    expect(new Set(ids).size).toBe(1);
    const asked = parts.asked;
    expect(asked).toBe(3);
    time = 3999;
    await people.idOf('demo', 'ann');
    expect(parts.asked).toBe(asked);
    time = 4000;
    await people.idOf('demo', 'ann');
    expect(parts.asked).toBe(asked + 1);
  });

  it('of a known person is served while the database is away or frozen, however long', async () => {
    const people = process();
    const ann = await people.idOf('demo', 'ann');
    const sealed = await people.seal({ tenant_id: 'demo', person_id: ann }, 'stop', 'c');
    for (const state of ['away', 'frozen'] as const) {
      parts.state = state;
      time += 3_600_000;
      expect(await people.idOf('demo', 'ann')).toBe(ann);
      time += 3_600_000;
      expect(await people.seal({ tenant_id: 'demo', person_id: ann }, 'stop', 'c')).toBe(sealed);
      time += 3_600_000;
      expect(await opened(people, sealed)).toBe('stop');
    }
  });

  it('of a person known before this process started is served too', async () => {
    const ann = await process().idOf('demo', 'ann');
    const later = process();
    await later.prepare(false);
    parts.state = 'away';
    time = 60_000;
    expect(await later.idOf('demo', 'ann')).toBe(ann);
  });

  it('of everyone is loaded when a database that was away at the start is back', async () => {
    const ann = await process().idOf('demo', 'ann');
    const late = new People({
      table: parts.table,
      keys,
      logger: { warn: () => undefined },
      clock: () => time,
      againMs: 2,
      knownWaitMs: 5,
    });
    parts.state = 'away';
    await late.prepare(false);
    parts.state = 'up';
    const before = parts.asked;
    await until(() => parts.asked >= before + 3, 'the table was read');
    parts.state = 'away';
    expect(await late.idOf('demo', 'ann')).toBe(ann);
  });

  it("is never created under a key that is not the table's, and nothing starts", async () => {
    await process().idOf('demo', 'ann');
    const stranger = new People({
      table: parts.table,
      keys: parseMasterKeys(newMasterKey()),
      logger: { warn: () => undefined },
    });
    await expect(stranger.prepare(false)).rejects.toMatchObject({
      code: 'internal-error',
      remedy: expect.stringContaining('further line'),
    });
    await expect(stranger.idOf('demo', 'ann')).rejects.toMatchObject({ code: 'internal-error' });
    expect(await process().page('demo', null, 10)).toHaveLength(1);
  });

  it.each(['away', 'frozen'] as const)(
    'of a new person is refused as `database-unavailable` while the database is %s, and created when it is back',
    async (state) => {
      const people = process();
      parts.state = state;
      await expect(people.idOf('demo', 'new')).rejects.toMatchObject({ code: 'database-unavailable' });
      parts.state = 'up';
      const again = process();
      expect(await again.idOf('demo', 'new')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('is found under every master key of the file, so a rotation changes no id', async () => {
    const [old, next] = [newMasterKey(), newMasterKey()];
    const under = (text: string): People =>
      new People({ table: parts.table, keys: parseMasterKeys(text), logger: { warn: () => undefined } });
    const ann = await under(old).idOf('demo', 'ann');
    const bert = await under(`${old}\n${next}`).idOf('demo', 'bert');
    const rotated = under(`${next}\n${old}`);
    expect([await rotated.idOf('demo', 'ann'), await rotated.idOf('demo', 'bert')]).toEqual([ann, bert]);
    const carl = await rotated.idOf('demo', 'carl');
    expect(await under(`${old}\n${next}`).idOf('demo', 'carl')).toBe(carl);
  });
});

describe("a person's texts", () => {
  it('open only for readers who may see the tenant', async () => {
    const people = process();
    const sealed = await people.seal(
      { tenant_id: 'demo', person_id: await people.idOf('demo', 'ann') },
      'a reason',
      'c',
    );
    expect([
      await opened(people, sealed),
      await opened(people, sealed, ['other', 'demo']),
      await opened(people, sealed, ['other']),
    ]).toEqual(['a reason', 'a reason', erasedText]);
    expect([...(await people.open(['demo'], ['plain', 'enc:1:', sealed])).keys()]).toEqual([sealed]);
  });

  it('are unreadable if they were changed or their author cannot be looked up now', async () => {
    const people = process();
    const sealed = await people.seal(
      { tenant_id: 'demo', person_id: await people.idOf('demo', 'ann') },
      'a reason',
      'c',
    );
    expect(await opened(people, `${sealed.slice(0, -6)}AAAAAA`)).toBe(unreadableText);
    const fresh = process();
    parts.state = 'away';
    expect(await opened(fresh, sealed)).toBe(unreadableText);
    parts.state = 'up';
    expect(await opened(fresh, sealed)).toBe('a reason');
  });
});

describe('an answer with texts of many people', () => {
  it('costs one read of the table, and none while all are cached', async () => {
    const people = process();
    const texts = await Promise.all(
      Array.from({ length: 20 }, async (_, i) =>
        people.seal({ tenant_id: 'demo', person_id: await people.idOf('demo', `p${i}`) }, `text ${i}`, 'c'),
      ),
    );
    const fresh = process();
    const before = parts.asked;
    expect([...(await fresh.open(['demo'], texts)).values()]).toEqual(texts.map((_, i) => `text ${i}`));
    expect(parts.asked).toBe(before + 1);
    await fresh.open(['demo'], texts);
    expect(parts.asked).toBe(before + 1);
    time = 4000;
    parts.state = 'frozen';
    expect([...(await fresh.open(['demo'], texts)).values()]).toContain('text 7');
  });
});

describe('erasing a person', () => {
  it('makes their texts unreadable here at once, and elsewhere when the cache expires', async () => {
    const [here, there] = [process(), process()];
    const author = { tenant_id: 'demo', person_id: await here.idOf('demo', 'ann') };
    const sealed = await here.seal(author, 'a reason', 'c');
    expect(await opened(there, sealed)).toBe('a reason');
    expect(await here.erase(author, by, at)).toBe(true);
    expect([await opened(here, sealed), await opened(there, sealed)]).toEqual([erasedText, 'a reason']);
    time = 4000;
    expect(await opened(there, sealed)).toBe(erasedText);
    await expect(there.seal(author, 'more', 'c')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is learned from the log, also by an idle process that has lost the database', async () => {
    const [here, there] = [process(), process()];
    const author = { tenant_id: 'demo', person_id: await here.idOf('demo', 'ann') };
    const sealed = await here.seal(author, 'a reason', 'c');
    expect(await opened(there, sealed)).toBe('a reason');
    const log = new InMemoryEventStore();
    const asked = jest.fn<(who: object) => void>();
    const following = forgetErased(
      log,
      {
        forget: (who) => {
          there.forget(who);
          asked(who);
        },
      },
      { warn: () => undefined },
    );
    await log.append(
      'person-demo:other',
      [
        {
          id: '00000000-0000-4000-8000-000000000001',
          type: 'SomethingElse',
          data: {},
          metadata: testMetadata(),
        },
      ],
      'any',
    );
    await here.erase(author, by, at);
    await log.append(
      `person-demo:${author.person_id}`,
      [
        {
          id: '00000000-0000-4000-8000-000000000002',
          type: 'PersonErased',
          data: {},
          metadata: testMetadata(),
        },
      ],
      'any',
    );
    await until(() => asked.mock.calls.length > 0, 'the process has heard of it');
    await following.stop();
    parts.state = 'away';
    time = 3_600_000;
    expect([asked.mock.calls, await opened(there, sealed)]).toEqual([[[author]], erasedText]);
  });

  it('holds against a read that began before it and ends after it', async () => {
    const people = process();
    const author = { tenant_id: 'demo', person_id: await people.idOf('demo', 'ann') };
    const sealed = await people.seal(author, 'a reason', 'c');
    time = 4000;
    const { byIds } = parts.inner;
    parts.inner.byIds = async (...asked) => {
      const rows = await byIds(...asked);
      people.forget(author);
      return rows;
    };
    await opened(people, sealed);
    parts.state = 'away';
    time = 3_600_000;
    expect(await opened(people, sealed)).toBe(erasedText);
  });

  it('gives them a new id in every process if they return', async () => {
    const [here, there] = [process(), process()];
    const ann = await here.idOf('demo', 'ann');
    await there.idOf('demo', 'ann');
    await here.erase({ tenant_id: 'demo', person_id: ann }, by, at);
    const again = await here.idOf('demo', 'ann');
    expect(again).not.toBe(ann);
    time = 4000;
    expect(await there.idOf('demo', 'ann')).toBe(again);
  });

  it('is recorded until its event is in the log, reports whether the person existed, and affects nobody else', async () => {
    const people = process();
    const author = { tenant_id: 'demo', person_id: await people.idOf('demo', 'ann') };
    const bert = await people.idOf('demo', 'bert');
    expect(await people.erase({ ...author, tenant_id: 'other' }, by, at)).toBe(false);
    expect([await people.erase(author, by, at), await people.erase(author, by, at)]).toEqual([true, false]);
    expect(await people.unsettled()).toEqual([{ ...author, erased_by: by, erased_at: at }]);
    await people.settle(author);
    expect(await people.unsettled()).toEqual([]);
    expect([
      await people.find('demo', 'ann'),
      await people.person('demo', author.person_id),
      (await people.find('demo', 'bert'))?.person_id,
    ]).toEqual([null, null, bert]);
    expect((await people.page('demo', null, 10)).map(({ subject }) => subject)).toEqual(['bert']);
  });
});
