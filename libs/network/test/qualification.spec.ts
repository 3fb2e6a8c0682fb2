import { describe, expect, it } from '@jest/globals';
import {
  endingWays,
  heldLocks,
  type EndingWay,
  type HeldLocks,
  type QualificationCell,
} from '@interlock/contracts';
import { given } from '@interlock/kernel';
import { deviceDecider, type DeviceCommand, type DeviceEvent } from '../src/index.js';
import { device } from './fleet.js';

const start: DeviceCommand = {
  kind: 'StartQualification',
  reason: 'new',
  run_id: 'q-1',
  probe: { binding: 'b', change: { path: '/p', before: '0', after: '1' } },
  ends_by: '2026-11-20T10:10:00.000Z',
};
const registered: DeviceEvent = { type: 'DeviceRegistered', data: device() };
const decide = (history: readonly DeviceEvent[], command: DeviceCommand) =>
  given(deviceDecider, history).when(command);
const started: readonly DeviceEvent[] = [registered, ...decide([registered], start).events];

/** A matrix in which the named cells failed and the named ways were not offered. */
const matrix = (
  failed: readonly (readonly [EndingWay, HeldLocks])[] = [],
  without: readonly EndingWay[] = [],
): readonly QualificationCell[] =>
  endingWays.flatMap((way) =>
    heldLocks.map((locks): QualificationCell => {
      const isFailed = failed.some(([of, held]) => of === way && held === locks);
      const result = without.includes(way) ? 'not_offered' : isFailed ? 'fail' : 'pass';
      return { way, locks, result, why: result === 'fail' ? 'it kept the change' : null };
    }),
  );
const record = (cells: readonly QualificationCell[], run_id = 'q-1'): DeviceCommand => ({
  kind: 'RecordQualification',
  run_id,
  cells,
  capabilities_hash: 'h1',
});
const ends = endingWays.filter((way) => way !== 'edit_back');

describe('the level that a matrix earns', () => {
  it.each([
    ['confirmed-commit', matrix()],
    ['confirmed-commit', matrix([], ['cancel', 'other_session'])],
    ['confirmed-commit-unlocked', matrix([['timeout', 'running']])],
    ['inverse-edit', matrix([['timeout', 'none']])],
    ['inverse-edit', matrix([], ends)],
    ['inverse-edit', matrix([], ['timeout'])],
    ['confirmed-commit', matrix([['commit_id', 'none']])],
    ['none', matrix([['edit_back', 'both']])],
    ['none', matrix([], ['edit_back'])],
    ['none', []],
  ])('is %s', (level, cells) => {
    expect(decide(started, record(cells)).state.qualification).toMatchObject({ level, stale: null });
  });
});

describe('the qualification of a device', () => {
  const qualified = [...started, ...decide(started, record(matrix())).events];

  it('has one run at a time, and takes the result of that run only', () => {
    for (const refused of [
      decide(started, start),
      decide(started, record(matrix(), 'q-2')),
      decide([registered], record(matrix())),
    ])
      expect(refused.error).toMatchObject({ code: 'wrong-state' });
    expect(decide(started, { kind: 'FailQualification', run_id: 'q-2', why: 'x' }).events).toEqual([]);
  });

  it('keeps the earlier result if a run fails', () => {
    const again = [...qualified, ...decide(qualified, { ...start, run_id: 'q-2' }).events];
    const { state } = decide(again, { kind: 'FailQualification', run_id: 'q-2', why: 'stopped' });
    expect(state).toMatchObject({
      qualifying: null,
      qualification: { run_id: 'q-1', level: 'confirmed-commit' },
      qualification_fault: 'stopped',
    });
  });

  it('lapses once with other capabilities, and with another place, key or profile', () => {
    const note = (hash: string): DeviceCommand => ({ kind: 'NoteCapabilities', capabilities_hash: hash });
    expect(decide(qualified, note('h1')).events).toEqual([]);
    const lapsed = decide(qualified, note('h2'));
    expect(lapsed.state.qualification?.stale).not.toBeNull();
    expect(decide([...qualified, ...lapsed.events], note('h3')).events).toEqual([]);
    for (const changes of [
      { call_home: true },
      { transport: 'tls' },
      { port: 831 },
      { host: 'other' },
      { profile: 'nokia' },
    ] as const)
      expect(
        decide(qualified, { kind: 'UpdateDevice', device_id: 'gnb-1', changes }).state.qualification?.stale,
      ).not.toBeNull();
    const moved = decide(qualified, {
      kind: 'UpdateDevice',
      device_id: 'gnb-1',
      changes: { site_id: 'site-2' },
    });
    expect(moved.state.qualification?.stale).toBeNull();
    expect(decide(qualified, { kind: 'RemoveDevice', reason: null }).state.qualification).toBeNull();
  });
});
