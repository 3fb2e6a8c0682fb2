import { describe, expect, it } from '@jest/globals';
import {
  encodeCommand,
  testMetadata,
  type Command,
  type Decider,
  type DomainEvent,
  type EventMetadata,
  type RecordedEvent,
} from '@interlock/kernel';
import { compared, type Finding } from '../src/finding.js';
import { StreamReplay, type StreamOf } from '../src/stream-replay.js';

type Count = Command & { readonly upTo: number; readonly actor?: unknown };
const of: StreamOf = { category: 'budget', tenant: 'demo', id: 'x' };
/** Writes an event for each number of a command. */
const counter: Decider<Count, DomainEvent, number> = {
  name: 'counter',
  types: ['Counted'],
  initial: 0,
  decide: ({ upTo }, count) =>
    Array.from({ length: upTo - count }, (_, i) => ({ type: 'Counted', data: { n: count + i + 1 } })),
  evolve: (count) => count + 1,
};
const { actor, occurred_at: now } = testMetadata();
const event = (n: number, over: Partial<EventMetadata>, revision = n - 1): RecordedEvent => ({
  id: `${n}`,
  type: 'Counted',
  data: { n },
  stream: 'budget-demo:x',
  revision: BigInt(revision),
  position: { commit: BigInt(n), prepare: BigInt(n) },
  created: now,
  metadata: testMetadata(over),
});
const command = (n: number, upTo: number, over: object = {}): Partial<EventMetadata> => ({
  command: encodeCommand({ kind: 'count', upTo, ...over } as Count, { n }, { now, actor }),
});
const replayed = (...events: readonly RecordedEvent[]): readonly Finding[] => {
  const replay = new StreamReplay({ kind: 'count', decider: counter });
  return events.flatMap((one) => replay.take(one, of));
};
const made = (...recorded: readonly number[]): readonly Finding[] =>
  recorded.map((n) => {
    const same = [{ type: 'Counted', data: { n } }];
    return compared('count', '`Counted` as its decider writes it', same, same);
  });

describe('a replayed stream', () => {
  it('derives every event of an append from the first one’s command, on the state before it', () => {
    expect(
      replayed(
        event(1, { command_id: 'a', ...command(1, 2) }),
        event(2, { command_id: 'a' }),
        event(3, { command_id: 'b', ...command(3, 3) }),
      ),
    ).toEqual(made(1, 2, 3));
  });

  it('finds an append that lacks its end, or has an event too many', () => {
    const cut = replayed(
      event(1, { command_id: 'a', ...command(1, 3) }),
      event(2, { command_id: 'b', ...command(2, 2) }),
    );
    expect(cut).toContainEqual({
      kind: 'count',
      what: 'an append is whole',
      recorded: null,
      replayed: [
        { type: 'Counted', data: { n: 2 } },
        { type: 'Counted', data: { n: 3 } },
      ],
    });
    const [, more] = replayed(event(1, { command_id: 'a', ...command(1, 1) }), event(2, { command_id: 'a' }));
    expect(more).toMatchObject({ recorded: [{ data: { n: 2 } }], replayed: [] });
  });

  it('refuses an event without a command, or with a command of another actor', () => {
    expect(replayed(event(1, {}))).toEqual([{ kind: 'count', missing: 'its command is not in the file' }]);
    const other = { kind: 'person', person_id: 'ben' };
    expect(replayed(event(1, command(1, 1, { actor: other })))).toMatchObject([
      { replayed: { refused: 'the command is of somebody else' } },
    ]);
  });

  it('excuses events that began before the file', () => {
    expect(
      replayed(event(2, { command_id: 'a' }, 4), event(3, { command_id: 'a' }, 5)).map((finding) =>
        'excused' in finding ? finding.excused : false,
      ),
    ).toEqual([true, true]);
  });
});
