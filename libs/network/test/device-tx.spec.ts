import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, given, isProblem } from '@interlock/kernel';
import {
  deviceTxDecider,
  isFinished,
  txState,
  txStatus,
  type AskedTurn,
  type DeviceTxCommand,
  type DeviceTxEvent,
} from '../src/index.js';

const apply = {
  action_id: 'a1',
  request_id: 'r1',
  epoch: '4',
  plan_hash: 'p',
  action_type: 'cell_failover',
  entity_id: 'c1',
  device_id: 'gnb-1',
  soak_s: 5,
  confirm_timeout_s: 95,
  turn: 1,
};
const asked = {
  turn: 1,
  request_id: 't1',
  action_id: 'a1',
  action_type: 'cell_failover',
  entity_id: 'c1',
  device_id: 'gnb-1',
  device: { host: 'h', port: 830, username: 'u', credentials_ref: 'c', profile: '3gpp' },
} as unknown as AskedTurn;
const prepared = {
  edit_xml: '<x/>',
  inverse_xml: '<y/>',
  changes: [{ path: '/a', before: '1', after: '2' }],
  diff_hash: 'd',
  leaves_fingerprint: 'f',
  pre_image: { '/a': '1' },
  pre_image_hash: 'h',
  neighbours: ['c2'],
  samples_before: [],
};
const observation = { before: {}, after: {}, delta: {}, samples: 1, breaches: [] };
const why = [{ code: 'why', detail: 'because' }];
const commands = {
  accept: { kind: 'AcceptApply', apply },
  refuse: { kind: 'RefuseApply', request_id: 'r1', reasons: why },
  turn: { kind: 'AcceptTurn', asked },
  take: { kind: 'TakeTurn', turn: 1, instance: 'i', plan_hash: 'p', prepared },
  commit: { kind: 'RequestTentativeCommit', instance: 'i' },
  tentative: {
    kind: 'RecordTentative',
    applied_at: '2026-01-01T00:00:00.000Z',
    timer_ends_at: '2026-01-01T00:01:35.000Z',
    read_back_hash: 'rb',
  },
  observe: { kind: 'RecordObservation', observation, samples: [] },
  confirm: { kind: 'RequestConfirm', request_id: 'r2' },
  confirmed: { kind: 'RecordConfirmed', read_back_hash: 'rb' },
  undo: { kind: 'RequestUndo', request_id: 'r3', reasons: why },
  takeBack: { kind: 'TakeBack', reasons: why },
  inverse: { kind: 'RequestInverseEdit', reasons: why },
  rolledBack: { kind: 'RecordRolledBack', how: 'cancel-commit', reasons: why },
  failed: { kind: 'RecordFailed', reasons: why },
  rollbackFailed: { kind: 'RecordRollbackFailed', reasons: why, left: [] },
} as const satisfies { [name: string]: DeviceTxCommand };
type Name = keyof typeof commands;

const after = (...names: readonly Name[]): DeviceTxEvent[] =>
  names.reduce<DeviceTxEvent[]>((events, name) => {
    const step = given(deviceTxDecider, events).when(commands[name]);
    expect(step.error).toBeUndefined();
    return [...events, ...step.events];
  }, []);
const stateAfter = (...names: readonly Name[]) => fold(deviceTxDecider, after(...names));
const types = (events: readonly DeviceTxEvent[]): readonly string[] => events.map((event) => event.type);

const begun = ['turn', 'take', 'accept'] as const;
const toObserved = [...begun, 'commit', 'tentative', 'observe'] as const;

