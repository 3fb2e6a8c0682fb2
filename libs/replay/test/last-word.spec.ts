import { describe, expect, it } from '@jest/globals';
import { actionTypeStream } from '@interlock/policy';
import type { RecordedEvent } from '@interlock/kernel';
import { LastWord } from '../src/index.js';
import { after } from './questions-log.ts';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const simulated = new SimulatedLog(5);
const events = [...simulated.events(25), ...simulated.stories()];
const wordOf = (list: readonly RecordedEvent[]): LastWord => {
  const word = new LastWord('sim');
  for (const event of list) word.take(event);
  return word;
};
const everything = Number.NEGATIVE_INFINITY;

describe('the last word on handled actions', () => {
  const calls = events.filter(({ stream }) => stream.startsWith('call-sim:'));
  const ends: { readonly [type: string]: string } = {
    CallConfirmed: 'applied',
    CallUndone: 'not_applied',
    CallFailed: 'not_applied',
    UndoFailed: 'unknown',
  };

  it('is that of the last event of each call', () => {
    const expected = new Map<string, string>();
    for (const { stream, type } of calls) {
      const id = stream.slice('call-sim:'.length);
      if (ends[type] !== undefined) expected.set(id, ends[type]);
      else if (type === 'CallRequested') expected.set(id, 'under_way');
    }
    const ended = [...expected].filter(([, word]) => word !== 'under_way');
    expect(ended.length).toBeGreaterThan(0);
    const word = wordOf(calls);
    for (const [id, said] of ended) expect(word.call(id)).toMatchObject({ action_id: id, word: said });
  });

  it('is under way between the request and the end, and none before it', () => {
    const { stream } = calls.find(({ type }) => type === 'CallConfirmed')!;
    const own = calls.filter((event) => event.stream === stream);
    const id = stream.slice('call-sim:'.length);
    const requested = own.findIndex(({ type }) => type === 'CallRequested');
    expect(wordOf(own.slice(0, requested)).call(id)).toBeUndefined();
    expect(wordOf(own.slice(0, requested + 1)).call(id)?.word).toBe('under_way');
    expect(wordOf(own).call(id)?.word).toBe('applied');
  });

  it('lists the latest first, and leaves out what is older than the window', () => {
    const later = calls.map((event) => ({
      ...event,
      stream: event.stream.replace('call-sim:', 'call-sim:later-'),
      metadata: { ...event.metadata, occurred_at: '2099-01-01T00:00:00.000Z' },
    }));
    const word = wordOf([...calls, ...later]);
    const all = word.calls(everything);
    expect(all.length).toBeGreaterThan(1);
    const times = all.map(({ at }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(all[0]!.action_id).toMatch(/^later-/);
    expect(word.calls(times[0]!)).toEqual(all.filter(({ at }) => Date.parse(at) === times[0]));
    expect(word.calls(times[0]! + 1)).toEqual([]);
  });

  it('leaves out tools of MCP servers, which have no state to ask for', () => {
    const { action_id: id, action_type: type } = wordOf(calls).calls(everything)[0]!;
    const registered = after([], actionTypeStream(type, 'sim'), 'ActionTypeRegistered', {
      action_type: {
        action_type: type,
        handler: { service: 'agent-gateway', name: type, endpoint: { kind: 'mcp', steps: [] } },
      },
    });
    expect(wordOf([...calls, registered]).call(id)).toBeUndefined();
  });
});
