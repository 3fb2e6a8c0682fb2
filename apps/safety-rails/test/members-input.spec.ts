import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { readIntent } from '../src/intents/intent.dto.js';
import { readPlan } from '../src/plans/plan.dto.js';
import { KillSwitchDto } from '../src/kill-switch/kill-switch.dto.js';
import { faultsOf } from '@interlock/platform';
import { intent } from '@interlock/rails/looks';

const faultsOfPlan = (plan: unknown): readonly string[] => {
  try {
    readPlan(plan);
  } catch (error) {
    if (isProblem(error, 'validation-failed'))
      return error.violations.map(({ pointer, detail }) => `${pointer} ${detail}`);
    throw error;
  }
  return [];
};
const name = "must have another name: this one is every object's own";

describe('a plan with names that every object has', () => {
  it.each([1, null, 'Object', {}, []])('is refused, with what else is wrong: constructor %j', (value) => {
    const own = JSON.parse(
      `{ "constructor": ${JSON.stringify(value)}, "nodes": [{ "constructor": 1 }] }`,
    ) as object;
    expect(faultsOfPlan(own)).toEqual(
      expect.arrayContaining([
        `/constructor ${name}`,
        `/nodes/0/constructor ${name}`,
        '/submission_id is required',
        '/failure_rule is required',
        '/nodes/0/node_id is required',
      ]),
    );
  });
});

describe('an intent with numbers that the log cannot keep', () => {
  const pointersOf = (over: object): readonly string[] => {
    try {
      readIntent(intent(over));
    } catch (error) {
      if (isProblem(error, 'validation-failed')) return error.violations.map(({ pointer }) => pointer);
      throw error;
    }
    return [];
  };

  it('is refused, and each of them named', () => {
    expect(
      pointersOf({
        estimated_cost: 1e308,
        estimated_compute: 1e21,
        parameters: { 'a/b': [1, 2 ** 53], deep: { n: -(2 ** 53) } },
      }),
    ).toEqual(['/parameters/a~1b/1', '/parameters/deep/n', '/estimated_cost', '/estimated_compute']);
  });

  it.each([
    'risk_level',
    'lifecycle_state',
    'external_contact',
    'trigger_type',
    'incident_id',
    'estimated_cost',
    'not_after',
    'requested_by',
    'dry_run',
    'traceparent',
  ])('is refused where %s is null, as its schema has it', (member) =>
    expect([...new Set(pointersOf({ [member]: null }))]).toEqual([`/${member}`]),
  );

  it('is taken up to the largest that it can', () => {
    expect(
      pointersOf({ estimated_cost: 0.1, parameters: { n: [2 ** 53 - 1, -(2 ** 53) + 1, 1.5e-300] } }),
    ).toEqual([]);
  });
});

describe('a stop', () => {
  const stop = { scope: 'action_type', action_type: 'cell_failover', engaged: true, reason: 'a test' };
  const pointers = (over: object): readonly string[] => [
    ...new Set(
      faultsOf(Object.assign(new KillSwitchDto(), stop, over), { strict: true }).map(
        ({ pointer }) => pointer,
      ),
    ),
  ];

  it.each(['action_type', 'account_id', 'agent', 'site_id', 'rollback_in_flight', 'drill', 'tenant_id'])(
    'of which %s is null is refused: it would stop nothing, or something else',
    (member) => expect(pointers({ [member]: null })).toEqual([`/${member}`]),
  );

  it.each(['', ' ', '\n', null, undefined])('has a reason that says why, not %j', (reason) =>
    expect(pointers({ reason })).toEqual(['/reason']),
  );

  it('that leaves them out is taken', () => expect(pointers({})).toEqual([]));
});
