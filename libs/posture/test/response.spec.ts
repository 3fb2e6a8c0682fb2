import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@interlock/kernel';
import {
  checksDecider,
  nextResponseStep,
  planResponses,
  responseDecider,
  responseWorkDecider,
  responseWorkStatus,
  undoableOf,
  workTxState,
  type ResponseWorkCommand,
  type ResponseCommand,
} from '../src/index.js';
import { decided } from './golden-responses.js';

const red = { response_id: 'r', policy: 'RED', trigger: 'person' } as const;
const plan = (mode: 'apply' | 'dry-run'): ResponseCommand => ({
  kind: 'PlanResponse',
  data: { ...red, mode, actions: planResponses('RED') },
});
const done = (action: 'full_integrity_check' | 'cold_storage_verification' | 'integrity_anchor_mirror') =>
  [
    { kind: 'SubmitAction', data: { action, action_id: `a-${action}` } },
    {
      kind: 'EndAction',
      data: { action, action_id: `a-${action}`, state: 'COMPLETED', passed: true, detail: 'fine' },
    },
  ] as const satisfies readonly ResponseCommand[];
const applied: readonly ResponseCommand[] = [
  plan('apply'),
  ...done('full_integrity_check'),
  ...done('cold_storage_verification'),
  ...done('integrity_anchor_mirror'),
];

describe('a run of responses', () => {
  it('that is dry reports what it would do, and is complete', () => {
    const { state } = decided(responseDecider, [plan('dry-run'), { kind: 'CompleteResponse' }]);
    expect(state).toMatchObject({ status: 'completed', mode: 'dry-run' });
    expect(state!.results).toHaveLength(3);
    for (const { detail } of state!.results) expect(detail).toMatch(/^\[DRY-RUN\] Would execute/);
    expect(undoableOf(state)).toBeUndefined();
  });

  it('runs its actions one after the other, from its state alone', () => {
    const steps = applied.map((_, n) =>
      nextResponseStep(decided(responseDecider, applied.slice(0, n + 1)).state),
    );
    expect(steps).toEqual([
      { kind: 'submit', action: 'full_integrity_check' },
      { kind: 'await', action: 'full_integrity_check', action_id: 'a-full_integrity_check' },
      { kind: 'submit', action: 'cold_storage_verification' },
      { kind: 'await', action: 'cold_storage_verification', action_id: 'a-cold_storage_verification' },
      { kind: 'submit', action: 'integrity_anchor_mirror' },
      { kind: 'await', action: 'integrity_anchor_mirror', action_id: 'a-integrity_anchor_mirror' },
      { kind: 'complete' },
    ]);
  });

  it('writes nothing twice', () => {
    const twice = applied.flatMap((command) => [command, command]);
    expect(decided(responseDecider, twice).events).toHaveLength(applied.length);
  });

  it('is complete when its last action has ended, and accepts nothing afterwards', () => {
    const open = decided(responseDecider, applied.slice(0, -1)).state;
    expect(() => responseDecider.decide({ kind: 'CompleteResponse' }, open)).toThrow(ProblemError);
    const failed = decided(responseDecider, [
      plan('apply'),
      { kind: 'FailResponse', detail: 'x', branch: null },
    ]);
    expect(() => responseDecider.decide(done('full_integrity_check')[0], failed.state)).toThrow(ProblemError);
    expect(nextResponseStep(failed.state)).toEqual({ kind: 'none' });
  });

  it('is taken back once, if it changed something', () => {
    const undo = { kind: 'UndoResponse', reason: 'why', restored: 'mirrors/anchor_chain.json' } as const;
    const { state } = decided(responseDecider, [...applied, { kind: 'CompleteResponse' }]);
    expect(undoableOf(state)).toMatchObject({ action: 'integrity_anchor_mirror' });
    expect(
      decided(responseDecider, [...applied, { kind: 'CompleteResponse' }, undo, undo]).state,
    ).toMatchObject({
      status: 'undone',
      undone: { reason: 'why' },
    });
    const failed = { kind: 'FailUndo', detail: 'the mirror could not be put back (EACCES)' } as const;
    const tried = decided(responseDecider, [...applied, { kind: 'CompleteResponse' }, failed, failed]);
    expect(tried.events.filter(({ type }) => type === 'ResponseUndoFailed')).toHaveLength(1);
    expect(tried.state).toMatchObject({ status: 'completed', undo_failed: failed.detail });
    expect(responseDecider.decide(undo, tried.state)).toHaveLength(1);
    expect(() => responseDecider.decide(failed, decided(responseDecider, [plan('apply')]).state)).toThrow(
      ProblemError,
    );
    const blocked = decided(responseDecider, [
      { kind: 'BlockResponse', data: { ...red, mode: 'apply', gates: ['rate_limit'] } },
    ]).state;
    expect(blocked).toMatchObject({ status: 'blocked', gates: ['rate_limit'] });
    expect(() => responseDecider.decide(undo, blocked)).toThrow(ProblemError);
  });
});

