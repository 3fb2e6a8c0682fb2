import type { Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/** Reservations of one tenant: stream `lease-<tenant>:all`. The fencing number of a lease is the revision of its `LeaseGranted`. */
export type LeaseEvent =
  | {
      readonly type: 'LeaseGranted';
      readonly data: {
        readonly action_id: string;
        readonly keys: readonly string[];
        readonly expires_at: Timestamp;
        /** Names the request that it answers. */ readonly wait_expires_at?: Timestamp;
      };
    }
  | {
      readonly type: 'LeaseQueued';
      readonly data: {
        readonly action_id: string;
        readonly keys: readonly string[];
        readonly held_by: readonly string[];
        readonly expires_at: Timestamp;
      };
    }
  | {
      readonly type: 'LeaseReleased';
      readonly data: { readonly action_id: string; readonly fencing?: string };
    };

export type LeaseCommand =
  | {
      readonly kind: 'reserve';
      readonly action_id: string;
      readonly keys: readonly string[];
      readonly lease_expires_at: Timestamp;
      readonly wait_expires_at: Timestamp;
      readonly now: Timestamp;
    }
  /** With a fencing number only that lease is released; without one, everything that the action holds or waits for. */
  | {
      readonly kind: 'release';
      readonly action_id: string;
      readonly fencing?: string;
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
  readonly queue: readonly Omit<Lease, 'fencing' | 'wait_expires_at'>[];
};

const overlaps = (a: readonly string[], b: readonly string[]): boolean => a.some((key) => b.includes(key));

/** First come, first served by key; a lease or a place in the queue past its `expires_at` counts no more. */
export const leaseDecider: Decider<LeaseCommand, LeaseEvent, LeaseState> = {
  name: 'lease',
  types: ['LeaseGranted', 'LeaseQueued', 'LeaseReleased'],
  initial: { held: [], queue: [] },
  decide: (command, state) => {
    if (command.kind === 'release') {
      if (command.fencing !== undefined) {
        const { action_id, fencing } = command;
        return state.held.some((l) => l.action_id === action_id && l.fencing === fencing)
          ? [{ type: 'LeaseReleased', data: { action_id, fencing } }]
          : [];
      }
      const known =
        state.held.some((l) => l.action_id === command.action_id) ||
        state.queue.some((q) => q.action_id === command.action_id);
      return known ? [{ type: 'LeaseReleased', data: { action_id: command.action_id } }] : [];
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
      },
    };
    const own = alive(state.held).find((lease) => lease.action_id === command.action_id);
    // INVARIANT: a new request gets a new number, so that a release of the one before, still on its way, does not take this one.
    if (own !== undefined)
      return own.wait_expires_at === undefined || own.wait_expires_at === command.wait_expires_at
        ? []
        : [granted];
    const place = state.queue.findIndex((q) => q.action_id === command.action_id);
    const before = alive(place < 0 ? state.queue : state.queue.slice(0, place));
    const inTheWay = [...alive(state.held), ...before].filter(
      (other) => other.action_id !== command.action_id && overlaps(other.keys, command.keys),
    );
    if (inTheWay.length === 0) return [granted];
    if (place >= 0) return [];
    return [
      {
        type: 'LeaseQueued',
        data: {
          action_id: command.action_id,
          keys: command.keys,
          held_by: inTheWay.map((other) => other.action_id),
          expires_at: command.wait_expires_at,
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
        };
      case 'LeaseQueued': {
        const { action_id, keys, expires_at } = event.data;
        return { held: state.held, queue: [...others(state.queue), { action_id, keys, expires_at }] };
      }
      case 'LeaseReleased':
        if (event.data.fencing !== undefined)
          return { ...state, held: state.held.filter((lease) => lease.fencing !== event.data.fencing) };
        return { held: others(state.held), queue: others(state.queue) };
    }
  },
};

/** The lease that an action holds at a time; undefined where it holds none. */
export const leaseOf = (state: LeaseState, actionId: string, now: Timestamp): Lease | undefined =>
  state.held.find((lease) => lease.action_id === actionId && lease.expires_at > now);
