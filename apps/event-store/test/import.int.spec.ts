import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from '@jest/globals';
import { importLog } from '../src/writing/import.js';
import { startEventStore } from '../src/service/server.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const event = (position: number, more: object = {}): object => ({
  position,
  stream: 'order-1',
  revision: position - 1,
  id: `00000000-0000-4000-8000-00000000000${position}`,
  type: 'Ordered',
  created_us: 1_700_000_000_000_000 + position,
  json: true,
  data: { position },
  metadata_base64: '',
  ...more,
});
const tombstone = { type: '$streamDeleted', revision: -1, json: false, data: undefined, data_base64: '' };
const lines = async function* (events: readonly object[]): AsyncGenerator<string> {
  for (const one of events) yield JSON.stringify(one);
};
const fileOf = (name: string): string => join(folder, `${name}.db`);
const faultOf = (file: string, events: readonly object[]): Promise<string> =>
  importLog(file, lines(events)).then(
    () => '',
    (error: unknown) => (error as Error).message,
  );

describe('a log that is made from a copy', () => {
  it('has the same positions, revisions, times and bytes, and is served', async () => {
    const file = fileOf('whole');
    expect(await importLog(file, lines([event(1), event(2), event(3, tombstone)]))).toBe(3);
    const database = new DatabaseSync(file, { readOnly: true });
    const rows = database.prepare('select position, revision, created_us, data from events').all();
    database.close();
    expect(
      rows.map(({ data, ...row }) => ({ ...row, data: Buffer.from(data as Uint8Array).toString() })),
    ).toEqual([
      { position: 1, revision: 0, created_us: 1_700_000_000_000_001, data: '{"position":1}' },
      { position: 2, revision: 1, created_us: 1_700_000_000_000_002, data: '{"position":2}' },
      { position: 3, revision: -1, created_us: 1_700_000_000_000_003, data: '' },
    ]);
    const store = await startEventStore({ file });
    await store.stop();
  });

  it('has the gaps of a log that was scavenged', async () => {
    const file = fileOf('scavenged');
    const copied = [event(3, { revision: 2 }), event(5, { stream: 'order-2', revision: 1 })];
    expect(await importLog(file, lines(copied))).toBe(5);
    const store = await startEventStore({ file });
    await store.stop();
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare('select name, scavenged from streams order by id').all()).toEqual([
      { name: 'order-1', scavenged: 2 },
      { name: 'order-2', scavenged: 1 },
    ]);
    database.close();
  });

  it('is refused if an event is missing, or a line is not an event, and leaves no file', async () => {
    const file = fileOf('broken');
    expect(await faultOf(file, [event(1), event(3)])).toContain(
      '1 of the events up to position 3 are missing',
    );
    expect(await faultOf(file, [event(2), event(1)])).toContain('line 2 of the copy is out of order');
    expect(await faultOf(file, [event(1), { position: 2 }])).toContain('line 2 of the copy is not an event');
    expect(await faultOf(file, [event(1), event(2, { revision: 5 })])).toContain('has a gap');
    expect(existsSync(file)).toBe(false);
  });

  it('never replaces a file', async () => {
    const file = fileOf('there');
    writeFileSync(file, 'mine');
    expect(await faultOf(file, [event(1)])).toContain('exists');
  });
});
