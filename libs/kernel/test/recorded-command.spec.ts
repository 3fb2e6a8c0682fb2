import { describe, expect, it } from '@jest/globals';
import { encodeCommand, isSameCommand, recallCommand, type Command } from '../src/index.js';

type Any = Command & { readonly [member: string]: unknown };

const now = '2026-01-01T00:00:00.000Z';
const actor = { kind: 'service', service: 'test' } as const;
const recorded = (command: Any, data: object) => encodeCommand(command, data, { now, actor });
const recalled = (command: Any, data: object): unknown =>
  recallCommand({ data, metadata: { occurred_at: now, actor, command: recorded(command, data) } });

describe('a command in the log', () => {
  it('is only its kind, if the event has its other members', () => {
    const command = { kind: 'add', n: 2, now };
    expect(recorded(command, { n: 2 })).toEqual({ kind: 'add' });
    expect(recalled(command, { n: 2 })).toEqual(command);
    expect(recorded({ kind: 'tick', now }, {})).toEqual({ kind: 'tick' });
  });

  it.each<[string, Any, object, object]>([
    ['without a time', { kind: 'add', n: 2 }, { n: 2 }, { kind: 'add', from: ['*'] }],
    [
      'beside what its decider found',
      { kind: 'add', n: 2, now },
      { n: 2, sum: 4 },
      { kind: 'add', from: ['n', 'now'] },
    ],
    ['of nothing that data hold', { kind: 'tick' }, { sum: 4 }, { kind: 'tick', from: [] }],
    [
      'with what data lack',
      { kind: 'add', n: 2, max: 9, now },
      { n: 2 },
      { kind: 'add', inputs: { max: 9 } },
    ],
    [
      'by who wrote it',
      { kind: 'sign', actor, digest: 'd' },
      { digest: 'd' },
      { kind: 'sign', from: ['*', 'actor'] },
    ],
    [
      'by somebody else, at another time',
      { kind: 'sign', actor: { kind: 'service', service: 'other' }, now: 'then' },
      { by: 'x' },
      {
        kind: 'sign',
        from: [],
        inputs: { actor: { kind: 'service', service: 'other' }, now: 'then' },
      },
    ],
    [
      'whose one member the data are',
      { kind: 'accept', data: { a: 1, b: [1] }, now },
      { a: 1, b: [1] },
      { kind: 'accept', from: ['now'], into: { data: ['*'] } },
    ],
    [
      'of which the data hold a member of their own, and the members of another',
      { kind: 'set', key: { account: 'a' }, mode: 'm', limits: { count: 3 } },
      { account: 'a', mode: 'm' },
      { kind: 'set', from: ['mode'], into: { key: ['account'] }, inputs: { limits: { count: 3 } } },
    ],
    [
      'with a member that is not there',
      { kind: 'add', n: 2, comment: undefined },
      { n: 2 },
      { kind: 'add', from: ['*'] },
    ],
    [
      'with a member like that of every object',
      { kind: 'add', toString: { a: 1 } },
      { n: 2 },
      { kind: 'add', from: [], inputs: { toString: { a: 1 } } },
    ],
  ])('%s', (_name, command, data, expected) => {
    expect(recorded(command, data)).toEqual(expected);
    const { ...present } = JSON.parse(JSON.stringify(command)) as object;
    expect(recalled(command, data)).toEqual(present);
  });

  it('omits the names that a refusal would compare', () => {
    const command = { kind: 'approve', by: 'person:1', refused_as: ['person:1', 'service:ann'], now };
    expect(recorded(command, { by: 'person:1' })).toEqual({ kind: 'approve' });
    expect(recalled(command, { by: 'person:1' })).toEqual({ kind: 'approve', by: 'person:1', now });
  });

  it('is recalled with the first elements of a list that its decider extended', () => {
    const command = { kind: 'look', gates: [{ gate: 'a' }], now };
    const data = {
      gates: [
        { gate: 'a', verdict: 'pass' },
        { gate: 'b', verdict: 'pass' },
      ],
    };
    expect(recorded(command, data)).toEqual({ kind: 'look', from: ['gates:1', 'now'] });
    expect(recalled(command, data)).toEqual({ ...command, gates: data.gates.slice(0, 1) });
  });

  it('is recalled if data hold a part of a member, and the metadata the rest', () => {
    const command = { kind: 'record', status: { id: 'x', state: 'READY', turn: 1 }, now };
    expect(recorded(command, { turn: 1 })).toEqual({
      kind: 'record',
      from: ['now'],
      into: { status: ['*'] },
      inputs: { status: { id: 'x', state: 'READY' } },
    });
    expect(recalled(command, { turn: 1 })).toEqual(command);
  });

  it('is recalled with further data within a member', () => {
    const looks = [{ gate: 'a', saw: { n: 1 } }];
    const gates = [{ gate: 'a', saw: { n: 1 }, verdict: 'pass' }];
    expect(recorded({ kind: 'look', gates: looks, now }, { gates })).toEqual({
      kind: 'look',
    });
    expect(recalled({ kind: 'look', gates: looks, now }, { gates })).toEqual({
      kind: 'look',
      gates,
      now,
    });
    expect(recorded({ kind: 'look', gates: [], now }, { gates })).toEqual({
      kind: 'look',
      from: ['now'],
      inputs: { gates: [] },
    });
  });

  it.each([undefined, null, 'add', { from: [] }, { kind: 'add', from: 'n' }, { kind: 'add', into: [] }])(
    'is not made of %j',
    (command) =>
      expect(recallCommand({ data: {}, metadata: { occurred_at: now, actor, command } as never })).toBeNull(),
  );

  it('is the same at another time and from another instance', () => {
    const first = recorded({ kind: 'add', n: 2, now }, { n: 2 });
    const late = encodeCommand({ kind: 'add', n: 2, now: 'later' } as Any, { n: 2 }, { now: 'x', actor });
    expect(isSameCommand(first, late)).toBe(true);
    expect(isSameCommand(first, recorded({ kind: 'add', n: 3, now }, { n: 2 }))).toBe(false);
    expect(isSameCommand(first, recorded({ kind: 'take', n: 2, now }, { n: 2 }))).toBe(false);
    expect(isSameCommand(undefined, first)).toBe(false);
  });
});
