import { describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, collect, testMetadata, type EventToAppend } from '@interlock/kernel';
import { defineProjection, eventsOf, handlersFor, type ProjectedEvent } from '../src/index.js';

type Named = { readonly type: 'ThingNamed'; readonly data: { readonly name: string } };
type Moved = { readonly type: 'ThingMoved'; readonly data: { readonly to: number } };
type Dropped = { readonly type: 'ThingDropped'; readonly data: { readonly why: string } };
type ThingEvent = Named | Moved | Dropped;
type Tables = { thing: { id: string } };

const about = { name: 'things', version: 1, prefixes: ['thing-'], migrations: [] };
const nothing = (): void => undefined;

const recorded = async (): Promise<readonly ProjectedEvent<ThingEvent>[]> => {
  const log = new InMemoryEventStore();
  const events = [
    { type: 'ThingNamed', data: { name: 'one' } },
    { type: 'ThingMoved', data: { to: 7 } },
    { type: 'ThingNamed', data: { name: 'two' } },
  ].map((event, i): EventToAppend => ({
    ...event,
    id: `00000000-0000-4000-8000-00000000000${i}`,
    metadata: testMetadata(),
  }));
  await log.append('thing-demo:one', events, 'any');
  return (await collect(log.read('thing-demo:one'))) as readonly ProjectedEvent<ThingEvent>[];
};

describe('defineProjection', () => {
  it('gives a handler the data of the event that it stands under', async () => {
    const lines: string[] = [];
    const { handlers } = defineProjection<Tables, ThingEvent>({
      ...about,
      handlers: {
        ThingNamed: ({ data }) => void lines.push(data.name),
        // @ts-expect-error a move has no name
        ThingMoved: ({ data }) => void lines.push(String(data.name)),
      },
    });
    for (const event of await recorded()) await handlers[event.type]!(event, undefined as never);
    expect(lines).toEqual(['one', 'undefined', 'two']);
  });

  it('takes no handler of an event that the projection does not follow', () => {
    const { handlers } = defineProjection<Tables, Named>({
      ...about,
      // @ts-expect-error `ThingMoved` is none of its events
      handlers: { ThingNamed: nothing, ThingMoved: nothing },
    });
    expect(Object.keys(handlers)).toEqual(['ThingNamed', 'ThingMoved']);
  });

  it('stands one handler under several events only if it knows the data of each', () => {
    const byName = (event: ProjectedEvent<Named>): void => void event.data.name;
    const { handlers } = defineProjection<Tables, ThingEvent>({
      ...about,
      // @ts-expect-error a handler of names is given a move
      handlers: handlersFor(['ThingNamed', 'ThingMoved'], byName),
    });
    expect(handlers).toEqual({ ThingNamed: byName, ThingMoved: byName });
  });
});

describe('eventsOf', () => {
  it('finds the events of its types, in their order and with their data', async () => {
    const events = await recorded();
    expect(eventsOf(events, ['ThingNamed']).map(({ data }) => data.name)).toEqual(['one', 'two']);
    expect(eventsOf(events, ['ThingMoved', 'ThingDropped']).map(({ type }) => type)).toEqual(['ThingMoved']);
  });
});
