import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Archive, DirectoryStore, verifyArchive, wholeLog } from '@interlock/archive';
import { collect } from '@interlock/kernel';
import { eventLine, firstKeyFiles, parseVerifier } from '@interlock/ledger';
import { until } from '@interlock/testing';
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
    const archived = async (): Promise<number> => (await audited.get<{ archived_events: number }>('/archive', { tenant: '_system' }, service)).json?.archived_events ?? 0;
    await until(async () => await archived() >= 400, 'it is archived', 60_000);
    await audited.stopServices();
    const { rows } = await audited.parts.postgres.pool.query<{ name: string }>("select schema_name as name from information_schema.schemata where schema_name like 'audit%'");
    for (const { name } of rows) await audited.parts.postgres.pool.query(`drop schema ${name} cascade`);
    await audited.append('action-demo:b', 200);
    service = await audited.start(environment);
    await until(async () => await archived() >= 600, 'it went on', 60_000);
    const store = new DirectoryStore(folder);
    const report = await verifyArchive(store, { keys: [key] });
    expect([report.verified, report.faults, report.undecided]).toEqual([true, [], []]);
    expect((await collect(wholeLog(new Archive(store), [key], audited.parts.log.store))).map(eventLine)).toEqual((await collect(audited.parts.log.store.readAll())).map(eventLine));
  });
});
