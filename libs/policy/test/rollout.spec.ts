import { describe, expect, it } from '@jest/globals';
import { fold, given } from '@interlock/kernel';
import {
  defaultRolloutSettings,
  rolloutDecider,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
} from '../src/index.js';
import { badGates, goodGates, hour, plainGates, step, timeAfter } from './rollouts.js';
import { activate, back, canary, codeOf, initial, one, promote, two } from './rollout-commands.js';

describe('a rollout', () => {
  it('begins at 100 % without an active bundle, else at 10 %', () => {
    expect(one).toMatchObject({ active: { bundle_id: 'a', canary_pct: 100 }, canary: null });
    expect(canary).toMatchObject({ active: { bundle_id: 'a' }, canary: { bundle_id: 'b', canary_pct: 10 } });
    expect(codeOf(one, { ...activate('b'), canary_pct: 100 } as RolloutCommand)).toBe('wrong-state');
    expect(codeOf(initial, { ...activate('b'), canary_pct: 10 } as RolloutCommand)).toBe('wrong-state');
    expect(codeOf(initial, { ...activate('b'), canary_pct: 10.5 } as RolloutCommand)).toBe(
      'validation-failed',
    );
  });

  it('has one canary at a time, ignores repeats, and never reactivates superseded or rolled back bundles', () => {
    expect(codeOf(canary, activate('c'))).toBe('canary-running');
    expect(rolloutDecider.decide(activate('b'), canary)).toEqual([]);
    expect(rolloutDecider.decide(activate('a'), canary)).toEqual([]);
    expect(codeOf(two, activate('a'))).toBe('wrong-state');
    expect(codeOf(step(canary, back('b')), activate('b'))).toBe('wrong-state');
  });

  it('goes 10 → 50 → 100, then the one before is superseded', () => {
    const fifty = step(canary, promote('b', 10));
    expect(fifty.canary).toMatchObject({ canary_pct: 50 });
    expect(given(rolloutDecider, []).when(activate('a')).events).toMatchObject([
      { data: { previous_bundle_id: null } },
    ]);
    expect(rolloutDecider.decide(promote('b', 50), fifty)).toMatchObject([
      { data: { from_pct: 50, to_pct: 100, previous_bundle_id: 'a' } },
    ]);
    expect(two).toMatchObject({
      active: { bundle_id: 'b', canary_pct: 100 },
      canary: null,
      superseded: [{ bundle_id: 'a' }],
    });
    expect(codeOf(two, promote('b', 100))).toBe('wrong-state');
    expect(codeOf(two, promote('a', 100))).toBe('wrong-state');
    expect(codeOf(canary, promote('b', 10, { to_pct: 100 }))).toBe('wrong-state');
  });

  it('before the dwell is over only a person promotes, with a reason', () => {
    const at = (ms: number, over: object): RolloutCommand =>
      promote('b', 10, { now: timeAfter(ms), ...over });
    expect(codeOf(canary, at(24 * hour - 1, { reason: null }))).toBe('dwell-not-over');
    expect(rolloutDecider.decide(at(24 * hour - 1, {}), canary)).toMatchObject([
      { data: { early: true, reason: 'clear figures' } },
    ]);
    expect(rolloutDecider.decide(at(24 * hour, { reason: null }), canary)).toMatchObject([
      { data: { early: false, reason: null } },
    ]);
    const willing = step(canary, {
      kind: 'ConfigureRollout',
      settings: { ...defaultRolloutSettings, auto_promote: true },
    });
    expect(codeOf(willing, at(24 * hour - 1, { trigger: 'automatic' }))).toBe('dwell-not-over');
    expect(codeOf(willing, at(24 * hour, { trigger: 'automatic' }))).toBe('done');
    expect(codeOf(canary, at(24 * hour, { trigger: 'automatic' }))).toBe('wrong-state');
  });

  it("lets a person promote on the plain figures, others on evidence only, and nobody on another stage's figures", () => {
    const willing = step(canary, {
      kind: 'ConfigureRollout',
      settings: { ...defaultRolloutSettings, auto_promote: true, dwell_h: 0 },
    });
    expect(codeOf(willing, promote('b', 10, { verdicts: plainGates(10) }))).toBe('done');
    expect(codeOf(willing, promote('b', 10, { verdicts: plainGates(10), trigger: 'automatic' }))).toBe(
      'gates-not-passed',
    );
    for (const verdicts of [badGates(10), null, goodGates(50)]) {
      for (const trigger of ['person', 'automatic'] as const)
        expect(codeOf(willing, promote('b', 10, { verdicts, trigger }))).toBe('gates-not-passed');
    }
  });

  it('is not promoted while held, until released or until the time', () => {
    const held = (until: string | null): RolloutState =>
      step(canary, { kind: 'HoldCanary', bundle_id: 'b', reason: 'alarms', until, now: timeAfter(0) });
    expect(codeOf(held(null), promote('b', 10, { now: timeAfter(1e6 * hour) }))).toBe('canary-held');
    expect(codeOf(held(timeAfter(hour)), promote('b', 10, { now: timeAfter(hour - 1) }))).toBe('canary-held');
    expect(codeOf(held(timeAfter(hour)), promote('b', 10, { now: timeAfter(hour) }))).toBe('done');
    expect(
      codeOf(step(held(null), { kind: 'ReleaseCanary', bundle_id: 'b', reason: 'quiet' }), promote('b', 10)),
    ).toBe('done');
    expect(
      codeOf(canary, {
        kind: 'HoldCanary',
        bundle_id: 'b',
        reason: 'alarms',
        until: timeAfter(0),
        now: timeAfter(0),
      }),
    ).toBe('validation-failed');
    expect(codeOf(held(null), back('b'))).toBe('done');
    expect(
      rolloutDecider.decide(
        {
          kind: 'HoldCanary',
          bundle_id: 'b',
          reason: 'incident',
          until: null,
          incident_id: 'i',
          now: timeAfter(0),
        },
        held(null),
      ),
    ).toEqual([]);
  });

  it('is scheduled after the dwell only, and promoted then if the gates are passed', () => {
    const schedule = (ms: number): RolloutCommand => ({
      kind: 'SchedulePromotion',
      bundle_id: 'b',
      at: timeAfter(ms),
      now: timeAfter(hour),
    });
    expect(codeOf(canary, schedule(24 * hour - 1))).toBe('dwell-not-over');
    expect(codeOf(canary, schedule(0))).toBe('validation-failed');
    const scheduled = step(canary, schedule(30 * hour));
    const at = (ms: number, over: object = {}): RolloutCommand =>
      promote('b', 10, { trigger: 'scheduled', reason: null, now: timeAfter(ms), ...over });
    expect(codeOf(scheduled, at(30 * hour - 1))).toBe('wrong-state');
    expect(codeOf(scheduled, at(30 * hour, { verdicts: badGates(10) }))).toBe('gates-not-passed');
    expect(codeOf(scheduled, at(30 * hour, { verdicts: plainGates(10) }))).toBe('gates-not-passed');
    expect(codeOf(scheduled, at(30 * hour))).toBe('done');
    expect(codeOf(canary, at(30 * hour))).toBe('wrong-state');
    expect(step(scheduled, { kind: 'UnschedulePromotion', bundle_id: 'b' }).canary?.scheduled).toBeNull();
    expect(step(scheduled, promote('b', 10)).canary?.scheduled).toBeNull();
  });

  it('rolls back by one event: a canary to the active one, the active one to the one before, the last one to none', () => {
    expect(rolloutDecider.decide(back('b'), canary)).toMatchObject([
      {
        data: {
          was: 'canary',
          canary_pct: 10,
          restored_bundle_id: 'a',
          restored_version: 'v-a',
          withdrawn_canary_id: null,
        },
      },
    ]);
    expect(step(canary, back('b'))).toMatchObject({
      active: { bundle_id: 'a', canary_pct: 100 },
      canary: null,
      withdrawn: false,
    });
    expect(step(two, back('b'))).toMatchObject({
      active: { bundle_id: 'a', canary_pct: 100 },
      superseded: [],
      rolled_back: ['b'],
    });
    const none = step(step(two, back('b')), back('a'));
    expect(none).toMatchObject({ active: null, withdrawn: true, rolled_back: ['b', 'a'] });
    expect(step(none, activate('c'))).toMatchObject({
      active: { bundle_id: 'c', canary_pct: 100 },
      withdrawn: false,
    });
    expect(step(canary, back('a'))).toMatchObject({
      active: null,
      canary: null,
      withdrawn: true,
      rolled_back: ['a', 'b'],
    });
    expect(rolloutDecider.decide(back('b'), step(canary, back('b')))).toEqual([]);
    expect(codeOf(two, back('a'))).toBe('wrong-state');
  });

  it('ignores a command for another stage', () => {
    const fifty = step(canary, promote('b', 10));
    expect(rolloutDecider.decide(promote('b', 10, { from_pct: 10 }), fifty)).toEqual([]);
    expect(rolloutDecider.decide(back('b', { at_pct: 10 }), fifty)).toEqual([]);
    expect(rolloutDecider.decide(promote('b', 10, { from_pct: 10 }), two)).toEqual([]);
  });

  it("reads an earlier release's activation at 100 % beside another one as meant", () => {
    const event = (id: string, previous: string | null): RolloutEvent => ({
      type: 'BundleActivated',
      data: {
        bundle_id: id,
        bundle_version: `v-${id}`,
        bundle_hash: 'h',
        canary_pct: 100,
        approval_id: 'a',
        previous_bundle_id: previous,
      },
    });
    expect(fold(rolloutDecider, [event('a', null), event('b', 'a')])).toMatchObject({
      active: { bundle_id: 'b' },
      canary: null,
      superseded: [{ bundle_id: 'a' }],
    });
  });
});

