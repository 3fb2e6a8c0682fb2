import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { readPlan } from '../src/plans/plan.dto.js';
import { KillSwitchDto } from '../src/kill-switch.dto.js';
import { faultsOf } from '@interlock/platform';

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
    (member) => {
      expect(pointers({ [member]: null })).toEqual([`/${member}`]);
    },
  );

  it('that leaves them out is taken', () => {
    expect(pointers({})).toEqual([]);
  });
});