describe('a device transaction', () => {
  it('is recorded step by step to its confirmation', () => {
    expect(types(after(...toObserved, 'confirm', 'confirmed'))).toEqual([
      'TurnAccepted',
      'ChangePrepared',
      'TurnTaken',
      'ApplyAccepted',
      'TentativeCommitRequested',
      'TentativeCommitApplied',
      'KpisObserved',
      'ConfirmRequested',
      'ChangeConfirmed',
    ]);
  });
  it.each<[readonly Name[], string]>([
    [[], 'NONE'],
    [begun, 'PREPARING'],
    [[...begun, 'commit'], 'PREPARING'],
    [[...begun, 'commit', 'tentative'], 'TENTATIVE'],
    [toObserved, 'OBSERVED'],
    [[...toObserved, 'confirm'], 'OBSERVED'],
    [[...toObserved, 'confirm', 'confirmed'], 'CONFIRMED'],
    [[...toObserved, 'undo'], 'OBSERVED'],
    [[...toObserved, 'undo', 'rolledBack'], 'ROLLED_BACK'],
    [['refuse'], 'REFUSED'],
    [[...begun, 'failed'], 'FAILED'],
    [[...begun, 'commit', 'failed'], 'FAILED'],
    [[...toObserved, 'undo', 'inverse', 'rollbackFailed'], 'ROLLBACK_FAILED'],
  ])('after %j is %s', (names, expected) => expect(txState(stateAfter(...names))).toBe(expected));
  it('is finished only in its final phases', () => {
    expect(isFinished(stateAfter())).toBe(true);
    expect(isFinished(stateAfter(...toObserved, 'confirm'))).toBe(false);
    expect(isFinished(stateAfter(...toObserved, 'undo', 'rolledBack'))).toBe(true);
  });
  it('answers with its observation, difference and reasons', () => {
    expect(txStatus('a1', stateAfter(...toObserved, 'undo', 'rolledBack'))).toEqual({
      tx_id: 'a1',
      state: 'ROLLED_BACK',
      reasons: [...why, ...why],
      observation,
      diff: prepared.changes,
      turn: 1,
    });
  });
  it('begins once: a repeat writes nothing, another request is refused', () => {
    expect(given(deviceTxDecider, after(...begun)).when(commands.accept).events).toEqual([]);
    const other = given(deviceTxDecider, after(...begun)).when({
      kind: 'AcceptApply',
      apply: { ...apply, request_id: 'other' },
    });
    expect(isProblem(other.error, 'wrong-state')).toBe(true);
  });
  it('never begins after it was refused', () => {
    expect(
      isProblem(given(deviceTxDecider, after('refuse')).when(commands.accept).error, 'wrong-state'),
    ).toBe(true);
  });
  it('can be refused only while nothing was sent', () => {
    for (const names of [begun, [...begun], [...begun, 'commit']] as const)
      expect(txState(stateAfter(...names, 'refuse'))).toBe('REFUSED');
    for (const names of [
      [...begun, 'commit', 'tentative'],
      [...begun, 'undo'],
    ] as const) {
      expect(
        isProblem(given(deviceTxDecider, after(...names)).when(commands.refuse).error, 'wrong-state'),
      ).toBe(true);
    }
    expect(given(deviceTxDecider, after('refuse')).when(commands.refuse).events).toEqual([]);
  });
  it('records one request for the tentative commit; the second writes nothing', () => {
    expect(
      given(deviceTxDecider, after(...begun, 'commit')).when({
        kind: 'RequestTentativeCommit',
        instance: 'other',
      }).events,
    ).toEqual([]);
  });
  it('never commits after an undo', () => {
    for (const names of [
      [...begun, 'undo'],
      [...begun, 'undo'],
      [...begun, 'takeBack'],
    ] as const) {
      expect(
        isProblem(given(deviceTxDecider, after(...names)).when(commands.commit).error, 'wrong-state'),
      ).toBe(true);
    }
  });
  it('accepts confirm or undo, never both', () => {
    expect(
      isProblem(
        given(deviceTxDecider, after(...toObserved, 'confirm')).when(commands.undo).error,
        'wrong-state',
      ),
    ).toBe(true);
    expect(
      isProblem(
        given(deviceTxDecider, after(...toObserved, 'undo')).when(commands.confirm).error,
        'wrong-state',
      ),
    ).toBe(true);
  });
  it('confirms only observed changes', () => {
    expect(
      isProblem(
        given(deviceTxDecider, after(...begun, 'commit', 'tentative')).when(commands.confirm).error,
        'wrong-state',
      ),
    ).toBe(true);
  });
  it('records a confirmation only after a request, and also after a late cancel', () => {
    expect(
      isProblem(
        given(deviceTxDecider, after(...toObserved, 'undo')).when(commands.confirmed).error,
        'wrong-state',
      ),
    ).toBe(true);
    expect(
      types(
        given(deviceTxDecider, after(...toObserved, 'confirm', 'takeBack')).when(commands.confirmed).events,
      ),
    ).toEqual(['ChangeConfirmed']);
  });
  it('undoes a confirmed change by the inverse edit', () => {
    expect(
      types(given(deviceTxDecider, after(...toObserved, 'confirm', 'confirmed')).when(commands.undo).events),
    ).toEqual(['InverseEditRequested']);
    expect(txState(stateAfter(...toObserved, 'confirm', 'confirmed', 'undo', 'rolledBack'))).toBe(
      'ROLLED_BACK',
    );
  });
  it('writes nothing for repeats', () => {
    expect(
      given(deviceTxDecider, after(...toObserved, 'undo')).when({ ...commands.undo, request_id: 'again' })
        .events,
    ).toEqual([]);
    expect(
      given(deviceTxDecider, after(...toObserved, 'confirm', 'confirmed')).when(commands.confirm).events,
    ).toEqual([]);
    expect(given(deviceTxDecider, after(...begun, 'failed')).when(commands.undo).events).toEqual([]);
  });
});

