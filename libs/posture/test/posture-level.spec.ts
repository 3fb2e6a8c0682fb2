import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import type { PostureInputs, PostureSignalName } from '@interlock/contracts';
import fc from 'fast-check';
import {
  checkSignal,
  computePosture,
  defaultInputs,
  defaultOrange,
  defaultThresholds,
  isSignalName,
  signalNames,
  withinDay,
} from '../src/index.js';

type Case = {
  readonly id: string;
  readonly input: Record<string, unknown>;
  readonly expect: Record<string, unknown>;
};
const suite = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/posture_level.json', import.meta.url), 'utf8'),
) as { thresholds: object; cases: Case[] };

const withDefaults = (input: Partial<PostureInputs>): PostureInputs => ({ ...defaultInputs, ...input });

describe("the level of six signals, as the seed's cases have it", () => {
  it("has the seed's thresholds", () => expect(defaultThresholds).toEqual(suite.thresholds));

  for (const { id, input, expect: wanted } of suite.cases) {
    it(id, () => {
      if (wanted['refused'] === true) {
        const bad = signalNames.filter((name) => checkSignal(name, input[name]).length > 0);
        expect(id).toContain(bad[0] as string);
        expect(bad).toHaveLength(1);
      } else if ('sequence' in input) {
        expect((input['sequence'] as PostureInputs[]).map((each) => computePosture(each).policy)).toEqual(
          wanted['policies'],
        );
      } else if ('responses_at_hours_ago' in input) {
        const now = '2026-01-10T12:00:00.000Z';
        const ago = (hours: number): string => new Date(Date.parse(now) - hours * 3_600_000).toISOString();
        const at = (input['responses_at_hours_ago'] as number[]).map(ago);
        const window = wanted['window_h'] as number;
        expect(withinDay(at, now)).toBe(wanted['count']);
        expect(withinDay([ago(window - 0.001), ago(window)], now)).toBe(1);
      } else {
        const inputs = withDefaults(input as Partial<PostureInputs>);
        const { inputs: wantedInputs, ...level } = wanted;
        expect(computePosture(inputs)).toMatchObject(level);
        if (wantedInputs !== undefined) expect(inputs).toMatchObject(wantedInputs as object);
      }
    });
  }
});

describe('ORANGE', () => {
  const level = (over: Partial<PostureInputs>, orange = true) =>
    computePosture(withDefaults(over), defaultThresholds, orange ? defaultOrange : null);

  it.each([
    ['integrity_score', 92.49, 'ORANGE'],
    ['integrity_score', 92.5, 'YELLOW'],
    ['integrity_score', 89.9, 'RED'],
    ['consensus_pct', 87.49, 'ORANGE'],
    ['consensus_pct', 87.5, 'YELLOW'],
    ['recent_responses', 5, 'YELLOW'],
    ['recent_responses', 6, 'ORANGE'],
    ['recent_responses', 7, 'ORANGE'],
    ['recent_responses', 8, 'RED'],
  ] as const)('%s %d is %s where it is on', (name, value, policy) =>
    expect(level({ [name]: value }).policy).toBe(policy),
  );

  it('is off by default', () => {
    expect(level({ integrity_score: 92 }, false)).toMatchObject({
      policy: 'YELLOW',
      orange_triggers: [],
      yellow_triggers: ['integrity_score'],
    });
  });

  it('is between RED and YELLOW', () => {
    expect(level({ integrity_score: 92, consensus_pct: 89 })).toMatchObject({
      policy: 'ORANGE',
      orange_triggers: ['integrity_score'],
      yellow_triggers: ['consensus_pct'],
    });
    expect(level({ integrity_score: 92, trust_locked: true }).policy).toBe('RED');
  });
});

describe('every level', () => {
  const inputs = fc.record({
    trust_locked: fc.boolean(),
    integrity_score: fc.double({ min: 0, max: 100, noNaN: true }),
    consensus_pct: fc.double({ min: 0, max: 100, noNaN: true }),
    reputation_score: fc.double({ min: 0, max: 100, noNaN: true }),
    forecast_risk: fc.constantFrom('low', 'medium', 'high'),
    recent_responses: fc.nat(20),
  }) as fc.Arbitrary<PostureInputs>;

  it('names a signal in one list at most, and is explained by its triggers', () => {
    fc.assert(
      fc.property(inputs, fc.boolean(), (each, on) => {
        const { policy, red_triggers, orange_triggers, yellow_triggers } = computePosture(
          each,
          defaultThresholds,
          on ? defaultOrange : null,
        );
        const all = [...red_triggers, ...orange_triggers, ...yellow_triggers];
        expect(new Set(all).size).toBe(all.length);
        expect(policy === 'GREEN').toBe(all.length === 0);
        expect(policy === 'RED').toBe(red_triggers.length > 0);
        expect(red_triggers).not.toContain('reputation_score');
      }),
    );
  });

  it("equals the seed's text", () => {
    fc.assert(
      fc.property(inputs, (i) => {
        const red =
          i.trust_locked ||
          i.integrity_score < 90 ||
          i.consensus_pct < 85 ||
          i.forecast_risk === 'high' ||
          i.recent_responses >= 8;
        const yellow =
          i.integrity_score < 95 ||
          i.consensus_pct < 90 ||
          i.reputation_score < 80 ||
          i.forecast_risk === 'medium' ||
          i.recent_responses >= 4;
        expect(computePosture(i).policy).toBe(red ? 'RED' : yellow ? 'YELLOW' : 'GREEN');
      }),
    );
  });
});

describe('the values of signals', () => {
  it.each<[PostureSignalName, unknown, boolean]>([
    ['trust_locked', 'yes', false],
    ['trust_locked', 0, false],
    ['trust_locked', true, true],
    ['integrity_score', Number.NaN, false],
    ['integrity_score', Infinity, false],
    ['integrity_score', '97', false],
    ['integrity_score', 0, true],
    ['integrity_score', 100, true],
    ['forecast_risk', 'LOW', false],
    ['forecast_risk', null, false],
    ['recent_responses', 1e300, false],
    ['recent_responses', undefined, false],
    ['recent_responses', 0, true],
  ])('%s may be %p: %p', (name, value, allowed) =>
    expect(checkSignal(name, value).length === 0).toBe(allowed),
  );

  it('belong to the six signals only', () => {
    expect(signalNames.every(isSignalName)).toBe(true);
    expect(['integrity', '', 'constructor', 'TRUST_LOCKED'].some(isSignalName)).toBe(false);
  });
});
