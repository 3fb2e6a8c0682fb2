import { readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Archive, cutFault, DirectoryStore } from '@interlock/archive';
import { copyLog } from '@interlock/eventstore';
import { collect, genuine, type EventStore, type RecordedEvent } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import {
  defineProjection,
  handlersFor,
  ProjectionRunner,
  projectionsOf,
  rebuildProjection,
} from '@interlock/postgres';
import { underRetention, until, testContext } from '@interlock/testing';
import { eventLine, type LogCut } from '@interlock/tree';
import { type Verification } from '@interlock/verify';
import type { Transaction } from 'kysely';
import { projectionLog, start } from '../src/main.js';
import { Audited, origin, key, silent, verifyText } from './audited.js';
import { ended, note, transact, writeAction } from './cut-streams.js';

const audited = new Audited();
let service: RunningService | undefined;

beforeAll(() => audited.begin({ durable: true }));
afterAll(async () => {
  await service?.stop();
  await audited.end();
});

type SeenDatabase = { seen: { at: string; stream: string } };

/** The clock of a service that looks back on what the test writes now. */
const later = (): string => new Date(Date.now() + 200 * 86_400_000).toISOString();

const startAudit = async (
  environment: { readonly [name: string]: string } = {},
  log: EventStore = audited.parts.log.store,
): Promise<void> => {
  service = await start({
    ...testContext(audited.parts, 'audit', {
      AUDIT_KEY_DIR: audited.keys,
      AUDIT_CHECKPOINT_SECONDS: '1',
      AUDIT_ARCHIVE: audited.archive,
      AUDIT_ARCHIVE_EVENTS: '16',
      AUDIT_ARCHIVE_SECONDS: '1',
      RETENTION_SWEEP_S: '1',
      ...environment,
    }),
    store: log,
    clock: later,
  });
};
const stopAudit = async (): Promise<void> => {
  await service?.stop();
  service = undefined;
};

const write = (id: string, types: readonly string[], data?: object): Promise<void> =>
  writeAction(audited, id, types, data);

const left = async (id: string, category = 'action'): Promise<readonly string[]> =>
  (await audited.events())
    .filter(({ stream }) => stream === `${category}-demo:${id}`)
    .map(({ type }) => type);
const records = async (): Promise<readonly RecordedEvent[]> =>
  collect(audited.parts.log.store.read('checkpoint-demo:cuts'));

/** Whatever the test wrote is archived. A checkpoint alone fills no segment. */
const archived = (): Promise<unknown> =>
  until(async () => {
    const { json } = await audited.get<{ archived_position: string | null }>(
      '/archive',
      { tenant: '_system' },
      service,
    );
    const last = (await audited.events()).findLast(({ stream }) => !stream.startsWith('checkpoint-'))!;
    return BigInt(json.archived_position ?? 0) >= last.position.commit;
  }, 'everything is archived');
const truncated = async (): Promise<number> =>
  (await records()).filter(({ type }) => type === 'LogTruncated').length;

const verified = async (path: string): Promise<Verification> => verifyText(await exported(path));
const exported = (path: string): Promise<string> =>
  until(async () => {
    const { status, text } = await audited.get('/export' + path, {}, service);
    return status === 200 && text;
  }, 'the log is exported');
