import {
  actionEndTypes,
  actionOfTx,
  parseStream,
  streamName,
  type LogHold,
  type Timestamp,
} from '@interlock/contracts';
import {
  collect,
  comparePositions,
  genuine,
  wholeNotes,
  type EventStore,
  type LogSubscription,
  type OpenWorkFold,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { OpenTransactions } from '@interlock/network';
import { RailsOpenWork } from '@interlock/rails';
import { eventLine } from '@interlock/tree';

/** The part of a tenant's stream that is older than the retention. The last event always stays. */
export type OldStream = {
  readonly stream: string;
  /** The first revision that the stream still shows, and its last revision. */
  readonly shown: bigint;
  readonly last: bigint;
  /** The number and size of the events between them, without the last one. */
  readonly events: number;
  readonly bytes: number;
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly lastPosition: Position;
  /**
   * The stream of the action that it belongs to, which must be cut first. Null for an action, or if
   * the action is already cut.
   */
  readonly action: string | null;
  /** The reason why it stays in the log; null if no known open work needs it. */
  readonly hold: LogHold | null;
};

/** The rules for cutting the streams of one category. */
type Finishing = {
  readonly category: 'action' | 'device_tx';
  /** The services whose notes of open work name these streams. */
  readonly noting: readonly string[];
  readonly open: () => OpenWorkFold;
  /**
   * Returns true if the stream has ended after an event of this type. `before` is the result so
   * far.
   */
  readonly ended: (before: boolean, type: string) => boolean;
};

const actionEnds: ReadonlySet<string> = new Set(actionEndTypes);
const ofActions: Finishing = {
  category: 'action',
  noting: ['safety-rails', 'policy-evaluator'],
  open: () => new RailsOpenWork(),
  ended: (before, type) => before || actionEnds.has(type),
};
/** Every phase that is not open is an end, except a failed rollback, which people must handle. */
const ofTransactions: Finishing = {
  category: 'device_tx',
  noting: ['netconf-gateway'],
  open: () => new OpenTransactions(),
  ended: (_, type) => type !== 'RollbackFailed',
};

type Read = {
  readonly first: RecordedEvent;
  last: RecordedEvent;
  ended: boolean;
  plan: string | null;
  /** The action that a transaction belongs to; null until an event names it. */
  action: string | null;
  readonly sizes: { readonly at: Timestamp; readonly bytes: number }[];
};

/**
 * Returns the streams that the newest notes of open work name, and the position that all notes
 * cover. Null if a service has no note, because its open work is then unknown.
 */
const readNotes = async (
  store: EventStore,
  noting: readonly string[],
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

/** Passes on the events of the given streams from before a time, in order. */
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

type Old = {
  readonly streams: readonly OldStream[];
  /** Maps each stream to true if its first events are missing from the log. */
  readonly cut: ReadonlyMap<string, boolean>;
};

const oldOf = async (
  store: EventStore,
  tenant: string,
  before: Timestamp,
  { category, noting, open: openWork, ended }: Finishing,
): Promise<Old> => {
  const read = new Map<string, Read>();
  const work = openWork();
  await eachBefore(store, `${category}-${tenant}:`, before, (event) => {
    work.take(event);
    const one = read.get(event.stream) ?? {
      first: event,
      last: event,
      ended: false,
      plan: null,
      action: null,
      sizes: [],
    };
    read.set(event.stream, one);
    const { part_of: part, action_id: action } = event.data as {
      readonly part_of?: { readonly plan_id: string };
      readonly action_id?: string;
    };
    one.last = event;
    one.ended = ended(one.ended, event.type);
    one.action ??= action ?? null;
    one.plan ??= part === undefined ? null : `plan-${tenant}:${part.plan_id}`;
    one.sizes.push({ at: event.created, bytes: Buffer.byteLength(eventLine(event)) });
  });
  const open = new Set(work.streams());
  const notes = await readNotes(store, noting);
  const found: OldStream[] = [];
  const cutStreams = new Map<string, boolean>();
  for (const [stream, one] of read) {
    cutStreams.set(stream, one.first.revision > 0n);
    if (one.sizes.length < 2) continue;
    const [shown] = await collect(store.read(stream, { limit: 1 }));
    cutStreams.set(stream, shown !== undefined && shown.revision > 0n);
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
      action:
        category === 'action'
          ? null
          : streamName('action', tenant, one.action ?? actionOfTx(parseStream(stream)!.id)),
      hold: hold(),
    });
  }
  found.sort((a, b) => comparePositions(a.lastPosition, b.lastPosition));
  return { streams: found, cut: cutStreams };
};

/** Returns true if the events before a stream's last one are missing from the log. */
const isCut = async (store: EventStore, stream: string): Promise<boolean> => {
  const [first] = await collect(store.read(stream, { limit: 1 }));
  return first !== undefined && first.revision > 0n;
};

/**
 * Returns the tenant's streams of actions and device transactions that have events from before a
 * time. Actions come first; each kind is in the order of its ends. A stream is held unless it is
 * proved that no open work needs it. `withTheirActions` holds further transactions.
 */
export const oldStreams = async (
  store: EventStore,
  tenant: string,
  before: Timestamp,
): Promise<readonly OldStream[]> => {
  const actions = await oldOf(store, tenant, before, ofActions);
  const transactions: OldStream[] = [];
  for (const one of (await oldOf(store, tenant, before, ofTransactions)).streams) {
    const isFree = one.action !== null && (actions.cut.get(one.action) ?? (await isCut(store, one.action)));
    transactions.push(isFree ? { ...one, action: null } : one);
  }
  return [...actions.streams, ...transactions];
};

/**
 * Holds each transaction whose action stays in the log, for the action's reason. An action that is
 * still in the log may be rolled back, and that needs its transaction.
 */
export const withTheirActions = (old: readonly OldStream[]): readonly OldStream[] => {
  const actions = new Map(old.map(({ stream, hold }) => [stream, hold]));
  return old.map((one) => {
    if (one.action === null || one.hold !== null) return one;
    const hold = actions.get(one.action);
    return { ...one, hold: hold === undefined ? 'newer' : hold };
  });
};