describe('break-glass', () => {
  it('ends in time, can be moved, and blocks promotions meanwhile', () => {
    const bypass = (minutes: number, ms = 0): RolloutCommand => ({
      kind: 'BypassPolicy',
      reason: 'no trust',
      minutes,
      now: timeAfter(ms),
    });
    for (const minutes of [0, -1, Number.NaN, 1441])
      expect(codeOf(one, bypass(minutes))).toBe('validation-failed');
    const open = step(canary, bypass(30));
    expect(open.bypass).toMatchObject({ since: timeAfter(0), until: timeAfter(hour / 2) });
    expect(step(open, bypass(30, hour / 4)).bypass).toMatchObject({
      since: timeAfter(0),
      until: timeAfter((3 * hour) / 4),
    });
    expect(codeOf(open, promote('b', 10))).toBe('wrong-state');
    expect(
      rolloutDecider.decide({ kind: 'EndBypass', reason: 'elapsed', now: timeAfter(hour / 2 - 1) }, open),
    ).toEqual([]);
    expect(step(open, { kind: 'EndBypass', reason: 'elapsed', now: timeAfter(hour / 2) }).bypass).toBeNull();
    expect(step(open, { kind: 'EndBypass', reason: 'ended', now: timeAfter(1) }).bypass).toBeNull();
    expect(rolloutDecider.decide({ kind: 'EndBypass', reason: 'ended', now: timeAfter(1) }, canary)).toEqual(
      [],
    );
  });
});