describe('the log of a tenant that keeps it for a time', () => {
  let before: readonly RecordedEvent[];

  it('is cut where the archive, a checkpoint and the notes of open work allow it, and nowhere else', async () => {
    for (const id of ['a', 'b', 'c', 'needed']) await write(id, ended);
    await write('open', ended.slice(0, 3));
    await write('of-plan', ended, {
      part_of: { plan_id: 'p', node_id: 'n', role: 'node', approval: null },
    });
    await note(audited, ['action-demo:open', 'action-demo:needed', 'plan-demo:p']);
    await write('unnoted', ended);
    before = await audited.events();
    await startAudit();
    await archived();
    const { keep, planned } = underRetention(audited.parts, 'audit');
    expect((await planned({ log: 90 }, later())).log).toMatchObject({
      blocked: null,
      streams: 3,
      events: 9,
      held: [
        { why: 'needed', streams: 2, events: 6 },
        { why: 'open', streams: 1, events: 2 },
        { why: 'not_noted', streams: 1, events: 3 },
      ],
    });
    expect((await planned({ log: 90 })).log).toMatchObject({ blocked: null, events: 0, held: [] });
    expect((await planned({ sessions: 90 })).log).toBeUndefined();
    await keep({ log: 90 });
    await until(async () => (await truncated()) === 1, 'streams are cut');
    await until(async () => (await left('c')).length === 1, 'the log removes them');
    for (const id of ['a', 'b', 'c']) expect(await left(id)).toEqual(['ActionCompleted']);
    for (const id of ['needed', 'of-plan', 'unnoted']) expect(await left(id)).toHaveLength(4);
    expect(await left('open')).toHaveLength(3);
    expect((await records())[0]!.data).toMatchObject({ events: 9, origin, tenant: { tenant: 'demo' } });
  });

  it('is verified whole with the archive, and without it by the record of the cut', async () => {
    await stopAudit();
    await audited.parts.log.down();
    await audited.parts.log.up();
    await startAudit();
    const whole = await verified('');
    expect([whole.verified, whole.faults, whole.missing_leaves, whole.scavenged]).toEqual([true, [], 0, []]);
    const without = await verified('?archive=false');
    expect([without.verified, without.faults, without.missing_leaves]).toEqual([true, [], 0]);
    expect(without.scavenged).toMatchObject([
      { leaves: 9, location: expect.stringContaining(audited.archive) },
    ]);
    const archive = new Archive(new DirectoryStore(audited.archive));
    const { record } = without.scavenged[0]!;
    expect(await cutFault(archive, [key], record)).toBeNull();
    const [segment] = record.segments;
    for (const [change, expected] of [
      [{ segments: [{ ...segment!, manifest_sha256: 'a'.repeat(64) }] }, 'is another than the cut names'],
      [{ segments: [{ ...segment!, first: 9000 }] }, 'does not have'],
      [{ nodes: record.nodes.toReversed() }, 'are not those that were cut'],
      [{ streams: record.streams.slice(1) }, 'of the 9 events'],
    ] satisfies readonly [Partial<LogCut>, string][])
      expect(await cutFault(archive, [key], { ...record, ...change })).toContain(expected);
  });

  it('is read as it was by auditors, and refused to those who decide', async () => {
    const lines = (events: readonly RecordedEvent[]): string =>
      events.map((event) => `${eventLine(event)}\n`).join('');
    const ofA = before.filter(({ stream }) => stream === 'action-demo:a');
    expect((await audited.get('/streams/action-demo:a', {}, service)).text).toBe(lines(ofA));
    expect((await audited.get('/streams/action-demo:a?from=1&limit=2', {}, service)).text).toBe(
      lines(ofA.slice(1, 3)),
    );
    expect((await audited.get('/events?category=action', {}, service)).text).toBe(
      lines(before.filter(({ stream }) => stream.startsWith('action-demo:'))),
    );
    const ofStream = await verified('?stream=action-demo:a');
    expect([ofStream.faults, ofStream.files[0]?.events]).toEqual([[], 4]);
    await expect(collect(genuine(audited.parts.log.store).read('action-demo:a'))).rejects.toMatchObject({
      code: 'stream-scavenged',
    });
  });

  it('is copied as it is, with what the streams say was scavenged', async () => {
    const copied = await copyLog(audited.parts.log.url, (events) => collect(events));
    const kept = new Set((await audited.events()).map(({ id }) => id));
    expect(copied.filter(({ id }) => kept.has(id))).toHaveLength(kept.size);
    expect(copied.find(({ stream }) => stream === 'action-demo:a')).toMatchObject({ revision: 3 });
  });

  it('is a whole log to a read model that is rebuilt; one that has not seen the events stands still', async () => {
    const { pool } = audited.parts.postgres;
    const projection = defineProjection<SeenDatabase>({
      name: 'seen',
      version: 1,
      prefixes: ['action-'],
      migrations: [
        {
          name: '0001',
          sql: 'create table ${schema}.seen (at text primary key, stream text not null)',
        },
      ],
      handlers: handlersFor(ended, ({ position, stream }: RecordedEvent, db: Transaction<SeenDatabase>) =>
        db
          .insertInto('seen')
          .values({ at: `${position.commit}`, stream })
          .execute(),
      ),
    });
    const options = { pool, service: 'test', projection: projectionsOf(projection)[0]!, logger: silent };
    const store = genuine(audited.parts.log.store);
    const runner = new ProjectionRunner({ ...options, store, migrate: true, lookMs: 50 });
    await runner.start();
    expect(runner.state()).toBe('failed');
    await expect(rebuildProjection({ ...options, store })).rejects.toMatchObject({
      code: 'stream-scavenged',
    });
    const from = (archive: string): Promise<EventStore> =>
      projectionLog(
        audited.parts.log.store,
        { AUDIT_ARCHIVE: archive, AUDIT_KEY_DIR: audited.keys },
        silent,
        'test',
      );
    await expect(
      rebuildProjection({
        ...options,
        store: await from(join(audited.archive, '..', 'empty')),
        readsCut: true,
      }),
    ).rejects.toMatchObject({ code: 'archive-contradicted' });
    await rebuildProjection({ ...options, store: await from(audited.archive), readsCut: true });
    await until(() => Promise.resolve(runner.state() === 'following'), 'it follows the log');
    await runner.stop();
    const { rows } = await pool.query<{ at: string }>('select at from test_seen_v1.seen order by at::bigint');
    expect(rows.map(({ at }) => at)).toEqual(
      before
        .filter(({ stream }) => stream.startsWith('action-demo:'))
        .map(({ position }) => `${position.commit}`),
    );
  });

  it('is cut on where a keeper was killed in the middle', async () => {
    await stopAudit();
    await note(audited, ['action-demo:open', 'action-demo:needed', 'plan-demo:p']);
    for (const id of ['d', 'e', 'f']) await write(id, ended);
    await note(audited, ['action-demo:open', 'action-demo:needed', 'plan-demo:p']);
    const { store } = audited.parts.log;
    let done = 0;
    // Nothing comes of it any more, as after a kill.
    const killed: EventStore = {
      append: (...args) => store.append(...args),
      read: (...args) => store.read(...args),
      readAll: (...args) => store.readAll(...args),
      subscribe: (...args) => store.subscribe(...args),
      head: () => store.head(),
      scavenge: () => store.scavenge(),
      setRetention: (...args) => {
        done += 1;
        return done > 1 ? Promise.reject(new Error('killed')) : store.setRetention(...args);
      },
    };
    await startAudit({}, killed);
    await until(() => Promise.resolve(done > 1), 'half of it is done');
    await stopAudit();
    const cuts = async (): Promise<readonly LogCut[]> =>
      (await records()).filter(({ type }) => type === 'LogCut').map(({ data }) => data as LogCut);
    // The last one is recorded and not done.
    expect(await truncated()).toBe((await cuts()).length - 1);
    await startAudit();
    for (const id of ['unnoted', 'd', 'e', 'f'])
      await until(async () => (await left(id)).length === 1, `\`${id}\` is gone`);
    await until(async () => (await truncated()) === (await cuts()).length, 'it is finished');
    expect((await cuts()).reduce((sum, { events }) => sum + events, 0)).toBe(21);
    const report = await verified('?archive=false');
    expect([report.verified, report.scavenged.reduce((sum, { leaves }) => sum + leaves, 0)]).toEqual([
      true,
      21,
    ]);
  });

  it('is not cut while the archive does not answer, and goes on afterwards', async () => {
    await stopAudit();
    await write('g', ended);
    await note(audited, ['action-demo:open', 'action-demo:needed', 'plan-demo:p']);
    const { keep, planned } = underRetention(audited.parts, 'audit');
    await keep({});
    const { archive } = audited;
    const [directory, file] = [`${archive}-directory`, `${archive}-file`];
    await rename(archive, directory);
    await writeFile(file, '');
    // Renaming a link replaces it at once, so the service never finds the path free.
    const leadsTo = async (target: string): Promise<void> => {
      await symlink(target, `${archive}-link`);
      await rename(`${archive}-link`, archive);
    };
    await leadsTo(directory);
    await startAudit();
    await archived();
    await leadsTo(file);
    expect((await planned({ log: 90 }, later())).log).toMatchObject({
      streams: 0,
      blocked: expect.any(String),
    });
    await leadsTo(directory);
    expect((await planned({ log: 90 }, later())).log).toMatchObject({ streams: 1, blocked: null });
    expect(await readdir(archive)).toContain('segments');
    expect(await left('g')).toHaveLength(4);
  });

  it('takes the transactions of its actions along, and keeps every other one', async () => {
    await stopAudit();
    const turns = ['TurnAccepted', 'TurnTaken'] as const;
    const [refused, failed] = ['ApplyRefused', 'RollbackFailed'];
    // Each is an action, how far it came, and the end of its transaction.
    for (const [id, types, ends] of [
      ['over', ended, [refused]],
      ['running', ended.slice(0, 3), [refused]],
      ['driven', ended, []],
      ['named', ended, [refused]],
      ['stuck', ended, [failed]],
    ] as const) {
      await write(id, types);
      await transact(audited, id, ...turns, ...ends.map(String));
    }
    const open = ['action-demo:open', 'action-demo:needed', 'plan-demo:p', 'action-demo:running'];
    await note(audited, [...open, 'device_tx-demo:driven', 'device_tx-demo:named']);
    await write('late', ended);
    await transact(audited, 'late', ...turns, refused!);
    await startAudit();
    await archived();
    const { keep, planned } = underRetention(audited.parts, 'audit');
    // The transaction of `running` is kept for its action, and that of `late` for both.
    expect((await planned({ log: 90 }, later())).log?.held).toEqual([
      { why: 'needed', streams: 3, events: 8 },
      { why: 'open', streams: 5, events: 9 },
      { why: 'not_noted', streams: 2, events: 5 },
    ]);
    await keep({ log: 90 });
    await until(async () => (await left('over', 'device_tx')).length === 1, 'the transaction is gone');
    expect(await left('over', 'device_tx')).toEqual(['ApplyRefused']);
    expect(await left('over')).toEqual(['ActionCompleted']);
    await until(async () => (await left('stuck')).length === 1, 'its action is gone');
    for (const id of ['running', 'named', 'stuck', 'late'])
      expect([id, await left(id, 'device_tx')]).toEqual([id, [...turns, id === 'stuck' ? failed : refused]]);
    expect(await left('driven', 'device_tx')).toEqual(turns);
    const cuts = (await records()).flatMap(({ type, data }) => (type === 'LogCut' ? [data as LogCut] : []));
    const order = cuts.flatMap(({ streams }) => streams.map(({ stream }) => stream));
    expect(order.indexOf('device_tx-demo:over')).toBeGreaterThan(order.indexOf('action-demo:over'));
    await expect(collect(genuine(audited.parts.log.store).read('device_tx-demo:over'))).rejects.toMatchObject(
      { code: 'stream-scavenged' },
    );
    const whole = await audited.get('/streams/device_tx-demo:over', {}, service);
    expect(whole.text.trim().split('\n')).toHaveLength(3);
    for (const path of ['', '?archive=false']) {
      const report = await verified(path);
      expect([report.verified, report.faults]).toEqual([true, []]);
    }
  });

  it('contradicts what was signed where events are missing that no cut records', async () => {
    await stopAudit();
    await audited.parts.log.down();
    const database = new DatabaseSync(audited.parts.log.file!);
    const id = `(select id from streams where name = 'action-demo:needed')`;
    database.exec(
      `delete from events where stream_id = ${id} and revision < 2; update streams set scavenged = 2 where id = ${id}`,
    );
    database.close();
    await audited.parts.log.up();
    await startAudit();
    await until(async () => {
      // It breaks off where it meets the gap.
      await audited.get('/export?archive=false', {}, service).catch(() => undefined);
      return (await audited.events()).some(({ type }) => type === 'TreeInconsistencyFound');
    }, 'it is in the log');
  });
});
