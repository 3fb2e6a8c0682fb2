import { describe, expect, it } from '@jest/globals';
import type { SeenPrediction } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { Replay, type ReplayReport } from '../src/index.js';
import { wholeCatalogue } from './tampering/honest-log.js';

const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
const honest = await wholeCatalogue(13);
const place = honest.findIndex(({ type }) => type === 'TraceForgotten');
const forgotten = honest[place]!;
const { trace_id } = forgotten.data as { readonly trace_id: string };

type Gates = {
  readonly gates?: readonly {
    readonly gate: string;
    readonly saw: { readonly answer: SeenPrediction } | null;
  }[];
};
/** The traces that the predictions in an event name. */
const named = ({ data }: RecordedEvent): readonly string[] =>
  ((data as Gates).gates ?? []).flatMap(({ gate, saw }) =>
    gate === 'prediction' ? (saw?.answer.traces ?? []).map((trace) => trace.trace_id) : [],
  );

describe('a forgotten trace in a replay', () => {
  it('is of an honest log, in which predictions name it before and none after', () => {
    expect(replayed(honest).difference).toBeNull();
    const before = honest.slice(0, place).flatMap(named);
    const after = honest.slice(place).flatMap(named);
    expect([before.includes(trace_id), after.includes(trace_id)]).toEqual([true, false]);
    expect(after.length).toBeGreaterThan(0);
  });

  it('is found if a record ignores that it is forgotten', () => {
    const asked = honest.findIndex((event, i) => i > place && named(event).length > 0);
    const event = structuredClone(honest[asked]!) as { data: Gates } & RecordedEvent;
    const { answer } = event.data.gates!.find(({ gate }) => gate === 'prediction')!.saw!;
    (answer.traces![0] as { trace_id: string }).trace_id = trace_id;
    expect(replayed(honest.with(asked, event)).difference).toMatchObject({
      id: event.id,
      kind: 'prediction',
      path: expect.stringContaining('trace_id'),
    });
  });

  it('is found if the memory still holds it, because its event is removed', () => {
    const { difference } = replayed(honest.toSpliced(place, 1));
    expect(difference).toMatchObject({ what: expect.any(String) });
  });

  it('is found if nobody approved it', () => {
    const { change: _, ...metadata } = forgotten.metadata;
    expect(replayed(honest.with(place, { ...forgotten, metadata })).difference).toMatchObject({
      id: forgotten.id,
      kind: 'change',
    });
  });
});