describe('any order of commands', () => {
  const any = fc
    .tuple(fc.boolean(), fc.array(fc.constantFrom(...(Object.keys(commands) as Name[])), { maxLength: 40 }))
    .map(([isBegun, names]) => [...(isBegun ? begun : []), ...names]);
  const play = (names: readonly Name[]): DeviceTxEvent[] =>
    names.reduce<DeviceTxEvent[]>(
      (events, name) => [...events, ...given(deviceTxDecider, events).when(commands[name]).events],
      [],
    );

  it('commits, confirms and undoes only after a recorded request', () => {
    fc.assert(
      fc.property(any, (names) => {
        const log = types(play(names));
        const before = (type: string, ...earlier: readonly string[]): void => {
          const at = log.indexOf(type);
          if (at >= 0) expect(log.slice(0, at).some((one) => earlier.includes(one))).toBe(true);
        };
        before('ChangePrepared', 'TurnAccepted');
        before('ApplyAccepted', 'TurnTaken');
        before('TentativeCommitRequested', 'ApplyAccepted');
        before('TentativeCommitApplied', 'TentativeCommitRequested');
        before('ConfirmRequested', 'KpisObserved');
        before('ChangeConfirmed', 'ConfirmRequested');
        before('RollbackFailed', 'CancelRequested', 'InverseEditRequested');
        expect(log.filter((type) => type === 'TentativeCommitRequested').length).toBeLessThanOrEqual(1);
        expect(log.filter((type) => type === 'ApplyAccepted').length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
  it('allows only the undo of a confirmed change after an end', () => {
    fc.assert(
      fc.property(any, (names) => {
        const log = types(play(names));
        const end = log.findIndex((type) =>
          ['ChangeRolledBack', 'ApplyRefused', 'ApplyFailed', 'RollbackFailed'].includes(type),
        );
        if (end >= 0) expect(log.slice(end + 1)).toEqual([]);
        const confirmed = log.indexOf('ChangeConfirmed');
        if (confirmed >= 0 && log.length > confirmed + 1)
          expect(log[confirmed + 1]).toBe('InverseEditRequested');
      }),
      { numRuns: 500 },
    );
  });
  it('never has both an undo and a confirm request of the orchestrator, unless the undo follows the confirmation', () => {
    fc.assert(
      fc.property(any, (names) => {
        const events = play(names);
        const confirm = events.findIndex((event) => event.type === 'ConfirmRequested');
        const undo = events.findIndex(
          (event) =>
            (event.type === 'CancelRequested' || event.type === 'InverseEditRequested') &&
            event.data.request_id !== null,
        );
        if (confirm >= 0 && undo >= 0)
          expect(events.slice(confirm, undo).some((event) => event.type === 'ChangeConfirmed')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
