import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Archive, DirectoryStore, verifyArchive, wholeLog } from '@interlock/archive';
import { collect, positionText, type EventStore, type RecordedEvent } from '@interlock/kernel';
import {
  entriesFault,
  eventLine,
  firstKeyFiles,
  parseCheckpoint,
  parseNote,
  parseVerifier,
} from '@interlock/tree';
import { verifyLog } from '@interlock/verify';
import { rebuildProjection, verifyProjection } from '@interlock/postgres';
import { until } from '@interlock/testing';
import { projectionLog, projections } from '../src/main.js';
import { Audited, origin, seedOf } from './audited.js';

const audited = new Audited();
const key = parseVerifier(firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim())!;
let folder: string;

beforeAll(async () => {
  await audited.begin();
  folder = join(await audited.folders.make(), 'archive');
});
afterAll(() => audited.end());

describe('the log that audit signs', () => {
  it('is archived as it is signed, and goes on after the tables of its tree were lost', async () => {
    const environment = { AUDIT_ARCHIVE: folder, AUDIT_ARCHIVE_EVENTS: '100' };
    await audited.append('action-demo:a', 450);
    let service = await audited.start(environment);
    const archived = async (): Promise<number> =>
      (await audited.get<{ archived_events: number }>('/archive', { tenant: '_system' }, service)).json
        ?.archived_events ?? 0;
    await until(async () => (await archived()) >= 400, 'it is archived', 60_000);
    await audited.stopServices();
    const { rows } = await audited.parts.postgres.pool.query<{ name: string }>(
      "select schema_name as name from information_schema.schemata where schema_name like 'audit%'",
    );
    for (const { name } of rows) await audited.parts.postgres.pool.query(`drop schema ${name} cascade`);
    await audited.append('action-demo:b', 200);
    service = await audited.start(environment);
    await until(async () => (await archived()) >= 600, 'it went on', 60_000);
    const store = new DirectoryStore(folder);
    const report = await verifyArchive(store, { keys: [key] });
    expect([report.verified, report.faults, report.undecided]).toEqual([true, [], []]);
    // The service that runs signs the log meanwhile, which writes to it: what is read later may be
    // longer.
    const log = (await collect(audited.parts.log.store.readAll())).map(eventLine);
    expect(
      (await collect(wholeLog(new Archive(store), [key], audited.parts.log.store)))
        .map(eventLine)
        .slice(0, log.length),
    ).toEqual(log);
  });

  describe('of which some was scavenged', () => {
    const environment = (): { [name: string]: string } => ({
      AUDIT_ARCHIVE: folder,
      AUDIT_ARCHIVE_EVENTS: '100',
    });
    const archivedTo = async (): Promise<number> =>
      (await new Archive(new DirectoryStore(folder)).last())!.manifest.first +
      (await new Archive(new DirectoryStore(folder)).last())!.manifest.count;
    const dropTrees = async (): Promise<void> => {
      const { rows } = await audited.parts.postgres.pool.query<{ name: string }>(
        "select schema_name as name from information_schema.schemata where schema_name like 'audit%'",
      );
      for (const { name } of rows) await audited.parts.postgres.pool.query(`drop schema ${name} cascade`);
    };
    const findings = async (): Promise<number> =>
      (await collect(audited.parts.log.store.readAll())).filter(
        ({ type }) => type === 'TreeInconsistencyFound',
      ).length;
    /** The log without some of its events. */
    const without = (gone: ReadonlySet<string>): EventStore => {
      const { store } = audited.parts.log;
      const has = (event: RecordedEvent): boolean => !gone.has(positionText(event.position));
      const only = async function* (events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
        for await (const event of events) if (has(event)) yield event;
      };
      return {
        append: (...args) => store.append(...args),
        head: () => store.head(),
        setRetention: (...args) => store.setRetention(...args),
        scavenge: () => store.scavenge(),
        read: (...args) => only(store.read(...args)),
        readAll: (...args) => only(store.readAll(...args)),
        subscribe: (options, handlers) =>
          store.subscribe(options, {
            ...handlers,
            onEvent: (event) => (has(event) ? handlers.onEvent(event) : undefined),
          }),
      };
    };

    it.each([
      ['here and there', (i: number): boolean => i % 3 === 1],
      ['all that was archived', (): boolean => true],
    ])(
      'has its trees built again as they were signed, is read again and exported whole: %s',
      async (_what, isGone) => {
        await audited.stopServices();
        const [archived, all] = [await archivedTo(), await collect(audited.parts.log.store.readAll())];
        const keeps = /^checkpoint-/;
        const gone = new Set(
          all
            .slice(0, archived)
            .filter((event, i) => !keeps.test(event.stream) && isGone(i))
            .map(({ position }) => positionText(position)),
        );
        expect(gone.size).toBeGreaterThan(100);
        await dropTrees();
        const service = await audited.start({ ...environment(), AUDIT_SCRUB_HOURS: '1' }, without(gone));
        await audited.append('action-demo:after', 3);
        const checkpoint = parseCheckpoint(parseNote(await audited.signed('demo'))!.text)!;
        expect(entriesFault((await audited.entriesOf()).slice(0, checkpoint.size), checkpoint)).toBeNull();
        const { text } = await audited.get('/export');
        const report = await verifyLog(
          [
            {
              name: 'export',
              async *open() {
                yield await Promise.resolve(Buffer.from(text));
              },
            },
          ],
          { key },
        );
        expect([report.verified, report.faults, report.files[0]?.runs]).toEqual([
          true,
          [],
          [[0, report.files[0]?.size]],
        ]);
        await until(
          async () =>
            /audit_scrubbed_timestamp_seconds\{[^}]*\} [1-9]/.test(
              await audited.parts.issuer.metricsOf(`http://127.0.0.1:${service.http.port}`),
            ),
          'the whole log was read again',
        );
        expect(await findings()).toBe(0);
      },
    );

    it('has its trees rebuilt beside the live ones and compared with a fresh replay, and not without its archive', async () => {
      await audited.stopServices();
      const archived = await archivedTo();
      const gone = new Set(
        (await collect(audited.parts.log.store.readAll()))
          .slice(0, archived)
          .filter(({ stream }, i) => !stream.startsWith('checkpoint-') && i % 2 === 0)
          .map(({ position }) => positionText(position)),
      );
      const { pool } = audited.parts.postgres;
      const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
      const [projection] = projections;
      const from = async (place: string): Promise<Parameters<typeof rebuildProjection>[0]> => ({
        pool,
        service: 'audit',
        projection: projection!,
        logger,
        store: await projectionLog(
          without(gone),
          { AUDIT_ARCHIVE: place, AUDIT_KEY_DIR: audited.keys },
          logger,
        ),
      });
      expect(await rebuildProjection(await from(folder))).toMatchObject({
        service: 'audit',
        projection: 'tree',
      });
      expect(await verifyProjection(await from(folder))).toMatchObject({ same: true });
      const service = await audited.start(environment(), without(gone));
      await audited.append('action-demo:rebuilt');
      await audited.signed('demo');
      expect(await findings()).toBe(0);
      await service.stop();
      await writeFile(join(folder, '..', 'no-folder'), '');
      await expect(rebuildProjection(await from(join(folder, '..', 'no-folder')))).rejects.toMatchObject({
        code: 'archive-unavailable',
      });
    });

    it('is contradicted where the archive has not what is missing', async () => {
      await audited.stopServices();
      const settings = { ...environment(), AUDIT_ARCHIVE_EVENTS: '1000000' };
      await audited.start(settings);
      await audited.append('action-demo:lost');
      await audited.signed('demo');
      await audited.stopServices();
      const lost = (await collect(audited.parts.log.store.readAll())).find(
        ({ stream }) => stream === 'action-demo:lost',
      )!;
      await audited.start(settings, without(new Set([positionText(lost.position)])));
      await until(async () => (await findings()) > 0, 'it is in the log');
    });
  });
});
