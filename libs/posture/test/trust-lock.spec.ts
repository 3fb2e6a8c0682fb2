import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@interlock/kernel';
import { brakeDecider, maxUnlocksPerDay, trustLockDecider, unlocksToday } from '../src/index.js';
import { decided } from './golden-responses.js';

const day = '2026-01-01T12:00:00.000Z';
const lock = { kind: 'LockTrust', reason: 'a mirror differs', cause: 'person' } as const;
const unlock = (now = day, force = false) => ({ kind: 'UnlockTrust', reason: 'seen', force, now }) as const;
const unlocked = (times: number) => Array.from({ length: times }, () => [lock, unlock(day, true)]).flat();

describe('a forged event in the stream', () => {
  it('keeps the guard from being unlocked, never from being locked', () => {
    const { takes } = trustLockDecider.inSpiteOfForgery!;
    const reset = { kind: 'ResetUnlocks', reason: 'a drill', now: day } as const;
    expect(
      [lock, unlock(), unlock(day, true), reset].map((one) => takes(one, trustLockDecider.initial)),
    ).toEqual([true, false, false, false]);
  });

  it('keeps the brake from being released, never from being engaged', () => {
    const { takes } = brakeDecider.inSpiteOfForgery!;
    const kinds = ['EngageBrake', 'ReleaseBrake'] as const;
    expect(kinds.map((kind) => takes({ kind, reason: 'seen' }, brakeDecider.initial))).toEqual([true, false]);
  });
});

describe('the trust guard', () => {
  it('begins unlocked, and is locked once, however often that is requested', () => {
    expect(trustLockDecider.initial.locked).toBe(false);
    const { events, state } = decided(trustLockDecider, [lock, { ...lock, cause: 'signal' }]);
    expect(events).toEqual([{ type: 'TrustLocked', data: { reason: lock.reason, cause: 'person' } }]);
    expect(state).toMatchObject({ locked: true, cause: 'person', reason: lock.reason });
  });

  it('counts unlocks, except of an unlocked guard', () => {
    const { events, state } = decided(trustLockDecider, [unlock(), lock, unlock(), unlock()]);
    expect(events.map(({ type }) => type)).toEqual(['TrustLocked', 'TrustUnlocked']);
    expect(unlocksToday(state, day)).toBe(1);
  });

  it('is unlocked three times a day, a fourth time only by force, which counts too', () => {
    const third = decided(trustLockDecider, [...unlocked(maxUnlocksPerDay - 1), lock, unlock(), lock]);
    expect(unlocksToday(third.state, day)).toBe(3);
    expect(() => trustLockDecider.decide(unlock(), third.state)).toThrow(ProblemError);
    expect(trustLockDecider.decide(unlock(day, true), third.state)).toEqual([
      { type: 'TrustUnlocked', data: { reason: 'seen', forced: true, unlocks_today: 4 } },
    ]);
  });

  it('starts counting again on the next UTC day', () => {
    const { state } = decided(trustLockDecider, [...unlocked(3), lock], '2026-01-01T23:59:59.999Z');
    expect(unlocksToday(state, '2026-01-01T23:59:59.999Z')).toBe(3);
    expect(unlocksToday(state, '2026-01-02T00:00:00.000Z')).toBe(0);
    expect(trustLockDecider.decide(unlock('2026-01-02T00:00:00.000Z'), state)).toMatchObject([
      { data: { unlocks_today: 1 } },
    ]);
  });

  it('has a command that resets its counter, which writes nothing at zero', () => {
    const reset = { kind: 'ResetUnlocks', reason: 'a drill', now: day } as const;
    const { state } = decided(trustLockDecider, [...unlocked(3), reset]);
    expect(unlocksToday(state, day)).toBe(0);
    expect(trustLockDecider.decide(reset, state)).toEqual([]);
  });
});

describe('the safety brake', () => {
  it('is engaged and released once each', () => {
    const engage = { kind: 'EngageBrake', reason: 'a migration' } as const;
    const release = { kind: 'ReleaseBrake', reason: 'done' } as const;
    const { events, state } = decided(brakeDecider, [release, engage, engage, release, release]);
    expect(events.map(({ type }) => type)).toEqual(['BrakeEngaged', 'BrakeReleased']);
    expect(state).toMatchObject({ engaged: false, reason: 'done' });
  });
});
