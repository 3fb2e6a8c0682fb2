import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Archive, DirectoryStore, verifyArchive, wholeLog } from '@interlock/archive';
import { collect, positionText, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { entriesFault, eventLine, parseCheckpoint, parseNote } from '@interlock/tree';
import { rebuildProjection, verifyProjection } from '@interlock/postgres';
import { until } from '@interlock/testing';
import { projectionLog, projections } from '../src/main.js';
import { Audited, key, silent, verifyText } from './audited.js';

const audited = new Audited();

beforeAll(() => audited.begin());
afterAll(() => audited.end());

const dropTrees = async (): Promise<void> => {
  const { pool } = audited.parts.postgres;
  const { rows } = await pool.query<{ name: string }>(
    "select schema_name as name from information_schema.schemata where schema_name like 'audit%'",
  );
  for (const { name } of rows) await pool.query(`drop schema ${name} cascade`);
};

describe('the log that audit signs', () => {
  it('is archived as it is signed, and goes on after the tables of its tree were lost', async () => {
    const environment = { AUDIT_ARCHIVE: audited.archive, AUDIT_ARCHIVE_EVENTS: '100' };
    await audited.append('action-demo:a', 450);
    let service = await audited.start(environment);
    const archived = async (): Promise<number> =>
      (await audited.get<{ archived_events: number }>('/archive', { tenant: '_system' }, service)).json
        ?.archived_events ?? 0;
    await until(async () => (await archived()) >= 400, 'it is archived', 60_000);
    await audited.stopServices();
    await dropTrees();
    await audited.append('action-demo:b', 200);
    service = await audited.start(environment);
    await until(async () => (await archived()) >= 600, 'it went on', 60_000);
    const store = new DirectoryStore(audited.archive);
    const report = await verifyArchive(store, { keys: [key] });
    expect([report.verified, report.faults, report.undecided]).toEqual([true, [], []]);
    // The service that runs signs the log meanwhile, which writes to it: what is read later may be
    // longer.
    const log = (await audited.events()).map(eventLine);
    expect(
      (await collect(wholeLog(new Archive(store), [key], audited.parts.log.store)))
        .map(eventLine)
        .slice(0, log.length),
    ).toEqual(log);
  });

  describe('of which some was scavenged', () => {
    const environment = (): { [name: string]: string } => ({
      AUDIT_ARCHIVE: audited.archive,
      AUDIT_ARCHIVE_EVENTS: '100',
    });
    const archivedTo = async (): Promise<number> => {
      const { manifest } = (await new Archive(new DirectoryStore(audited.archive)).last())!;
      return manifest.first + manifest.count;
    };
    const findings = async (): Promise<number> =>
      (await audited.events()).filter(({ type }) => type === 'TreeInconsistencyFound').length;
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
        const [archived, all] = [await archivedTo(), await audited.events()];
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
        const checkpoint = parseCheckpoint(parseNote(await audited.signed())!.text)!;
        expect(entriesFault((await audited.entriesOf()).slice(0, checkpoint.size), checkpoint)).toBeNull();
        const { text } = await audited.get('/export');
        const report = await verifyText(text);
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
        (await audited.events())
          .slice(0, archived)
          .filter(({ stream }, i) => !stream.startsWith('checkpoint-') && i % 2 === 0)
          .map(({ position }) => positionText(position)),
      );
      const { pool } = audited.parts.postgres;
      const [projection] = projections;
      const from = async (place: string): Promise<Parameters<typeof rebuildProjection>[0]> => ({
        pool,
        service: 'audit',
        projection: projection!,
        logger: silent,
        store: await projectionLog(
          without(gone),
          { AUDIT_ARCHIVE: place, AUDIT_KEY_DIR: audited.keys },
          silent,
        ),
      });
      expect(await rebuildProjection(await from(audited.archive))).toMatchObject({
        service: 'audit',
        projection: 'tree',
      });
      expect(await verifyProjection(await from(audited.archive))).toMatchObject({ same: true });
      const service = await audited.start(environment(), without(gone));
      await audited.append('action-demo:rebuilt');
      await audited.signed();
      expect(await findings()).toBe(0);
      await service.stop();
      await writeFile(join(audited.archive, '..', 'no-audited.archive'), '');
      await expect(
        rebuildProjection(await from(join(audited.archive, '..', 'no-audited.archive'))),
      ).rejects.toMatchObject({
        code: 'archive-unavailable',
      });
    });

    it('is contradicted where the archive has not what is missing', async () => {
      await audited.stopServices();
      const settings = { ...environment(), AUDIT_ARCHIVE_EVENTS: '1000000' };
      await audited.start(settings);
      await audited.append('action-demo:lost');
      await audited.signed();
      await audited.stopServices();
      const lost = (await audited.events()).find(({ stream }) => stream === 'action-demo:lost')!;
      await audited.start(settings, without(new Set([positionText(lost.position)])));
      await until(async () => (await findings()) > 0, 'it is in the log');
    });
  });
});