describe('the work of a response', () => {
  const turn = (n: number): readonly ResponseWorkCommand[] => [
    {
      kind: 'AcceptTurn',
      asked: { turn: n, request_id: `t${n}`, action_id: 'a', action: 'integrity_check' },
    },
    { kind: 'RecordTurn', turn: n, instance: 'one', plan_hash: 'p', diff: [] },
  ];
  const apply: Extract<ResponseWorkCommand, { kind: 'AcceptApply' }> = {
    kind: 'AcceptApply',
    apply: {
      action_id: 'a',
      request_id: 'q',
      epoch: 'e',
      plan_hash: 'p',
      action_type: 'integrity_check',
      entity_id: 'interlock',
      soak_s: 0,
      confirm_timeout_s: 90,
      turn: 1,
    },
  };
  const begun: readonly ResponseWorkCommand[] = [...turn(1), apply, { kind: 'RequestWork', instance: 'one' }];
  const change = { path: 'mirrors/anchor_chain.json', backup: null, before: null, after: 'sha256:b' };
  const outcome = {
    passed: true,
    checked: 1,
    failed: 0,
    range: null,
    detail: '',
    findings: [],
    change: null,
  };
  const finish = { kind: 'FinishWork', outcome } as const;
  const confirm: readonly ResponseWorkCommand[] = [
    { kind: 'RequestConfirm', request_id: 'c' },
    { kind: 'ConfirmWork' },
  ];
  const undo = { kind: 'RequestUndo', request_id: 'u', reasons: [] } as const;
  const refuse = { kind: 'RefuseApply', request_id: 'u', reasons: [] } as const;
  const stateAfter = (commands: readonly ResponseWorkCommand[]) =>
    decided(responseWorkDecider, commands).state;

  it('begins once, and goes from one state to the next', () => {
    const states = [
      [],
      turn(1).slice(0, 1),
      turn(1),
      begun,
      [...begun.slice(0, 3), ...begun.slice(2), finish],
      [...begun, finish, finish, ...confirm],
      [...begun, finish, undo, { kind: 'TakeWorkBack' } as const],
      [...begun, finish, undo, { kind: 'FailUndo', reasons: [] } as const],
      [...begun, { kind: 'RecordLapse', reasons: [] } as const],
      [...begun, { kind: 'FailWork', reasons: [] } as const],
      [refuse],
    ].map((commands) => workTxState(stateAfter(commands)));
    expect(states).toEqual([
      'NONE',
      'QUEUED',
      'READY',
      'PREPARING',
      'OBSERVED',
      'CONFIRMED',
      'ROLLED_BACK',
      'ROLLBACK_FAILED',
      'STALE',
      'FAILED',
      'REFUSED',
    ]);
  });

  it('that was taken back before it began never begins', () => {
    const state = stateAfter([refuse]);
    for (const command of [...turn(1), apply])
      expect(() => responseWorkDecider.decide(command, state)).toThrow(ProblemError);
  });

  it('that lapsed is begun again under another turn, and under no other', () => {
    const lapsed = stateAfter([...begun, { kind: 'RecordLapse', reasons: [] }]);
    expect(() => responseWorkDecider.decide(begun[3]!, lapsed)).toThrow(ProblemError);
    const again = stateAfter([...begun, { kind: 'RecordLapse', reasons: [] }, ...turn(2)]);
    expect([again.phase, again.turn?.turn, again.apply]).toEqual(['turn_taken', 2, null]);
    expect(() => responseWorkDecider.decide({ ...apply, apply: { ...apply.apply, turn: 1 } }, again)).toThrow(
      ProblemError,
    );
  });

  it('that ends while it is to be taken back says what it changed', () => {
    const done: ResponseWorkCommand = { kind: 'FinishWork', outcome: { ...outcome, change } };
    const state = stateAfter([...begun, undo, done, done]);
    expect(state).toMatchObject({ phase: 'undo_requested', outcome: { change } });
    expect(responseWorkStatus('a', state)).toMatchObject({
      state: 'OBSERVED',
      turn: 1,
      diff: [{ path: change.path, before: null, after: 'sha256:b' }],
    });
    expect(responseWorkDecider.decide(done, state)).toEqual([]);
  });
});

describe('the record of checks', () => {
  it('holds each request once, and the newest of each kind', () => {
    const result = (request_id: string, passed: boolean) => ({
      kind: 'RecordCheck' as const,
      result: {
        request_id,
        kind: 'integrity_check' as const,
        range: null,
        passed,
        checked: 1,
        failed: passed ? 0 : 1,
        detail: '',
      },
    });
    const { events, state } = decided(checksDecider, [
      result('a', false),
      result('a', true),
      result('b', true),
    ]);
    expect(events).toHaveLength(2);
    expect(state.latest.integrity_check).toMatchObject({ request_id: 'b', passed: true });
  });
});
