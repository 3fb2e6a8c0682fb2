import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@interlock/kernel';
import {
  checksDecider,
  nextResponseStep,
  planResponses,
  responseDecider,
  responseWorkDecider,
  undoableOf,
  workTxState,
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
  const start = {
    kind: 'StartWork',
    data: {
      action_id: 'a',
      request_id: 'q',
      action: 'integrity_check',
      turn: 1,
      plan_hash: 'p',
      epoch: 'e',
    },
  } as const;
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

  it('begins once, and goes from one state to the next', () => {
    const states = [
      [],
      [start],
      [start, start, finish],
      [start, finish, finish, { kind: 'ConfirmWork', request_id: 'c' } as const],
      [start, finish, { kind: 'TakeWorkBack', request_id: 'u' } as const],
      [start, finish, { kind: 'FailUndo', request_id: 'u', reasons: [] } as const],
      [start, { kind: 'LapseWork', data: { turn: 1, reasons: [] } } as const],
      [start, { kind: 'FailWork', reasons: [] } as const],
      [{ kind: 'RefuseWork', data: { request_id: 'u', reasons: [] } } as const],
    ].map((commands) => workTxState(decided(responseWorkDecider, commands).state));
    expect(states).toEqual([
      'NONE',
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

  it('never begins if it was taken back before', () => {
    const { state } = decided(responseWorkDecider, [
      { kind: 'RefuseWork', data: { request_id: 'u', reasons: [] } },
    ]);
    expect(() => responseWorkDecider.decide(start, state)).toThrow(ProblemError);
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
