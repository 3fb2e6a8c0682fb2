import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fold, isProblem, recalledDecision } from '@interlock/kernel';
import fc from 'fast-check';
import { callDecider, callTxState, type CallCommand, type CallEvent } from '../src/index.js';
import {
  accept,
  applied,
  askTurn,
  confirm,
  confirmed,
  exampleEvents,
  observation,
  request,
  takeBack,
  takeTurn,
  undo,
  unknown,
  written,
} from './golden.js';

const why = [{ code: 'c', detail: 'd' }];
const stateAfter = (...commands: readonly CallCommand[]): string =>
  callTxState(fold(callDecider, written(...commands)));
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
    return undefined;
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};
const begun = [askTurn, takeTurn, accept, request] as const;

describe('the events of calls', () => {
  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/agents/events.json', import.meta.url), 'utf8'),
  ) as { readonly [type: string]: object };

  it('each have a checked-in example', () =>
    expect(Object.keys(examples).sort()).toEqual([...callDecider.types].sort()));

  it.each(Object.keys(examples))(
    '%s is written like its example; a changed shape needs a new schema version and an upcaster',
    (type) => expect(JSON.parse(JSON.stringify(exampleEvents()[type]))).toEqual(examples[type]),
  );
});

describe('a call', () => {
  it('goes from its turn to its confirmation and reports its status', () => {
    const steps = [askTurn, takeTurn, accept, request, applied, observation, confirm, confirmed];
    expect(steps.map((_, i) => stateAfter(...steps.slice(0, i + 1)))).toEqual([
      'QUEUED',
      'READY',
      'PREPARING',
      'PREPARING',
      'TENTATIVE',
      'OBSERVED',
      'OBSERVED',
      'CONFIRMED',
    ]);
  });

  it('is never observed or confirmed if its outcome was unknown', () => {
    const known: CallCommand = {
      kind: 'RecordApplied',
      by: 'status',
      undo: null,
      answer: { sha256: '', bytes: 0 },
    };
    expect(stateAfter(...begun, unknown, known)).toBe('PREPARING');
    expect(codeOf(() => written(...begun, unknown, known, observation))).toBe('wrong-state');
    expect(stateAfter(...begun, unknown, known, takeBack)).toBe('PREPARING');
    expect(stateAfter(...begun, unknown, known, { kind: 'RecordUndoFailed', reasons: why })).toBe(
      'ROLLBACK_FAILED',
    );
  });

  it('is neither refused nor lapsed once it may have reached the handler', () => {
    for (const late of [
      [...begun, unknown],
      [...begun, applied],
    ])
      for (const command of [
        { kind: 'RecordLapse', reasons: why },
        { kind: 'RefuseApply', request_id: 'r-3', reasons: why },
      ] as const)
        expect(codeOf(() => written(...late, command))).toBe('wrong-state');
  });

  it('refuses an apply of a turn that it does not hold', () => {
    const other: CallCommand = { ...accept, apply: { ...accept.apply, turn: 2, request_id: 'r-9' } };
    expect(codeOf(() => written(askTurn, takeTurn, other))).toBe('wrong-state');
    expect(codeOf(() => written(askTurn, accept))).toBe('wrong-state');
  });

  it('keeps the undo data of an answer that arrives after its undo was requested', () => {
    const state = fold(callDecider, written(...begun, undo, applied));
    expect([state.phase, state.undo]).toEqual(['undo_requested', { sealed: 'c2VhbGVk' }]);
  });

  it('writes nothing for a step that is already recorded', () => {
    for (const commands of [
      [askTurn, askTurn],
      [askTurn, takeTurn, accept, accept],
      [...begun, applied, applied],
      [...begun, applied, undo, undo],
    ] as const)
      expect(written(...commands)).toHaveLength(commands.length - 1);
  });

  const commands: readonly CallCommand[] = [
    ...[
      askTurn,
      takeTurn,
      accept,
      request,
      applied,
      observation,
      confirm,
      confirmed,
      undo,
      takeBack,
      unknown,
    ],
    { kind: 'RecordLapse', reasons: why },
    { kind: 'RefuseApply', request_id: 'r-3', reasons: why },
    { kind: 'RecordFailed', reasons: why },
    { kind: 'RecordUndoFailed', reasons: why },
    { kind: 'RecordUndone', how: 'undo', reasons: [] },
  ];
  it('replays each decision from its events, is sent once, and is confirmed only if that was requested and observed', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 30 }), (given) => {
        let events: readonly CallEvent[] = [];
        for (const command of given) {
          const state = fold(callDecider, events);
          let made: readonly CallEvent[] = [];
          try {
            made = callDecider.decide(command, state);
          } catch (error) {
            if (!isProblem(error, 'wrong-state')) throw error;
          }
          if (made.length > 0) expect(recalledDecision(callDecider, command, state)).toEqual(made);
          events = [...events, ...made];
        }
        const count = (type: string): number => events.filter((one) => one.type === type).length;
        const lapsed = count('TurnLapsed');
        expect(count('CallRequested')).toBeLessThanOrEqual(1 + lapsed);
        if (count('CallConfirmed') > 0) {
          expect(count('CallObserved')).toBe(1);
          expect(count('ConfirmRequested')).toBe(1);
          expect(count('OutcomeUnknown')).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
