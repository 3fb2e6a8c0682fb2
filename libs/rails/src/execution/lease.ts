import type { Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/**
 * An action's use of the tenant's blast radius, in entities. It counts until the given time, one
 * hour after the reservation.
 */
export type BlastUnits = { readonly units: number; readonly limit: number; readonly until: Timestamp };
/** The used part of the hour's blast radius and its limit, in entities. */
export type HourlyRoom = { readonly taken: number; readonly limit: number };

/**
 * Reservations of one tenant: stream `lease-<tenant>:all`. The fencing number of a lease is the
 * revision of its `LeaseGranted`.
 */
export type LeaseEvent =
  | {
      readonly type: 'LeaseGranted';
      readonly data: {
        readonly action_id: string;
        readonly keys: readonly string[];
        readonly expires_at: Timestamp;
        /** Identifies the request that this event answers. */
        readonly wait_expires_at?: Timestamp;
        readonly blast?: BlastUnits;
      };
    }
  | {
      readonly type: 'LeaseQueued';
      readonly data: {
        readonly action_id: string;
        readonly keys: readonly string[];
        readonly held_by: readonly string[];
        readonly expires_at: Timestamp;
        readonly blast?: BlastUnits;
        /** How much of the hour's blast radius is used, if it has no room for the request. */
        readonly room?: HourlyRoom;
      };
    }
  | {
      readonly type: 'LeaseReleased';
      readonly data: {
        readonly action_id: string;
        readonly fencing?: string;
        /** True if nothing was done under the lease, so that its blast radius does not count. */
        readonly unused?: true;
      };
    };

export type LeaseCommand =
  | {
      readonly kind: 'reserve';
      readonly action_id: string;
      readonly keys: readonly string[];
      readonly lease_expires_at: Timestamp;
      readonly wait_expires_at: Timestamp;
      readonly blast?: BlastUnits;
      readonly now: Timestamp;
    }
  /**
   * With a fencing number, only that lease is released. Without one, everything that the action
   * holds or waits for is released.
   */
  | {
      readonly kind: 'release';
      readonly action_id: string;
      readonly fencing?: string;
      readonly unused?: boolean;
      readonly now: Timestamp;
    };

export type Lease = {
  readonly action_id: string;
  readonly keys: readonly string[];
  readonly expires_at: Timestamp;
  readonly fencing: string;
  readonly wait_expires_at?: Timestamp;
};
export type LeaseState = {
  readonly held: readonly Lease[];
  readonly queue: readonly QueuedLease[];
  /** The blast radius of the hour by action, including ended actions. */
  readonly hour: readonly { readonly action_id: string; readonly blast: BlastUnits }[];
};
type QueuedLease = Omit<Lease, 'fencing' | 'wait_expires_at'> & {
  readonly blast?: BlastUnits;
  readonly room?: HourlyRoom;
};
const hourMs = 3_600_000;

const overlaps = (a: readonly string[], b: readonly string[]): boolean => a.some((key) => b.includes(key));

/**
 * Returns how much of the hour's blast radius is used, if it has no room for the request; null if
 * it has. Requests that came earlier count too, so that small ones cannot overtake a large one for
 * ever.
 */
const lackOfRoom = (
  { action_id: own, blast, now }: Extract<LeaseCommand, { kind: 'reserve' }>,
  { hour }: LeaseState,
  before: readonly QueuedLease[],
): HourlyRoom | null => {
  if (blast === undefined) return null;
  const counted = [
    ...hour.filter((one) => one.action_id !== own && one.blast.until > now),
    // A request that can never have room blocks no other request.
    ...before.filter((one) => one.action_id !== own && (one.blast?.units ?? 0) <= blast.limit),
  ];
  const taken = counted.reduce((sum, one) => sum + (one.blast?.units ?? 0), 0);
  return taken + blast.units > blast.limit ? { taken, limit: blast.limit } : null;
};

/** True if the request uses more of the hour's blast radius than its action uses already. */
const takesMore = (
  { action_id: own, blast }: Extract<LeaseCommand, { kind: 'reserve' }>,
  { hour }: LeaseState,
): boolean => (blast?.units ?? 0) > (hour.find(({ action_id }) => action_id === own)?.blast.units ?? 0);

/**
 * Returns the hour's blast radius after a reservation, without the entries that no longer count at
 * that time.
 */
const hourAfter = (
  hour: LeaseState['hour'],
  { action_id, blast }: { readonly action_id: string; readonly blast?: BlastUnits },
): LeaseState['hour'] => {
  if (blast === undefined) return hour;
  const since = new Date(Date.parse(blast.until) - hourMs).toISOString();
  return [
    ...hour.filter((one) => one.action_id !== action_id && one.blast.until > since),
    { action_id, blast },
  ];
};

/**
 * First come, first served by key, and by the room in the hour's blast radius. A lease or a place
 * in the queue no longer counts after its `expires_at`.
 */
export const leaseDecider: Decider<LeaseCommand, LeaseEvent, LeaseState> = {
  name: 'lease',
  types: ['LeaseGranted', 'LeaseQueued', 'LeaseReleased'],
  initial: { held: [], queue: [], hour: [] },
  expires: true,
  decide: (command, state) => {
    if (command.kind === 'release') {
      const unused = command.unused === true ? ({ unused: true } as const) : {};
      if (command.fencing !== undefined) {
        const { action_id, fencing } = command;
        return state.held.some((l) => l.action_id === action_id && l.fencing === fencing)
          ? [{ type: 'LeaseReleased', data: { action_id, fencing, ...unused } }]
          : [];
      }
      const known =
        state.held.some((l) => l.action_id === command.action_id) ||
        state.queue.some((q) => q.action_id === command.action_id);
      return known ? [{ type: 'LeaseReleased', data: { action_id: command.action_id, ...unused } }] : [];
    }
    const alive = <T extends { readonly expires_at: Timestamp }>(items: readonly T[]): readonly T[] =>
      items.filter((item) => item.expires_at > command.now);
    const granted: LeaseEvent = {
      type: 'LeaseGranted',
      data: {
        action_id: command.action_id,
        keys: command.keys,
        expires_at: command.lease_expires_at,
        wait_expires_at: command.wait_expires_at,
        ...(command.blast === undefined ? {} : { blast: command.blast }),
      },
    };
    const own = alive(state.held).find((lease) => lease.action_id === command.action_id);
    // INVARIANT: a new request gets a new number, so that a delayed release of the previous one
    // does not release it.
    if (own !== undefined) {
      if (own.wait_expires_at === undefined || own.wait_expires_at === command.wait_expires_at) return [];
      // The action keeps the keys that it holds. For every other key, it queues like all others.
      const more = lackOfRoom(command, state, []) !== null && takesMore(command, state);
      if (!more && command.keys.every((key) => own.keys.includes(key))) return [granted];
    }
    const place = state.queue.findIndex((q) => q.action_id === command.action_id);
    const before = alive(place < 0 ? state.queue : state.queue.slice(0, place));
    const inTheWay = [...alive(state.held), ...before].filter(
      (other) => other.action_id !== command.action_id && overlaps(other.keys, command.keys),
    );
    const room = lackOfRoom(command, state, before);
    if (inTheWay.length === 0 && room === null) return [granted];
    if (place >= 0) return [];
    return [
      {
        type: 'LeaseQueued',
        data: {
          action_id: command.action_id,
          keys: command.keys,
          held_by: inTheWay.map((other) => other.action_id),
          expires_at: command.wait_expires_at,
          ...(command.blast === undefined ? {} : { blast: command.blast }),
          ...(room === null ? {} : { room }),
        },
      },
    ];
  },
  evolve: (state, event) => {
    const others = <T extends { readonly action_id: string }>(items: readonly T[]): readonly T[] =>
      items.filter((item) => item.action_id !== event.data.action_id);
    switch (event.type) {
      case 'LeaseGranted':
        return {
          held: [...others(state.held), { ...event.data, fencing: `${event.revision}` }],
          queue: others(state.queue),
          hour: hourAfter(state.hour, event.data),
        };
      case 'LeaseQueued': {
        const { held_by: _told, ...queued } = event.data;
        return { ...state, queue: [...others(state.queue), queued] };
      }
      case 'LeaseReleased': {
        const hour = event.data.unused === true ? others(state.hour) : state.hour;
        if (event.data.fencing !== undefined)
          return { ...state, hour, held: state.held.filter((lease) => lease.fencing !== event.data.fencing) };
        return { hour, held: others(state.held), queue: others(state.queue) };
      }
    }
  },
};

/** Returns the lease that an action holds at a time; undefined if it holds none. */
export const leaseOf = (state: LeaseState, actionId: string, now: Timestamp): Lease | undefined =>
  state.held.find((lease) => lease.action_id === actionId && lease.expires_at > now);
