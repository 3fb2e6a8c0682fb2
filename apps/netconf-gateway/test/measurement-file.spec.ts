import { describe, expect, it } from '@jest/globals';
import { nameInClass, parseMeasurements } from '../src/kpi/measurement-file.js';
import { measurementFile } from './measurement-file.js';

const end = new Date('2026-03-01T10:15:00Z');
const wanted = new Set(['RRC.ConnMean', 'DRB.Rel']);
const good = measurementFile({ 'cell-1': '12.5 100 2', 'cell-2': 'NIL 7 0' }, { end, seconds: 900 });

describe('a performance file', () => {
  it('gives the wanted counters of each object with their period', () => {
    const [from, to] = [Date.parse('2026-03-01T10:00:00Z'), end.getTime()];
    const object = (cell: string): string => `ManagedElement=gnb-1,GNBDUFunction=1,NRCellDU=${cell}`;
    expect(parseMeasurements(good, wanted)).toEqual([
      { object: object('cell-1'), counter: 'RRC.ConnMean', value: 12.5, from, to },
      { object: object('cell-1'), counter: 'DRB.Rel', value: 100, from, to },
      { object: object('cell-2'), counter: 'DRB.Rel', value: 7, from, to },
    ]);
  });

  it('is read in the older form too, with a position at each counter and value', () => {
    const text = `<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">
      <measData><managedElement localDn="ManagedElement=gnb-1"/><measInfo>
        <granPeriod duration="PT15M" endTime="2026-03-01T11:15:00+01:00"/>
        <measType p="1">DRB.Rel</measType><measType p="2">RRC.ConnMean</measType>
        <measValue measObjLdn="NRCellDU=cell-1"><r p="2">3</r><r p="1"/></measValue>
      </measInfo></measData></measCollecFile>`;
    expect(parseMeasurements(text, wanted)).toEqual([
      {
        object: 'ManagedElement=gnb-1,NRCellDU=cell-1',
        counter: 'RRC.ConnMean',
        value: 3,
        from: Date.parse('2026-03-01T10:00:00Z'),
        to: end.getTime(),
      },
    ]);
  });

  it('leaves out values that the device calls suspect', () =>
    expect(parseMeasurements(measurementFile({ a: '1 2 3' }, { end, suspect: true }), wanted)).toEqual([]));

  it.each([
    ['malformed', '<measDataFile', 'malformed XML'],
    [
      'an entity bomb',
      `<!DOCTYPE a [<!ENTITY a "${'x'.repeat(99)}"><!ENTITY b "&a;&a;">]><a>&b;</a>`,
      'document type',
    ],
    ['of another namespace', '<measDataFile xmlns="urn:x"/>', 'not a 3GPP performance file'],
    ['of another kind', '<rpc-reply/>', 'not a 3GPP performance file'],
    ['too deep', `${'<a>'.repeat(30)}${'</a>'.repeat(30)}`, 'nested deeper'],
    ['too long', `<a>${'x'.repeat(9 * 1024 * 1024)}</a>`, 'longer than'],
    ['without a period', good.replace('duration="PT900S" endTime', 'endTime'), 'no `granPeriod`'],
    ['with a time without its zone', good.replace(/(endTime="[^"]+)Z"/, '$1"'), 'no `granPeriod`'],
    ['with more values than counters', good.replace('12.5 100 2', '12.5 100 2 9'), '4 values for 3 counters'],
    ['with a text as a value', good.replace('12.5', 'twelve'), 'is not a number'],
    [
      'with two values of one counter',
      good.replace('NRCellDU=cell-2', 'NRCellDU=cell-1'),
      'two values for one period',
    ],
  ])('%s is refused', (_, text, why) => expect(() => parseMeasurements(text, wanted)).toThrow(why));

  it('names all of its faults', () => {
    const text = good.replace('12.5', 'twelve').replace('NIL 7', 'NIL seven');
    expect(() => parseMeasurements(text, wanted)).toThrow(/RRC\.ConnMean.*cell-1.*; .*DRB\.Rel.*cell-2/);
  });
});

describe('the name of a measured object', () => {
  it('is that of the object itself, not of one that contains it', () => {
    expect(nameInClass('ManagedElement=1,NRCellDU=cell-1', 'NRCellDU')).toBe('cell-1');
    expect(nameInClass('NRCellDU=a\\,b=c', 'NRCellDU')).toBe('a,b=c');
    expect(nameInClass('NRCellDU=cell-1,NRCellRelation=2', 'NRCellDU')).toBeUndefined();
    expect(nameInClass('NRCellDU', 'NRCellDU')).toBeUndefined();
  });
});
