import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { fold, given, isProblem } from '@interlock/kernel';
import {
  bucketOf,
  buildContext,
  bundleHash,
  defaultRolloutSettings,
  evaluableBundle,
  evaluate,
  incidentAnswer,
  noPolicies,
  normalBundle,
  rolloutDecider,
  routeRequest,
  settingsViolations,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
} from '../src/index.js';
import { badGates, goodGates, hour, plainGates, promoted, step, timeAfter } from './rollouts.js';
import { request, rule } from './samples.js';

const activate = (id: string): RolloutCommand => ({
  type: 'ActivateBundle',
  bundle_id: id,
  bundle_version: `v-${id}`,
  bundle_hash: `h-${id}`,
  approval_id: `a-${id}`,
});
const promote = (
  id: string,
  pct: number,
  over: Partial<Extract<RolloutCommand, { type: 'PromoteCanary' }>> = {},
): RolloutCommand => ({
  type: 'PromoteCanary',
  bundle_id: id,
  trigger: 'person',
  reason: 'clear figures',
  verdicts: goodGates(pct),
  now: timeAfter(0),
  ...over,
});
const back = (
  id: string,
  over: Partial<Extract<RolloutCommand, { type: 'RollBackBundle' }>> = {},
): RolloutCommand => ({
  type: 'RollBackBundle',
  bundle_id: id,
  trigger: 'person',
  reason: 'error spike',
  verdicts: null,
  ...over,
});
const initial = rolloutDecider.initial;
const one = step(initial, activate('a'));
const canary = step(one, activate('b'));
const two = promoted(canary);
const codeOf = (state: RolloutState, command: RolloutCommand): string => {
  try {
    rolloutDecider.decide(command, state);
    return 'done';
  } catch (error) {
    return isProblem(error) ? error.code : String(error);
  }
};

