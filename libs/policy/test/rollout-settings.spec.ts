import { describe, expect, it } from '@jest/globals';
import {
  bucketOf,
  defaultRolloutSettings,
  incidentAnswer,
  rolloutDecider,
  routeRequest,
  settingsViolations,
  type RolloutState,
} from '../src/index.js';
import { canary, codeOf, one } from './rollout-commands.js';

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
        kind: 'ConfigureRollout',
        settings: {
          ...defaultRolloutSettings,
          gates: { ...defaultRolloutSettings.gates, error_rate_pct: 11 },
        },
      }),
    ).toBe('validation-failed');
    expect(
      rolloutDecider.decide(
        { kind: 'ConfigureRollout', settings: structuredClone(defaultRolloutSettings) },
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
