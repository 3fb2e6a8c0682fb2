import { describe, expect, it } from '@jest/globals';
import type { CanaryStatus, GateReading } from '../src/studio/api.js';
import {
  axisOf,
  dwellShare,
  dwellText,
  evidenceLook,
  intervalText,
  missingEvidence,
  neededText,
  nextText,
  plainText,
  promoteOff,
} from '../src/studio/rollout/rollout-words.js';
import { stepsOfBundle } from '../src/studio/rollout/step-words.js';

const reading = (over: Partial<GateReading> = {}): GateReading => ({
  value: 3.1,
  gate: 5,
  critical: 10,
  threshold: 'pass',
  evidence: 'inconclusive',
  interval: [1.4, 5.8],
  decisions_needed: 240,
  ...over,
});
const status = (over: object = {}): CanaryStatus =>
  ({
    version: '1.4.3',
    status: 'canary',
    canary_pct: 10,
    stage_since: '2026-11-20T00:00:00Z',
    dwell_ends_at: '2026-11-21T00:00:00Z',
    dwell_remaining_s: 3600,
    held: null,
    scheduled: null,
    bypass: null,
    auto_promote: true,
    gates: {
      threshold_verdict: { passed: true, failing: [], critical: [], outcome: 'promotable' },
      evidence: {
        outcome: 'hold',
        waiting_for: ['error_rate_pct', 'decisions'],
        broken: [],
        decisions_needed: 240,
      },
    },
    ...over,
  }) as unknown as CanaryStatus;

describe('a rollout in words', () => {
  it('says stage, dwell, what comes next and what is missing', () => {
    expect(missingEvidence(status())).toEqual(['error rate', 'enough decisions']);
    expect(nextText(status())).toBe(
      'It promotes automatically to 50 % when these are shown: error rate, enough decisions.',
    );
    expect(nextText(status({ canary_pct: 50, auto_promote: false }))).toBe(
      'A person promotes it to all entities.',
    );
    expect(nextText(status({ held: { reason: 'x', until: null, by: 'a' } }))).toContain(
      'until somebody releases it',
    );
    expect(nextText(status({ status: 'active' }))).toContain('decides for everyone');
    expect(nextText(status({ status: 'draft' }))).toContain('A person other than the author');
    const at = Date.parse('2026-11-20T18:22:00Z');
    expect(dwellText(status(), at)).toBe('18 h 22 min of 1 d');
    expect([dwellShare(status(), at - 1e9), dwellShare(status(), at + 1e9)]).toEqual([0, 100]);
    expect(dwellText(status({ stage_since: null }), at)).toBeUndefined();
  });

  it('names why it cannot be promoted', () => {
    expect(promoteOff(status())).toBeUndefined();
    expect(promoteOff(status({ status: 'active' }))).toContain('Only a canary');
    expect(promoteOff(status({ held: { reason: 'x', until: null, by: 'a' } }))).toContain('held');
    const failing = {
      threshold_verdict: { passed: false, failing: ['deny_rate_pct'], critical: [], outcome: 'hold' },
      evidence: { outcome: 'hold', waiting_for: [], broken: [], decisions_needed: null },
    };
    expect(promoteOff(status({ gates: failing }))).toContain('deny rate');
    expect(plainText(status({ gates: failing }))).toBe('Not passed: deny rate.');
    expect(plainText(status({ gates: null }))).toBe('No figures yet.');
  });

  it('says that there are enough decisions only where there are', () => {
    expect([null, 0, 1, 1200].map((decisions_needed) => neededText({ decisions_needed }))).toEqual([
      'not yet known how many more',
      'enough decisions',
      'about 1 decision more',
      'about 1,200 decisions more',
    ]);
  });

  it('draws a gate on one axis, whatever is lacking', () => {
    expect(intervalText(reading())).toBe('3.1 [1.4, 5.8]');
    expect(intervalText(reading({ value: null, interval: null }))).toBe('–');
    expect(intervalText(reading({ interval: [null, 5.8] as never }))).toBe('3.1 […, 5.8]');
    const at = axisOf(reading());
    expect(at.low).toBeLessThan(at.value ?? 0);
    expect(at.value).toBeLessThan(at.gate);
    expect(at.high).toBeLessThan(at.critical);
    const open = axisOf(reading({ value: null, interval: null }));
    expect([open.value, open.low, open.high]).toEqual([undefined, 0, 100]);
    expect(axisOf(reading({ value: 900, interval: [800, 1000] as never })).value).toBe(100);
    expect((['pass', 'inconclusive', 'fail', 'error'] as const).map((one) => evidenceLook(one).word)).toEqual(
      ['Shown', 'Not yet sure', 'Broken', 'Unknown'],
    );
  });

  it('shows seven steps with their state', () => {
    const input = {
      status: 'draft',
      canaryPct: 0,
      rules: 9,
      changed: 1,
      parses: true,
      unsaved: false,
      lint: { error: 0, warning: 2 },
      simulated: { total: 4182, flips: 77 },
      listed: false,
      approved: false,
    };
    const states = (over: object = {}): readonly string[] =>
      stepsOfBundle({ ...input, ...over }).map(({ state }) => state);
    expect(states()).toEqual(['done', 'warn', 'done', 'open', 'open', 'open', 'open']);
    expect(states({ parses: false, lint: { error: 1, warning: 0 }, simulated: undefined })).toEqual([
      'bad', 'bad', 'open', 'open', 'open', 'open', 'open',
    ]); // prettier-ignore
    expect(states({ listed: true }).at(3)).toBe('runs');
    expect(states({ status: 'canary', canaryPct: 10 }).slice(3)).toEqual(['done', 'runs', 'open', 'open']);
    expect(states({ status: 'canary', canaryPct: 50 }).slice(3)).toEqual(['done', 'done', 'runs', 'open']);
    expect(states({ status: 'active' }).slice(3)).toEqual(['done', 'done', 'done', 'done']);
    expect(states({ status: 'rolled_back', takenBackAs: 'active' }).slice(3)).toEqual([
      'done',
      'done',
      'done',
      'bad',
    ]);
    expect(states({ status: 'rolled_back', takenBackAs: 'canary' }).slice(3)).toEqual([
      'done',
      'bad',
      'open',
      'open',
    ]);
    expect(stepsOfBundle(input)[2]?.detail).toBe('4,182 decided, 77 flip');
  });
});
