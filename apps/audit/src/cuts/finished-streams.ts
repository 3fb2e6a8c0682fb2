import { actionEndTypes, type LogHold, type Timestamp } from '@interlock/contracts';
import {
  collect,
  comparePositions,
  genuine,
  wholeNotes,
  type EventStore,
  type LogSubscription,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { RailsOpenWork } from '@interlock/rails';
import { eventLine } from '@interlock/tree';

/** A stream of a tenant, as far as it is older than the retention. The last event always stays. */
export type OldStream = {
  readonly stream: string;
  /** The first revision that the stream still shows, and the last one. */
  readonly shown: bigint;
  readonly last: bigint;
  /** Of the events between them, without the last. */
  readonly events: number;
  readonly bytes: number;
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly lastPosition: Position;
  /** Why it stays in the log; null where nothing that is known of here needs it. */
  readonly hold: LogHold | null;
};

/** The services that note their open work by streams of actions. */
const noting = ['safety-rails', 'policy-evaluator'] as const;
const ends: ReadonlySet<string> = new Set(actionEndTypes);

type Read = {
  readonly first: RecordedEvent;
  last: RecordedEvent;
  ended: boolean;
  plan: string | null;
  readonly sizes: { readonly at: Timestamp; readonly bytes: number }[];
};

/**
 * What the newest notes of open work name, and the position up to which all of them speak; null
 * where a service has no note, so that nothing is known of what it needs.
 */
const readNotes = async (
  store: EventStore,
): Promise<{ readonly named: ReadonlySet<string>; readonly through: Position } | null> => {
  const log = genuine(store);
  const notes = await Promise.all(noting.map(async (service) => (await wholeNotes(log, service))[0]));
  const [first, ...rest] = notes.flatMap((note) => (note === undefined ? [] : [note]));
  if (first === undefined || rest.length + 1 < noting.length) return null;
  return {
    named: new Set([first, ...rest].flatMap(({ streams }) => streams)),
    through: rest.reduce(
      (least, { position }) => (comparePositions(position, least) < 0 ? position : least),
      first.position,
    ),
  };
};

/** Hands over the events of some streams from before a time, in their order. */
const eachBefore = async (
  store: EventStore,
  prefix: string,
  before: Timestamp,
  take: (event: RecordedEvent) => void,
): Promise<void> => {
  let subscription: LogSubscription | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      let over = false;
      subscription = store.subscribe(
        { after: null, prefixes: [prefix], name: 'audit-old-streams' },
        {
          onEvent: (event) => {
            over ||= event.created >= before;
            if (over) resolve();
            else take(event);
          },
          onCaughtUp: resolve,
          onFailure: reject,
        },
      );
    });
  } finally {
    await subscription?.stop();
  }
};

/**
 * The tenant's streams of actions that have events from before a time, in the order in which they
 * ended. A stream is held where it is not proved that nothing open needs it any more.
 */
export const oldStreams = async (
  store: EventStore,
  tenant: string,
  before: Timestamp,
): Promise<readonly OldStream[]> => {
  const read = new Map<string, Read>();
  const work = new RailsOpenWork();
  await eachBefore(store, `action-${tenant}:`, before, (event) => {
    work.take(event);
    const one = read.get(event.stream) ?? { first: event, last: event, ended: false, plan: null, sizes: [] };
    read.set(event.stream, one);
    const { part_of: part } = event.data as { readonly part_of?: { readonly plan_id: string } };
    one.last = event;
    one.ended ||= ends.has(event.type);
    one.plan ??= part === undefined ? null : `plan-${tenant}:${part.plan_id}`;
    one.sizes.push({ at: event.created, bytes: Buffer.byteLength(eventLine(event)) });
  });
  const open = new Set(work.streams());
  const notes = await readNotes(store);
  const found: OldStream[] = [];
  for (const [stream, one] of read) {
    if (one.sizes.length < 2) continue;
    const [shown] = await collect(store.read(stream, { limit: 1 }));
    const [last] = await collect(store.read(stream, { limit: 1, backwards: true }));
    if (shown === undefined || last === undefined || shown.revision >= one.last.revision) continue;
    const gone = Number(shown.revision - one.first.revision);
    const cut = one.sizes.slice(Math.max(0, gone), -1);
    const hold = (): LogHold | null => {
      if (last.revision !== one.last.revision) return 'newer';
      if (!one.ended || open.has(stream)) return 'open';
      if (notes === null || comparePositions(notes.through, last.position) < 0) return 'not_noted';
      return notes.named.has(stream) || (one.plan !== null && notes.named.has(one.plan)) ? 'needed' : null;
    };
    found.push({
      stream,
      shown: shown.revision,
      last: one.last.revision,
      events: cut.length,
      bytes: cut.reduce((sum, { bytes }) => sum + bytes, 0),
      from: cut[0]?.at ?? one.first.created,
      to: cut.at(-1)?.at ?? one.first.created,
      lastPosition: one.last.position,
      hold: hold(),
    });
  }
  return found.sort((a, b) => comparePositions(a.lastPosition, b.lastPosition));
};
