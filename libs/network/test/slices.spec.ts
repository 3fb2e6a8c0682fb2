import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import { deviceDecider, deviceLoosens, deviceViolations, type CellSlice, type Device } from '../src/index.js';
import { device } from './fleet.js';

const sliced = (...slices: readonly CellSlice[]): Device =>
  device({ cells: [{ cell_id: 'c1', neighbours: [], slices }] });

describe('the slices of a cell', () => {
  it('are refused with every fault', () => {
    const faults = deviceViolations(
      sliced(
        { slice_id: '256', policies: ['p', 'p'], five_qis: [0] },
        { slice_id: '00101:1-0000a1', policies: ['a\nb'], five_qis: [9, 9] },
        { slice_id: '00101:1-0000a1', policies: [], five_qis: [1.5] },
        { slice_id: '1-00A1', policies: [] },
      ),
    );
    expect(faults.map(({ pointer }) => pointer.slice('/cells/0/slices/'.length))).toEqual([
      '0/slice_id',
      '0/policies',
      '0/five_qis',
      '1/policies',
      '1/five_qis',
      '2/slice_id',
      '2/five_qis',
      '3/slice_id',
    ]);
  });

  it('stand twice with and without the SD that means none', () => {
    const slices = ['1', '1-ffffff', '2-ffffff'].map((slice_id) => ({ slice_id, policies: [] }));
    expect(deviceViolations(sliced(...slices)).map(({ pointer }) => pointer)).toEqual([
      '/cells/0/slices/1/slice_id',
    ]);
  });

  it.each(['0', '255', '1-0000a1', '00101:1', '310410:1-ffffff'])('may be `%s`', (slice_id) => {
    expect(deviceViolations(sliced({ slice_id, policies: [] }))).toEqual([]);
  });

  it('loosens with slices whose shares may be changed from then on', () => {
    const loosened = (before: Device, after: Device) => {
      const { state } = given(deviceDecider, [{ type: 'DeviceRegistered', data: before }]).when({
        kind: 'UpdateDevice',
        device_id: 'gnb-1',
        changes: {},
      });
      return deviceLoosens(state, { ...state, device: after }).map(({ pointer }) => pointer);
    };
    const data: CellSlice = { slice_id: '1', policies: ['p'], five_qis: [9] };
    const voice: CellSlice = { slice_id: '2', policies: ['p'], five_qis: [5] };
    const unknown: CellSlice = { slice_id: '3', policies: ['p'] };
    expect(loosened(device(), sliced(data))).toEqual(['/cells/0/slices']);
    expect(loosened(sliced(voice, data), sliced(data))).toEqual(['/cells/0/slices']);
    expect(loosened(sliced(unknown), sliced({ ...unknown, five_qis: [9] }))).toEqual(['/cells/0/slices']);
    expect(loosened(device(), sliced(voice))).toEqual([]);
    expect(loosened(device(), sliced(unknown))).toEqual(['/cells/0/slices']);
    expect(loosened(sliced(voice, unknown), sliced({ ...voice, five_qis: [9] }, unknown))).toEqual([
      '/cells/0/slices',
    ]);
    expect(loosened(sliced(data), sliced(data, unknown))).toEqual([]);
    expect(loosened(sliced(data), sliced({ ...data, five_qis: [8] }))).toEqual([]);
    for (const before of [sliced(voice), sliced(data), sliced()]) {
      expect(loosened(before, device())).toEqual(['/cells']);
      expect(loosened(before, device({ cells: [] }))).toEqual(['/cells']);
    }
    expect(loosened(device(), sliced())).toEqual([]);
  });
});