describe('a rollout', () => {
  it('begins at 100 % where nothing is active, at 10 % beside what is', () => {
    expect(one).toMatchObject({ active: { bundle_id: 'a', canary_pct: 100 }, canary: null });
    expect(canary).toMatchObject({ active: { bundle_id: 'a' }, canary: { bundle_id: 'b', canary_pct: 10 } });
    expect(codeOf(one, { ...activate('b'), canary_pct: 100 } as RolloutCommand)).toBe('wrong-state');
    expect(codeOf(initial, { ...activate('b'), canary_pct: 10 } as RolloutCommand)).toBe('wrong-state');
    expect(codeOf(initial, { ...activate('b'), canary_pct: 10.5 } as RolloutCommand)).toBe(
      'validation-failed',
    );
  });

  it('has one canary at a time; the same again changes nothing; what was superseded or rolled back does not come back', () => {
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
      type: 'ConfigureRollout',
      settings: { ...defaultRolloutSettings, auto_promote: true },
    });
    expect(codeOf(willing, at(24 * hour - 1, { trigger: 'automatic' }))).toBe('dwell-not-over');
    expect(codeOf(willing, at(24 * hour, { trigger: 'automatic' }))).toBe('done');
    expect(codeOf(canary, at(24 * hour, { trigger: 'automatic' }))).toBe('wrong-state');
  });

  it("a person may promote on the plain figures, nobody else without evidence, and nobody on none or another stage's", () => {
    const willing = step(canary, {
      type: 'ConfigureRollout',
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
      step(canary, { type: 'HoldCanary', bundle_id: 'b', reason: 'alarms', until, now: timeAfter(0) });
    expect(codeOf(held(null), promote('b', 10, { now: timeAfter(1e6 * hour) }))).toBe('canary-held');
    expect(codeOf(held(timeAfter(hour)), promote('b', 10, { now: timeAfter(hour - 1) }))).toBe('canary-held');
    expect(codeOf(held(timeAfter(hour)), promote('b', 10, { now: timeAfter(hour) }))).toBe('done');
    expect(
      codeOf(step(held(null), { type: 'ReleaseCanary', bundle_id: 'b', reason: 'quiet' }), promote('b', 10)),
    ).toBe('done');
    expect(
      codeOf(canary, {
        type: 'HoldCanary',
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
          type: 'HoldCanary',
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
      type: 'SchedulePromotion',
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
    expect(step(scheduled, { type: 'UnschedulePromotion', bundle_id: 'b' }).canary?.scheduled).toBeNull();
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

  it('a command that was about another stage does nothing', () => {
    const fifty = step(canary, promote('b', 10));
    expect(rolloutDecider.decide(promote('b', 10, { from_pct: 10 }), fifty)).toEqual([]);
    expect(rolloutDecider.decide(back('b', { at_pct: 10 }), fifty)).toEqual([]);
    expect(rolloutDecider.decide(promote('b', 10, { from_pct: 10 }), two)).toEqual([]);
  });

  it('what an earlier release activated at 100 % beside another one is read as it was meant', () => {
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
  it('lasts so long and no longer, can be moved, and nothing is promoted meanwhile', () => {
    const bypass = (minutes: number, ms = 0): RolloutCommand => ({
      type: 'BypassPolicy',
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
      rolloutDecider.decide({ type: 'EndBypass', reason: 'elapsed', now: timeAfter(hour / 2 - 1) }, open),
    ).toEqual([]);
    expect(step(open, { type: 'EndBypass', reason: 'elapsed', now: timeAfter(hour / 2) }).bypass).toBeNull();
    expect(step(open, { type: 'EndBypass', reason: 'ended', now: timeAfter(1) }).bypass).toBeNull();
    expect(rolloutDecider.decide({ type: 'EndBypass', reason: 'ended', now: timeAfter(1) }, canary)).toEqual(
      [],
    );
  });
});

describe('the settings', () => {
  it.each([
    [{ dwell_h: -1 }, '/dwell_h'],
    [{ dwell_h: '24' }, '/dwell_h'],
    [{ auto_promote: 1 }, '/auto_promote'],
    [{ incident_table: [{ max_age_h: -1, min_error_pct: 5, then: 'hold' }] }, '/incident_table/0/max_age_h'],
    [
      { incident_table: [{ max_age_h: null, min_error_pct: 101, then: 'hold' }] },
      '/incident_table/0/min_error_pct',
    ],
    [{ incident_table: [{ max_age_h: null, min_error_pct: 5, then: 'ignore' }] }, '/incident_table/0/then'],
    [{ incident_table: 'none' }, '/incident_table'],
    [{ incident_min_executions: 0 }, '/incident_min_executions'],
    [{ surprise: 1 }, '/surprise'],
    [{ gates: { ...defaultRolloutSettings.gates, more: 1 } }, '/gates/more'],
  ])('%j is refused', (over, pointer) => {
    expect(
      settingsViolations({ ...defaultRolloutSettings, ...over }).map((violation) => violation.pointer),
    ).toEqual([pointer]);
    expect(settingsViolations(defaultRolloutSettings)).toEqual([]);
  });

  it('a gate above its critical limit is refused, the same settings again change nothing', () => {
    expect(
      codeOf(one, {
        type: 'ConfigureRollout',
        settings: {
          ...defaultRolloutSettings,
          gates: { ...defaultRolloutSettings.gates, error_rate_pct: 11 },
        },
      }),
    ).toBe('validation-failed');
    expect(
      rolloutDecider.decide(
        { type: 'ConfigureRollout', settings: structuredClone(defaultRolloutSettings) },
        one,
      ),
    ).toEqual([]);
  });

  it('the incident table answers by age and error rate, of enough executions', () => {
    const answer = (age: number, executions: number, errors: number): string | null =>
      incidentAnswer(defaultRolloutSettings, age * 3_600_000, executions, errors);
    expect([
      answer(1, 100, 10),
      answer(24, 100, 10),
      answer(1, 100, 9),
      answer(1, 100, 5),
      answer(1, 100, 4),
    ]).toEqual(['rollback', 'rollback', 'hold', 'hold', null]);
    expect([answer(25, 100, 10), answer(25, 100, 9), answer(169, 100, 50), answer(169, 100, 4)]).toEqual([
      'rollback',
      'page',
      'page',
      null,
    ]);
    expect([answer(1, 19, 19), answer(1, 20, 20)]).toEqual([null, 'rollback']);
  });
});

describe('the sticky choice', () => {
  it('spreads entities evenly and never moves one back while the share grows', () => {
    const entities = Array.from({ length: 20_000 }, (_, i) => `cell-${i}`);
    const state = (pct: number): RolloutState => ({
      ...canary,
      canary: { ...canary.canary!, canary_pct: pct },
    });
    const chosen = (pct: number): ReadonlySet<string> =>
      new Set(
        entities.filter((entity) => routeRequest(state(pct), 'demo', entity).deciding?.variant === 'canary'),
      );
    const [ten, fifty] = [chosen(10), chosen(50)];
    expect([Math.abs(ten.size - 2000) < 150, Math.abs(fifty.size - 10_000) < 250]).toEqual([true, true]);
    expect([...ten].filter((entity) => !fifty.has(entity))).toEqual([]);
    expect(new Set(entities.slice(0, 100).map((entity) => bucketOf('other', entity)))).not.toEqual(
      new Set(entities.slice(0, 100).map((entity) => bucketOf('demo', entity))),
    );
    expect(bucketOf('demo', 'cell-1')).toBe(1534);
  });
});

describe('whatever is done with rollouts, by whomever', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const command = fc.record({
    kind: fc.constantFrom(
      'activate',
      'activate',
      'activate',
      'promote',
      'promote',
      'promote',
      'promote',
      'back',
      'hold',
      'release',
      'release',
      'bypass',
      'end',
      'end',
    ),
    id: fc.constantFrom(...ids),
    gates: fc.constantFrom('good', 'good', 'bad', 'none'),
    elapsed: fc.integer({ min: 0, max: 30 }),
    early: fc.boolean(),
  });
  type Model = {
    readonly stack: readonly string[];
    readonly canary: { readonly id: string; readonly pct: number } | null;
    readonly dead: readonly string[];
    readonly out: boolean;
  };
  const bundles = new Map(ids.map((id) => [id, normalBundle({ version: '1.0.0', rules: [rule({ id })] })]));
  const context = buildContext(request(), 'UTC');

  /** The plain story: a stack of bundles that were active, a canary beside its top. */
  const modelled = (model: Model, events: readonly RolloutEvent[]): Model =>
    events.reduce((now, event): Model => {
      const data = event.data as { readonly bundle_id: string };
      switch (event.type) {
        case 'BundleActivated':
          return now.stack.length === 0
            ? { ...now, stack: [data.bundle_id], out: false }
            : { ...now, canary: { id: data.bundle_id, pct: 10 } };
        case 'CanaryPromoted':
          return now.canary!.pct === 10
            ? { ...now, canary: { ...now.canary!, pct: 50 } }
            : { ...now, stack: [...now.stack, now.canary!.id], canary: null };
        case 'BundleRolledBack': {
          const gone =
            now.canary?.id === data.bundle_id
              ? [data.bundle_id]
              : [data.bundle_id, ...(now.canary === null ? [] : [now.canary.id])];
          const stack = now.canary?.id === data.bundle_id ? now.stack : now.stack.slice(0, -1);
          return { stack, canary: null, dead: [...now.dead, ...gone], out: stack.length === 0 };
        }
        default:
          return now;
      }
    }, model);

  it('one is active, a canary has 10 or 50 %, a rollback restores what was before, and nothing is better than NEEDS_APPROVAL where no bundle may decide', () => {
    const seen = { promoted: 0, back: 0, withdrawn: 0, bypassed: 0 };
    fc.assert(
      fc.property(fc.array(command, { minLength: 12, maxLength: 40 }), (commands) => {
        let state = initial;
        let model: Model = { stack: [], canary: null, dead: [], out: false };
        let ms = 0;
        for (const { kind, id, gates, elapsed, early } of commands) {
          ms += elapsed * hour;
          const now = timeAfter(ms);
          const pct = state.canary?.canary_pct ?? 10;
          const target = state.canary !== null && elapsed % 4 > 0 ? state.canary.bundle_id : id;
          const commandOf: { readonly [kind: string]: RolloutCommand } = {
            activate: activate(id),
            back: back(id),
            hold: { type: 'HoldCanary', bundle_id: id, reason: 'r', until: null, now },
            release: { type: 'ReleaseCanary', bundle_id: id, reason: 'r' },
            promote: promote(target, pct, {
              now,
              reason: early ? 'r' : null,
              verdicts: gates === 'none' ? null : gates === 'good' ? goodGates(pct) : badGates(pct),
            }),
            bypass: { type: 'BypassPolicy', reason: 'r', minutes: 60, now },
            end: { type: 'EndBypass', reason: 'elapsed', now },
          };
          try {
            const events = rolloutDecider.decide(commandOf[kind]!, state);
            for (const event of events) {
              if (event.type === 'CanaryPromoted') {
                expect([gates, model.canary?.id, state.canary?.held ?? null, state.bypass]).toEqual([
                  'good',
                  target,
                  null,
                  null,
                ]);
                if (!early)
                  expect(Date.parse(now) - Date.parse(state.canary!.stage_since)).toBeGreaterThanOrEqual(
                    24 * hour,
                  );
                seen.promoted += 1;
              }
              if (event.type === 'BundleRolledBack') seen.back += 1;
            }
            state = fold(rolloutDecider, events, { occurred_at: now }, state);
            model = modelled(model, events);
          } catch (error) {
            expect(isProblem(error)).toBe(true);
          }
          expect([
            state.active?.bundle_id ?? null,
            state.active?.canary_pct ?? 100,
            state.canary?.bundle_id ?? null,
            state.canary?.canary_pct ?? null,
            state.withdrawn,
          ]).toEqual([
            model.stack.at(-1) ?? null,
            100,
            model.canary?.id ?? null,
            model.canary?.pct ?? null,
            model.out,
          ]);
          expect([state.superseded.map((one) => one.bundle_id), state.rolled_back]).toEqual([
            model.stack.slice(0, -1),
            model.dead,
          ]);
          const { floor, deciding } = routeRequest(state, 'demo', 'cell-1');
          expect(floor).toBe(state.bypass !== null ? 'bypassed' : model.out ? 'withdrawn' : null);
          seen.withdrawn += Number(floor === 'withdrawn');
          seen.bypassed += Number(floor === 'bypassed');
          if (floor === null) continue;
          expect(deciding).toBeNull();
          const content = bundles.get(id)!;
          const { decision } = evaluate({
            evaluation_id: 'e',
            trace_id: 't',
            agent: 'ran-optimizer',
            action_type: 'cell_failover',
            context,
            policies: noPolicies,
            floor,
            bundle: evaluableBundle({
              bundle_id: id,
              version: '1.0.0',
              bundle_hash: bundleHash(content),
              rules: content.rules,
            }),
            confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
            versions: {},
            position: '0',
          });
          expect(decision).toBe('NEEDS_APPROVAL');
        }
      }),
      { numRuns: 400 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });
});

describe('the cases of the seeds that a rollout settles', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../../fixtures/acceptance/rollout.json', import.meta.url), 'utf8'),
  ) as {
    readonly cases: readonly {
      readonly id: string;
      readonly expect: object | null;
      readonly settled?: object;
      readonly settled_by?: string;
    }[];
  };
  const expected = (id: string): Record<string, unknown> => {
    const found = cases.find((case_) => case_.id === id)!;
    return (found.expect ?? found.settled) as Record<string, unknown>;
  };

  it('are settled where the seeds leave them open', () => {
    expect(
      cases.filter(
        (case_) => case_.expect === null && (case_.settled === undefined || case_.settled_by === undefined),
      ),
    ).toEqual([]);
  });

  it('rollout.promote.gates_fail', () => {
    expect(codeOf(canary, promote('b', 10, { verdicts: badGates(10) }))).toBe('gates-not-passed');
    expect(expected('rollout.promote.gates_fail')).toEqual({
      canary_pct: canary.canary!.canary_pct,
      promoted: false,
    });
  });
  it('rollout.promote.100', () => {
    expect([codeOf(two, promote('b', 100)), expected('rollout.promote.100')]).toEqual([
      'wrong-state',
      { status: 409 },
    ]);
  });
  it('rollout.promote.early', () => {
    const early = (reason: string | null): string =>
      codeOf(canary, promote('b', 10, { now: timeAfter(23.9 * hour), reason }));
    expect({
      without_reason: early(null) === 'done',
      with_reason: early('clear figures') === 'done',
    }).toEqual(expected('rollout.promote.early'));
  });
  it('rollout.promote.skip', () => {
    expect({ allowed: codeOf(canary, promote('b', 10, { to_pct: 100 })) === 'done' }).toEqual(
      expected('rollout.promote.skip'),
    );
  });
  it('rollout.rollback.no_previous', () => {
    expect([
      routeRequest(step(one, back('a')), 'demo', 'x').floor,
      expected('rollout.rollback.no_previous'),
    ]).toEqual(['withdrawn', { decision: 'NEEDS_APPROVAL' }]);
  });
});
