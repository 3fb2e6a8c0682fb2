import { describe, expect, it } from '@jest/globals';
import { metricFamilies } from '@interlock/contracts';
import type { ActionState } from '@interlock/rails';
import { Registry } from 'prom-client';
import { RailsMetrics } from '../src/metrics.js';

type Counted = Parameters<RailsMetrics['count']>[1];

const stateOf = (over: object): ActionState =>
  ({
    status: 'PENDING',
    ended_at: null,
    approval: null,
    accepted: { intent: { action_type: 'cell_failover' } },
    ...over,
  }) as unknown as ActionState;
const of = (events: readonly object[], state = stateOf({})): Promise<string> => {
  const metrics = new Registry();
  new RailsMetrics({ metrics }).count(state, events as Counted);
  return metrics.metrics();
};
/** The samples of a family, without those that have counted nothing yet. */
const samples = (text: string, name: string): readonly string[] =>
  text.split('\n').filter((line) => line.startsWith(`${name}{`) && !line.endsWith(' 0'));

describe('the verdicts of gates', () => {
  const judged = {
    type: 'GatesJudged',
    data: {
      gates: [
        { gate: 'posture', verdict: 'pass' },
        { gate: 'policy', verdict: 'fail' },
      ],
    },
  };

  it('are counted for each gate of an event', async () => {
    expect(samples(await of([judged]), 'interlock_gate_verdicts_total')).toEqual([
      'interlock_gate_verdicts_total{gate="posture",verdict="pass"} 1',
      'interlock_gate_verdicts_total{gate="policy",verdict="fail"} 1',
    ]);
  });

  it('are counted once where the denial repeats them, and also where it stands alone', async () => {
    const denied = (gate: string): object => ({
      type: 'ActionDenied',
      data: { gate, verdict: 'fail', status: 'DENIED', reasons: [] },
    });
    const text = await of([judged, denied('policy'), denied('handler')]);
    expect(samples(text, 'interlock_gate_verdicts_total')).toEqual([
      'interlock_gate_verdicts_total{gate="posture",verdict="pass"} 1',
      'interlock_gate_verdicts_total{gate="policy",verdict="fail"} 1',
      'interlock_gate_verdicts_total{gate="handler",verdict="fail"} 1',
    ]);
  });
});

describe('the series of actions', () => {
  const ofType = (action_type: string, over: object = {}): ActionState =>
    stateOf({ accepted: { intent: { action_type } }, ...over });

  it('begin at 0 for each verdict, and for each end that alerts compare, once a type is in use', async () => {
    const text = await of([{ type: 'ActionAccepted', data: {} }], ofType('cell_failover'));
    expect(text).toContain('interlock_gate_verdicts_total{gate="budget",verdict="error"} 0');
    for (const end of ['COMPLETED', 'ROLLED_BACK', 'ROLLBACK_FAILED'])
      expect(text).toContain(
        `interlock_actions_ended_total{action_type="cell_failover",state="${end}",dry_run="false"} 0`,
      );
  });

  it('stay few where a thousand tenants have action types of their own', async () => {
    const registry = new Registry();
    const metrics = new RailsMetrics({ metrics: registry });
    const at = '2026-01-01T00:00:00.000Z';
    const end = (type: string): void => {
      metrics.count(ofType(type, { status: 'COMPLETED', accepted_at: at, ended_at: at }), [
        { type: 'ActionCompleted', data: {} },
      ] as unknown as Counted);
    };
    for (let tenant = 0; tenant < 1000; tenant += 1) end(`type_of_tenant_${tenant}`);
    end('cell_failover');
    const lines = (await registry.metrics()).split('\n');
    const ended = lines.filter((line) => line.startsWith('interlock_actions_ended_total{'));
    expect(ended.length).toBeLessThan(500);
    expect(lines.length).toBeLessThan(5000);
    const total = ended.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    expect(total).toBe(1001);
    expect(ended).toContainEqual(expect.stringMatching(/action_type="other",state="COMPLETED".* 900$/));
    // A built-in type keeps its name, however many others came before.
    expect(ended).toContain(
      'interlock_actions_ended_total{action_type="cell_failover",state="COMPLETED",dry_run="false"} 1',
    );
  });
});

describe('the time to an approval', () => {
  const asked = (required: number, by: readonly string[]): ActionState =>
    stateOf({
      approval: {
        required,
        approved_by: by,
        requested_at: new Date(Date.now() - 7_200_000).toISOString(),
      },
    });
  const counts = async (type: string, state: ActionState, data: object = {}): Promise<readonly string[]> =>
    samples(await of([{ type, data }], state), 'interlock_approval_duration_seconds_count');

  it.each([
    ['ActionApproved', {}, 'approved'],
    ['ActionRejected', {}, 'rejected'],
    ['ActionExpired', { cause: 'approval' }, 'expired'],
  ])('ends with %s', async (type, data, outcome) => {
    expect(await counts(type, asked(1, ['ann']), data)).toEqual([
      `interlock_approval_duration_seconds_count{outcome="${outcome}"} 1`,
    ]);
  });

  it('goes on while a second person is missing, and does not count another cause of expiry', async () => {
    expect(await counts('ActionApproved', asked(2, ['ann']))).toEqual([]);
    expect(await counts('ActionExpired', asked(1, []), { cause: 'turn' })).toEqual([]);
  });

  it('falls into a bucket of hours', async () => {
    const text = await of([{ type: 'ActionApproved', data: {} }], asked(1, ['ann']));
    const below = (le: number): number =>
      Number(
        new RegExp(`^interlock_approval_duration_seconds_bucket\\{le="${le}",.*\\} (\\d+)$`, 'm').exec(
          text,
        )![1],
      );
    expect([below(3600), below(4 * 3600)]).toEqual([0, 1]);
  });
});

describe('the buckets', () => {
  it('of actions tell a soak of ten seconds from one of eleven, and a minute from an hour', () => {
    const { buckets } = metricFamilies.interlock_action_duration_seconds;
    expect(buckets.filter((limit) => limit >= 10 && limit <= 15).length).toBeGreaterThan(2);
    expect(buckets.filter((limit) => limit > 60 && limit < 3600).length).toBeGreaterThan(2);
  });

  it.each(Object.entries(metricFamilies))('and the name of %s say its unit', (name, { kind, help }) => {
    if (kind === 'counter') expect(name).toMatch(/_total$/);
    if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
    if (/^(?:time|duration|age|how long)\b/.test(help)) expect(name).toMatch(/_seconds(?:_total)?$/);
    if (/^bytes\b/.test(help)) expect(name).toMatch(/_bytes(?:_total)?$/);
    expect(help.length).toBeGreaterThan(15);
  });
});
