import type { Actor } from '@interlock/contracts';
import { parseStream } from '@interlock/contracts';
import { uuidV5, type RecordedEvent } from '@interlock/kernel';

/** Random numbers from a seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 up to but not including `below`. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

/** The events of a log after somebody altered them, and what was done. */
export type Altered = { readonly what: string; readonly events: readonly RecordedEvent[] };
type Alteration = (dice: Dice, events: readonly RecordedEvent[]) => Altered;

type Path = readonly (string | number)[];
/** The paths of a value's members that have none themselves. */
export const leaves = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : Object.entries(value).flatMap(([name, item]) =>
        leaves(item, [...path, Array.isArray(value) ? Number(name) : name]),
      );
const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'boolean') return !value;
  return typeof value === 'string' ? `${value}x` : 'x';
};
/** A copy with one member set to another value. */
export const withOther = (of: object, path: Path): object => {
  const copy = structuredClone(of) as { [name: string]: never };
  let at = copy;
  for (const step of path.slice(0, -1)) at = at[step]!;
  const last = path.at(-1)!;
  at[last] = other(at[last]) as never;
  return copy;
};
const nameOf = ({ stream, revision, type }: RecordedEvent): string => `${stream} ${revision} ${type}`;
const streamsOf = (events: readonly RecordedEvent[]): readonly string[] => [
  ...new Set(events.map(({ stream }) => stream)),
];
const categoryOf = ({ stream }: RecordedEvent): string => parseStream(stream)?.category ?? '';

/** One member of an event's data is another. */
const edited: Alteration = (dice, events) => {
  const place = dice.below(events.length);
  const event = events[place]!;
  const paths = leaves(event.data);
  const path = paths.length === 0 ? [] : dice.of(paths);
  const data = path.length === 0 ? { forged: true } : withOther(event.data, path);
  return {
    what: `${path.join('.')} of ${nameOf(event)} edited`,
    events: events.with(place, { ...event, data: data as RecordedEvent['data'] }),
  };
};

const forgers: { readonly [member: string]: (event: RecordedEvent) => Partial<RecordedEvent['metadata']> } = {
  actor: () => ({ actor: { kind: 'person', person_id: uuidV5('person', 'mallory') } as Actor }),
  occurred_at: ({ metadata }) => ({
    occurred_at: new Date(Date.parse(metadata.occurred_at) - 86_400_000).toISOString(),
  }),
  command_id: () => ({ command_id: uuidV5('forged') }),
  correlation: () => ({ $correlationId: uuidV5('forged') }),
  causation: () => ({ $causationId: uuidV5('forged') }),
  writer: () => ({ writer: 'mallory' }),
  tenant: () => ({ tenant_id: 'other' }),
  version: ({ metadata }) => ({ schema_version: metadata.schema_version + 1 }),
};
/** The metadata of an event are forged. */
const forged: Alteration = (dice, events) => {
  const place = dice.below(events.length);
  const event = events[place]!;
  const member = dice.of(Object.keys(forgers));
  return {
    what: `${member} of ${nameOf(event)} forged`,
    events: events.with(place, { ...event, metadata: { ...event.metadata, ...forgers[member]!(event) } }),
  };
};

const dropped =
  (
    what: string,
    is: (dice: Dice, events: readonly RecordedEvent[]) => (event: RecordedEvent, place: number) => boolean,
  ): Alteration =>
  (dice, events) => {
    const gone = is(dice, events);
    const first = events.findIndex(gone);
    return {
      what: `${what} dropped, from ${nameOf(events[first]!)} on`,
      events: events.filter((event, place) => !gone(event, place)),
    };
  };

const oneDropped = dropped('an event', (dice, events) => {
  const one = dice.below(events.length);
  return (_, place) => place === one;
});
const streamDropped = dropped('a stream', (dice, events) => {
  const stream = dice.of(streamsOf(events));
  return (event) => event.stream === stream;
});
const categoryDropped = dropped('a category', (dice, events) => {
  const category = dice.of([...new Set(events.map(categoryOf))]);
  return (event) => categoryOf(event) === category;
});
const tenantDropped = dropped('a tenant', () => (event) => parseStream(event.stream)?.tenant === '_system');
const tailDropped = dropped('the tail', (dice, events) => {
  const from = events.length - 1 - dice.below(Math.min(20, events.length - 1));
  return (_, place) => place >= from;
});
const middleDropped = dropped('a part in the middle', (dice, events) => {
  const from = dice.below(events.length - 12);
  const count = 1 + dice.below(10);
  return (_, place) => place >= from && place < from + count;
});
const tailOfStreamDropped = dropped('the end of a stream', (dice, events) => {
  const stream = dice.of(streamsOf(events));
  const last = events.findLast((event) => event.stream === stream)!;
  return (event) => event.id === last.id;
});
/** A denied action with everything that it left: nothing else in the log names it. */
const denialDropped = dropped('a denied action', (dice, events) => {
  const { stream } = dice.of(
    events.filter(({ type }) => type === 'ActionDenied' || type === 'DryRunCompleted'),
  );
  return (event) => event.stream === stream;
});

const swapped: Alteration = (dice, events) => {
  const from = dice.below(events.length - 1);
  const to = from + 1 + dice.below(Math.min(8, events.length - from - 1));
  return {
    what: `${nameOf(events[from]!)} and ${nameOf(events[to]!)} swapped`,
    events: events.with(from, events[to]!).with(to, events[from]!),
  };
};
const doubled: Alteration = (dice, events) => {
  const place = dice.below(events.length);
  return { what: `${nameOf(events[place]!)} doubled`, events: events.toSpliced(place, 0, events[place]!) };
};
const moved: Alteration = (dice, events) => {
  const from = dice.below(events.length);
  const event = events[from]!;
  const rest = events.toSpliced(from, 1);
  const to = (from + 1 + dice.below(rest.length - 1)) % (rest.length + 1);
  return { what: `${nameOf(event)} moved`, events: rest.toSpliced(to, 0, event) };
};
/** A further event at the end of a stream, as if somebody had commanded it. */
const inserted: Alteration = (dice, events) => {
  const event = dice.of(events);
  const last = events.findLastIndex(({ stream }) => stream === event.stream);
  const id = uuidV5('forged', event.id);
  const { command: _command, ...metadata } = event.metadata;
  return {
    what: `an event inserted after ${nameOf(events[last]!)}`,
    events: events.toSpliced(last + 1, 0, {
      ...event,
      id,
      revision: events[last]!.revision + 1n,
      position: events[last]!.position,
      metadata: { ...metadata, command_id: id },
    }),
  };
};

export const alterations: { readonly [name: string]: Alteration } = {
  edited,
  forged,
  oneDropped,
  streamDropped,
  categoryDropped,
  tenantDropped,
  tailDropped,
  middleDropped,
  tailOfStreamDropped,
  denialDropped,
  swapped,
  doubled,
  moved,
  inserted,
};
