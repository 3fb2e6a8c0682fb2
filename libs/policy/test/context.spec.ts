import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { localTime } from '@interlock/kernel';
import { buildContext, contextFields, higherRisk } from '../src/index.js';
import { intent, prediction, request } from './samples.js';

const derivedInputs = {
  system: { load_pct: 5, error_rate_5m: 0.1 },
  history: {
    same_entity_age_s: 60,
    actions_1h: 2,
    blast_1h: 4,
    failure_rate_5m: 0,
    last_action_type: 'cell_failover',
  },
  device: { safety_level: 3, qualification: 'current' },
};

describe('the context of an evaluation', () => {
  it('holds intent, parameters, prediction, posture and time as plain values', () => {
    expect(
      buildContext(
        request({
          intent: intent({ parameters: { power_raise_db: 2, nested: { on: true } }, estimated_cost: 3 }),
        }),
        'UTC',
      ),
    ).toEqual({
      intent_id: 'i-1',
      tenant_id: 'demo',
      account_id: 'acc',
      agent: 'ran-optimizer',
      action_type: 'cell_failover',
      entity_id: 'cell-1',
      affected_entity_count: 3,
      confidence_score: 0.9,
      estimated_cost: 3,
      dry_run: false,
      'parameters.power_raise_db': 2,
      'parameters.nested.on': true,
      risk_score: 30,
      risk_level: 'LOW',
      impact_delta: -0.5,
      confidence: 0.8,
      basis: 'memory',
      'confidence_interval.low': -1,
      'confidence_interval.high': 0.5,
      'impact_by_kpi.drops': -2,
      'time.hour': 10,
      'time.weekday': 'Sunday',
      posture: 'GREEN',
    });
  });

  it('has only declared fields beside parameters and impacts, each of its declared type', () => {
    const context = buildContext(
      request({ intent: intent({ incident_id: 'x', lifecycle_state: 'ACTIVE', trigger_type: 't' }) }),
      'UTC',
      { system: { load_pct: 5, error_rate_5m: 0.1 }, history: { actions_1h: 2 } },
    );
    for (const [field, value] of Object.entries(context)) {
      if (!field.startsWith('parameters.') && !field.startsWith('impact_by_kpi.'))
        expect(`${field}: ${typeof value}`).toBe(`${field}: ${contextFields[field]}`);
    }
  });

  it('has every declared field where the request and the log give all', () => {
    const context = buildContext(
      request({
        intent: intent({
          incident_id: 'x',
          lifecycle_state: 'ACTIVE',
          trigger_type: 't',
          external_contact: false,
          estimated_cost: 1,
          estimated_compute: 1,
        }),
      }),
      'UTC',
      derivedInputs,
    );
    const given = Object.keys(context).filter((field) => !/^(?:parameters|impact_by_kpi)\./.test(field));
    expect(given.sort()).toEqual(Object.keys(contextFields).sort());
  });

  it('lacks missing parts: no prediction, no posture, no history', () => {
    const context = buildContext(request({ prediction: null, posture: null }), 'UTC');
    for (const field of [
      'risk_score',
      'risk_level',
      'confidence',
      'posture',
      'system.load_pct',
      'history.actions_1h',
      'lifecycle_state',
    ])
      expect(context).not.toHaveProperty([field]);
  });

  it('never holds the claimed requester, who may be a person', () => {
    expect(
      JSON.stringify(buildContext(request({ intent: intent({ requested_by: 'Ada Lovelace' }) }), 'UTC')),
    ).not.toContain('Ada');
  });

  it('omits parameters that are null, lists or not finite, and names with a dot', () => {
    const context = buildContext(
      request({
        intent: intent({
          parameters: { a: null, b: [1], c: Number.NaN, nested: { on: false }, 'nested.on': true },
        }),
      }),
      'UTC',
    );
    expect(Object.entries(context).filter(([field]) => field.startsWith('parameters.'))).toEqual([
      ['parameters.nested.on', false],
    ]);
  });

  it('unstated external contact counts as true for a type that can have it', () => {
    const said = (external_contact?: boolean) =>
      request({ intent: intent(external_contact === undefined ? {} : { external_contact }) });
    expect(buildContext(said(), 'UTC', {}, true)['external_contact']).toBe(true);
    expect(buildContext(said(false), 'UTC', {}, true)['external_contact']).toBe(false);
    expect(buildContext(said(), 'UTC')).not.toHaveProperty('external_contact');
  });

  it('a dry run may be stated by the request or by the intent', () => {
    expect(
      [request({ dry_run: true }), request({ intent: intent({ dry_run: true }) }), request()].map(
        (asked) => buildContext(asked, 'UTC')['dry_run'],
      ),
    ).toEqual([true, true, false]);
  });

  it.each([
    ['LOW', 'HIGH', 'HIGH'],
    ['HIGH', 'LOW', 'HIGH'],
    [undefined, 'MEDIUM', 'MEDIUM'],
    ['LOW', undefined, 'LOW'],
    [undefined, undefined, undefined],
  ] as const)('of the risks %s and %s, %s counts', (own, predicted, wanted) => {
    expect(higherRisk(own, predicted)).toBe(wanted);
    const asked = request({
      intent: intent(own === undefined ? {} : { risk_level: own }),
      prediction: predicted === undefined ? null : prediction({ risk_level: predicted }),
    });
    expect(buildContext(asked, 'UTC')['risk_level']).toBe(wanted);
  });
});

describe("the tenant's time", () => {
  it.each([
    ['2026-03-01T23:30:00.000Z', 'UTC', 23, 'Sunday'],
    ['2026-03-01T23:30:00.000Z', 'Europe/Berlin', 0, 'Monday'],
    ['2026-03-01T00:00:00.000Z', 'UTC', 0, 'Sunday'],
    ['2026-03-01T03:00:00.000Z', 'America/New_York', 22, 'Saturday'],
    ['2026-03-29T00:59:59.999Z', 'Europe/London', 0, 'Sunday'],
    ['2026-03-29T01:00:00.000Z', 'Europe/London', 2, 'Sunday'],
    ['2026-06-01T18:45:00.000Z', 'Asia/Kolkata', 0, 'Tuesday'],
  ])('%s in %s is %i on %s', (at, zone, hour, weekday) => {
    expect(localTime(at, zone)).toEqual({ hour, weekday });
  });

  it.each([
    ['yesterday', 'UTC'],
    ['2026-03-01T00:00:00.000Z', 'Mars/Olympus'],
  ])('%s in %s is refused', (at, zone) => {
    const attempt = (): unknown => {
      try {
        return localTime(at, zone);
      } catch (error) {
        return error;
      }
    };
    expect(isProblem(attempt(), 'validation-failed')).toBe(true);
  });
});
