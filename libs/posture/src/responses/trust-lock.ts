import type { Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';

/**
 * The number of manual unlocks of the trust guard that a UTC day allows. Above it only `force`
 * unlocks, and is counted too.
 */
export const maxUnlocksPerDay = 3;

export type TrustLockEvent =
  /** `cause`: a person or service requested it, or a signal reported that the guard tripped. */
  | {
      readonly type: 'TrustLocked';
      readonly data: { readonly reason: string; readonly cause: 'person' | 'signal' };
    }
  | {
      readonly type: 'TrustUnlocked';
      readonly data: { readonly reason: string; readonly forced: boolean; readonly unlocks_today: number };
    }
  | { readonly type: 'TrustUnlocksReset'; readonly data: { readonly reason: string } };

export type TrustLockCommand =
  | { readonly kind: 'LockTrust'; readonly reason: string; readonly cause: 'person' | 'signal' }
  | {
      readonly kind: 'UnlockTrust';
      readonly reason: string;
      readonly force: boolean;
      readonly now: Timestamp;
    }
  | { readonly kind: 'ResetUnlocks'; readonly reason: string; readonly now: Timestamp };

export type TrustLockState = {
  readonly locked: boolean;
  readonly cause: 'person' | 'signal' | null;
  readonly reason: string | null;
  /** When it was last locked or unlocked; null before the first time. */
  readonly since: Timestamp | null;
  /**
   * Manual unlocks of one UTC day, `YYYY-MM-DD`, since they were last reset; null before the first.
   */
  readonly unlocks: { readonly day: string; readonly count: number } | null;
};

const utcDay = (at: Timestamp): string => new Date(at).toISOString().slice(0, 10);

/** Manual unlocks of the UTC day of `now` that count towards the limit. */
export const unlocksToday = ({ unlocks }: Pick<TrustLockState, 'unlocks'>, now: Timestamp): number =>
  unlocks !== null && unlocks.day === utcDay(now) ? unlocks.count : 0;

/**
 * Stream of `trustLockStream`. A repeat writes nothing and counts nothing. Throws `unlock-limit` if
 * the day's unlocks are used up, unless forced. The caller ensures that only a person unlocks; a
 * signal has no command that unlocks.
 */
export const trustLockDecider: Decider<TrustLockCommand, TrustLockEvent, TrustLockState> = {
  name: 'trust lock',
  types: ['TrustLocked', 'TrustUnlocked', 'TrustUnlocksReset'],
  initial: { locked: false, cause: null, reason: null, since: null, unlocks: null },
  decide: (command, state) => {
    switch (command.kind) {
      case 'LockTrust':
        return state.locked
          ? []
          : [{ type: 'TrustLocked', data: { reason: command.reason, cause: command.cause } }];
      case 'UnlockTrust': {
        if (!state.locked) return [];
        const before = unlocksToday(state, command.now);
        if (before >= maxUnlocksPerDay && !command.force)
          throw new ProblemError(
            'unlock-limit',
            `the trust guard was unlocked ${before} times today, ${maxUnlocksPerDay} times a day are allowed`,
            { remedy: 'find out what locks it; force the unlock, or reset the counter, if you know why' },
          );
        return [
          {
            type: 'TrustUnlocked',
            data: { reason: command.reason, forced: command.force, unlocks_today: before + 1 },
          },
        ];
      }
      case 'ResetUnlocks':
        return unlocksToday(state, command.now) === 0
          ? []
          : [{ type: 'TrustUnlocksReset', data: { reason: command.reason } }];
    }
  },
  evolve: (state, { type, data, metadata: { occurred_at: at } }) => {
    switch (type) {
      case 'TrustLocked':
        return { ...state, locked: true, cause: data.cause, reason: data.reason, since: at };
      case 'TrustUnlocked':
        return {
          locked: false,
          cause: null,
          reason: data.reason,
          since: at,
          unlocks: { day: utcDay(at), count: data.unlocks_today },
        };
      case 'TrustUnlocksReset':
        return { ...state, unlocks: null };
    }
  },
  inSpiteOfForgery: { takes: ({ kind }) => kind === 'LockTrust', after: (state) => state },
};
