import { chmodSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MeasurementFolder } from '../src/kpi/measurement-folder.js';
import { measurementFile } from './measurement-file.js';

let folder: string;
let faults: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-pm-'));
  faults = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): MeasurementFolder =>
  new MeasurementFolder(
    {
      name: 'pm',
      tenant_id: 'demo',
      max_age_s: 900,
      folder,
      object_class: 'NRCellDU',
      kpis: [
        { kpi: 'users', counter: 'RRC.ConnMean', scale: 1 },
        { kpi: 'drop_rate_pct', counter: 'DRB.RelAbnormal', per: 'DRB.Rel', scale: 100 },
      ],
    },
    (file, detail) => faults.push(`${file}: ${detail}`),
  );
const put = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content);
const valuesOf = async (source: MeasurementFolder, cell = 'cell-1'): Promise<readonly unknown[]> => {
  const read = await source.read([cell], Date.now());
  return ['users', 'drop_rate_pct'].map((kpi) => read.get(kpi)?.get(cell)?.value);
};
const now = (): Date => new Date(Math.floor(Date.now() / 1000) * 1000);
const earlier = (seconds: number): Date => new Date(now().getTime() - seconds * 1000);

describe('a folder of performance files', () => {
  it('gives the newest values of all its files, plain and as gzip', async () => {
    const source = open();
    put('A1.xml', measurementFile({ 'cell-1': '10 100 1' }, { end: earlier(60) }));
    expect(await valuesOf(source)).toEqual([10, 1]);
    put('A2.xml.gz', gzipSync(measurementFile({ 'cell-1': '20 50 2' }, { end: now() })));
    expect(await valuesOf(source)).toEqual([20, 4]);
    put('A3.xml', measurementFile({ 'cell-1': '30 100 9' }, { end: earlier(30) }));
    expect(await valuesOf(source)).toEqual([20, 4]);
    expect(await valuesOf(open())).toEqual([20, 4]);
    expect(faults).toEqual([]);
  });

  it('takes the same content once, and refuses another value for the same period', async () => {
    const source = open();
    const end = now();
    const text = measurementFile({ 'cell-1': '10 100 1' }, { end });
    put('A1.xml', text);
    put('A2.xml.gz', gzipSync(text));
    expect(await valuesOf(source)).toEqual([10, 1]);
    expect(faults).toEqual([]);
    put('A3.xml', measurementFile({ 'cell-1': '99 100 1' }, { end }));
    expect(await valuesOf(source)).toEqual([undefined, 1]);
    expect(faults).toEqual([
      expect.stringContaining('an earlier file for the same period, has another value'),
    ]);
  });

  it('knows no value of a cell whose name two objects share', async () => {
    const source = open();
    const text = measurementFile({ 'cell-1': '10 100 1' }, { end: earlier(9) });
    put('A1.xml', text);
    expect(await valuesOf(source)).toEqual([10, 1]);
    const other = measurementFile({ 'cell-1': '10 100 1' }, { end: now() });
    put('A2.xml', other.replace(/NRCellDU=cell-1/g, 'GNBDUFunction=2,NRCellDU=cell-1'));
    expect(await valuesOf(source)).toEqual([undefined, undefined]);
    expect(faults).toEqual([expect.stringContaining('another object of the same name')]);
  });

  it('divides only counters of one period, and nothing by nothing is not a loss', async () => {
    const source = open();
    put('A1.xml', measurementFile({ 'cell-1': '0 0 0', 'cell-2': '1 0 5' }, { end: now() }));
    expect(await valuesOf(source)).toEqual([0, 0]);
    expect(await valuesOf(source, 'cell-2')).toEqual([1, undefined]);
    put('A2.xml', measurementFile({ 'cell-3': '5' }, { end: now(), counters: 'DRB.RelAbnormal' }));
    put('A3.xml', measurementFile({ 'cell-3': '5' }, { end: earlier(9), counters: 'DRB.Rel' }));
    expect(await valuesOf(source, 'cell-3')).toEqual([undefined, undefined]);
  });

  it('names each refused file once, and reads it again when it has changed', async () => {
    const source = open();
    const text = measurementFile({ 'cell-1': '10 100 1' }, { end: now() });
    put('part.xml', text.slice(0, 300));
    put('bomb.xml.gz', gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    put('cut.xml.gz', gzipSync(text).subarray(0, 60));
    put('long.xml', Buffer.alloc(9 * 1024 * 1024, 'x'));
    put('.hidden.xml', 'nothing');
    put('other.txt', 'nothing');
    symlinkSync(join(folder, 'other.txt'), join(folder, 'link.xml'));
    expect(await valuesOf(source)).toEqual([undefined, undefined]);
    await valuesOf(source);
    expect(faults).toEqual([
      'bomb.xml.gz: it unpacks to more than 8388608 bytes',
      'cut.xml.gz: it is not a whole gzip file',
      'link.xml: ELOOP',
      'long.xml: it has more than 8388608 bytes',
      expect.stringContaining('part.xml: malformed XML'),
    ]);
    put('part.xml', text);
    expect(await valuesOf(source)).toEqual([10, 1]);
    expect(faults).toHaveLength(5);
  });

  it('leaves old files unread, and forgets old values', async () => {
    const source = open();
    put('old.xml', 'not even XML');
    utimesSync(join(folder, 'old.xml'), earlier(901), earlier(901));
    put('A1.xml', measurementFile({ 'cell-1': '10 100 1' }, { end: earlier(899) }));
    expect(await valuesOf(source)).toEqual([10, 1]);
    expect((await source.read(null, Date.now() + 2000)).get('users')).toEqual(new Map());
    expect(faults).toEqual([]);
  });

  it('refuses a period that ends in the future, so that it does not outlast the right values', async () => {
    const source = open();
    put('A1.xml', measurementFile({ 'cell-1': '99 100 1' }, { end: earlier(-3600) }));
    expect(await valuesOf(source)).toEqual([undefined, undefined]);
    expect(faults).toEqual(['A1.xml: a period ends in the future']);
    put('A2.xml', measurementFile({ 'cell-1': '10 100 1' }, { end: now() }));
    expect(await valuesOf(source)).toEqual([10, 1]);
  });

  it('says that its folder is not there', async () => {
    const source = open();
    rmSync(folder, { recursive: true });
    await expect(valuesOf(source)).rejects.toThrow('its folder cannot be read: ENOENT');
    writeFileSync(folder, '');
    chmodSync(folder, 0o600);
    await expect(valuesOf(source)).rejects.toThrow('its folder cannot be read: ENOTDIR');
  });
});
