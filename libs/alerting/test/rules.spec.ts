import { describe, expect, it } from '@jest/globals';
import { postureLevels } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { defaultFigures, rules } from '../src/index.js';
import { hours, judged, Log } from './recorded.js';

const minutes = (m: number): string => hours(m / 60);

describe('the table of alerts', () => {
  it('has the sixteen of the posture, the page of the policy registry, a failing channel, what waits and what expires, each with its severity and runbook', () => {
    expect(Object.fromEntries(rules.map(({ name, severity }) => [name, severity]))).toEqual({
      red_flips: 'high',
      posture_changed: 'high',
      red_sustained: 'high',
      brake_engaged: 'critical',
      responses_blocked: 'medium',
      fix_branch: 'medium',
      policy_error_rate: 'critical',
      rollback_failed: 'critical',
      canary_gate: 'medium',
      bundle_rolled_back: 'high',
      budget_high: 'low',
      kill_switch: 'critical',
      break_glass: 'critical',
      device_unreachable: 'medium',
      device_drift: 'medium',
      temporary_change_stays: 'medium',
      twin_without_vote: 'medium',
      log_tampered: 'critical',
      forged_event: 'critical',
      open_work_missed: 'critical',
      projection_lag: 'medium',
      policy_rollout: 'high',
      channel_failing: 'high',
      person_asked: 'high',
      approval_expiring: 'high',
      credential_expiring: 'high',
      oncall_unreadable: 'high',
    });
    for (const { name, runbook } of rules) expect(runbook).toBe(`docs/runbooks/${name}.md#what-to-do`);
  });

  it('finds nothing where nothing happened', () => {
    for (const rule of rules) expect(rule.judge(rule.initial, hours(1), defaultFigures)).toEqual([]);
  });
});

describe('red_flips', () => {
  const turns = (at: readonly number[]): readonly RecordedEvent[] => {
    const log = new Log();
    return at.flatMap((h) => [log.level('GREEN', 'RED', hours(h)), log.level('RED', 'GREEN', hours(h))]);
  };

  it('counts turns of the last 24 h only: one of exactly 24 h ago is out', () => {
    expect(judged('red_flips', turns([0, 1, 2]), hours(23.99))).toMatchObject([
      { severity: 'high', evidence: { from: '1', to: '5' }, cause: { event_id: 'e-5' } },
    ]);
    expect(judged('red_flips', turns([0, 1, 2]), hours(24))).toEqual([]);
  });

  it('counts no change of the effective level alone', () => {
    const log = new Log();
    const same = log.event('PostureChanged', 'posture-demo:level', {
      policy: 'RED',
      effective: 'RED',
      previous: { policy: 'RED', effective: 'YELLOW' },
    });
    expect(judged('red_flips', [...turns([0, 0]), same], hours(1))).toEqual([]);
  });
});

describe('posture_changed', () => {
  it.each(postureLevels)('a change to %s is told, RED for as long as it lasts', (level) => {
    const log = new Log();
    const from = level === 'GREEN' ? 'YELLOW' : 'GREEN';
    const events = [log.level(from, level, hours(0))];
    const severity = level === 'RED' ? 'high' : 'info';
    expect(judged('posture_changed', events, hours(0.99))).toMatchObject([{ severity }]);
    expect(judged('posture_changed', events, hours(1))).toHaveLength(level === 'RED' ? 1 : 0);
  });

  it('a first level is not a change, unless it is RED', () => {
    expect(judged('posture_changed', [new Log().level(null, 'YELLOW', hours(0))], hours(0))).toEqual([]);
    expect(judged('posture_changed', [new Log().level(null, 'RED', hours(0))], hours(0))).toHaveLength(1);
  });
});

describe('red_sustained', () => {
  it('runs from the turn to RED, whatever changes beside it, and ends with it', () => {
    const log = new Log();
    const turn = log.level('YELLOW', 'RED', hours(0));
    const beside = log.level('RED', 'RED', hours(3));
    expect(judged('red_sustained', [turn, beside], hours(4))).toEqual([]);
    expect(judged('red_sustained', [turn, beside], hours(4.001))).toMatchObject([
      { cause: { event_id: turn.id } },
    ]);
    expect(judged('red_sustained', [turn, log.level('RED', 'YELLOW', hours(5))], hours(9))).toEqual([]);
  });
});

describe('device_drift', () => {
  const leaf = (path: string, username: string | null) => ({ path, changed_by: { username } });
  const found = (log: Log, at: number, ...leaves: readonly object[]): RecordedEvent =>
    log.event('DeviceDriftFound', 'device-demo:gnb-1', { device_id: 'gnb-1', leaves }, hours(at));

  it('holds from the first finding on, and names leaves and authors', () => {
    const log = new Log();
    const first = found(log, 0, leaf('/a', 'bob'));
    const second = found(log, 1, leaf('/a', 'bob'), leaf('/b', null), leaf('/c', null), leaf('/d', null));
    const [one] = judged('device_drift', [first, second], hours(2));
    expect(one).toMatchObject({
      severity: 'medium',
      firing: first.id,
      cause: { event_id: second.id },
      page: '/devices/gnb-1',
      detail:
        '4 leaves of device `gnb-1` differ from the log, changed by `bob`, the device itself: `/a`, `/b`, `/c`, 1 more',
    });
  });

  it.each(['DeviceDriftCleared', 'DeviceDriftAdopted', 'DeviceRemoved'])('ends with %s', (type) => {
    const log = new Log();
    const events = [found(log, 0, leaf('/a', null)), log.event(type, 'device-demo:gnb-1', {}, hours(1))];
    expect(judged('device_drift', events, hours(2))).toEqual([]);
  });
});

describe('brake_engaged', () => {
  it('engaging again moves nothing, releasing ends it, and a day pages again', () => {
    const log = new Log();
    const on = log.event('BrakeEngaged', 'brake-demo:brake', {}, hours(0));
    const again = log.event('BrakeEngaged', 'brake-demo:brake', {}, hours(3));
    const [first] = judged('brake_engaged', [on, again], hours(4.1));
    const [second] = judged('brake_engaged', [on, again], hours(24.1));
    expect(first?.cause).toEqual(second?.cause);
    expect(first?.firing).not.toBe(second?.firing);
    expect([first?.manual_intervention_required, second?.manual_intervention_required]).toEqual([
      false,
      true,
    ]);
    const off = log.event('BrakeReleased', 'brake-demo:brake', {}, hours(25));
    expect(judged('brake_engaged', [on, again, off], hours(60))).toEqual([]);
  });

  it('counts from the first that engaged it, an input file or people, until both have released it', () => {
    const log = new Log();
    const byFile = log.event('BrakeEngaged', 'brake-demo:file', {}, hours(0));
    const byPeople = log.event('BrakeEngaged', 'brake-demo:brake', {}, hours(3));
    const released = log.event('BrakeReleased', 'brake-demo:brake', {}, hours(4));
    const at = (events: readonly RecordedEvent[], now: string) =>
      judged('brake_engaged', events, now).map(({ cause }) => cause.event_id);
    expect([at([byFile], hours(4)), at([byFile], hours(4.1))]).toEqual([[], [byFile.id]]);
    expect(at([byFile, byPeople, released], hours(4.1))).toEqual([byFile.id]);
    const off = log.event('BrakeReleased', 'brake-demo:file', {}, hours(5));
    expect(at([byFile, byPeople, off], hours(6.9))).toEqual([]);
    expect(at([byFile, byPeople, off], hours(7.1))).toEqual([byPeople.id]);
    expect(at([byFile, byPeople, released, off], hours(60))).toEqual([]);
  });

  it('a clock that steps back fires nothing', () => {
    const on = new Log().event('BrakeEngaged', 'brake-demo:brake', {}, hours(10));
    expect(judged('brake_engaged', [on], hours(0))).toEqual([]);
  });
});

describe('break_glass', () => {
  it('lasts from the approval of one person until the previous setting is in force again', () => {
    const log = new Log();
    const stream = 'change-demo:c-1';
    const broken = log.event(
      'ChangeApproved',
      stream,
      { by: 'person:ann', break_glass: { reason: 'r', until: '2026-11-25T11:00:00.000Z' } },
      hours(0),
    );
    const [condition] = judged('break_glass', [broken], hours(0));
    expect(condition).toMatchObject({ severity: 'critical', subject: stream, page: '/changes/c-1' });
    expect(condition?.detail).toContain('person:ann');
    for (const type of ['ChangeEnded', 'ChangeVoided'])
      expect(judged('break_glass', [broken, log.event(type, stream, {}, hours(1))], hours(1))).toEqual([]);
  });

  it('says nothing of a change that enough people approved', () => {
    const usual = new Log().event('ChangeApproved', 'change-demo:c-1', { by: 'person:bob' }, hours(0));
    expect(judged('break_glass', [usual], hours(0))).toEqual([]);
  });
});

describe('responses_blocked', () => {
  const log = new Log();
  const run = (id: string, ...types: readonly string[]): readonly RecordedEvent[] =>
    types.map((type) =>
      log.event(type, `response-demo:${id}`, { response_id: id, gates: ['safety_brake_off'] }),
    );
  const blocked = (...ids: readonly string[]): readonly RecordedEvent[] =>
    ids.flatMap((id) => run(id, 'ResponsePlanned', 'ResponseBlocked'));

  it('counts runs that were planned and blocked once', () => {
    expect(judged('responses_blocked', blocked('a', 'b', 'c'), hours(0))).toEqual([]);
    expect(judged('responses_blocked', blocked('a', 'b', 'c', 'd'), hours(0))).toMatchObject([
      { severity: 'medium', detail: expect.stringContaining('safety_brake_off') },
    ]);
  });

  it('begins anew after a run that passed, a dry one too', () => {
    const dry = run('dry', 'ResponsePlanned');
    expect(
      judged('responses_blocked', [...blocked('a', 'b', 'c'), ...dry, ...blocked('d')], hours(0)),
    ).toEqual([]);
    const applied = run('x', 'ResponsePlanned', 'ResponseActionSubmitted');
    expect(judged('responses_blocked', [...blocked('a', 'b', 'c', 'd'), ...applied], hours(0))).toEqual([]);
  });
});

describe('fix_branch', () => {
  it('holds until the next run of its kind succeeds', () => {
    const log = new Log();
    const failed = log.event('ResponseFailed', 'response-demo:r', { branch: 'fix/policy-orchestrator-1' });
    const other = log.event('PostureEvaluated', 'posture-demo:runs');
    const well = log.event('ResponseCompleted', 'response-demo:s');
    expect(judged('fix_branch', [failed, other], hours(900))).toMatchObject([
      {
        subject: 'response',
        detail: 'the fix branch `fix/policy-orchestrator-1` was created: review its logs',
      },
    ]);
    expect(judged('fix_branch', [failed, other, well], hours(1))).toEqual([]);
  });

  it('is not ended by a dry run, which does nothing', () => {
    const log = new Log();
    const failed = log.event('ResponseFailed', 'response-demo:r', { branch: 'fix/policy-orchestrator-1' });
    const dry = log.event('ResponseCompleted', 'response-demo:s', { results: [{ state: 'DRY_RUN' }] });
    const well = log.event('ResponseCompleted', 'response-demo:t', { results: [{ state: 'COMPLETED' }] });
    expect(judged('fix_branch', [failed, dry], hours(1))).toHaveLength(1);
    expect(judged('fix_branch', [failed, dry, well], hours(1))).toEqual([]);
  });

  it('holds for a failure that left no branch, with what failed', () => {
    const log = new Log();
    const detail = 'the state files could not be written (EACCES)';
    const failed = log.event('PostureRunFailed', 'posture-demo:runs', { branch: null, detail });
    const well = log.event('PostureEvaluated', 'posture-demo:runs');
    expect(judged('fix_branch', [failed], hours(1))).toMatchObject([
      { subject: 'evaluation', detail: `the run failed and left no fix branch: ${detail}` },
    ]);
    expect(judged('fix_branch', [failed, well], hours(1))).toEqual([]);
  });
});

describe('policy_error_rate', () => {
  const executions = (ended: number, failed: number, at = minutes(1)): readonly RecordedEvent[] => {
    const log = new Log();
    return Array.from({ length: ended }, (_, i) => `action-demo:a-${i}`).flatMap((stream, i) => [
      log.event(
        'GatesJudged',
        stream,
        { gates: [{ gate: 'policy', saw: { evaluation: { bundle: { bundle_version: '1.2.0' } } } }] },
        minutes(0),
      ),
      log.event(i < failed ? 'ActionRolledBack' : 'ActionCompleted', stream, {}, at),
    ]);
  };
  const severityOf = (ended: number, failed: number): string | undefined =>
    judged('policy_error_rate', executions(ended, failed), minutes(2))[0]?.severity;

  it('is high over 5 %, critical over 10 %, and neither at them', () => {
    expect(severityOf(20, 1)).toBeUndefined();
    expect(severityOf(100, 6)).toBe('high');
    expect(severityOf(10, 1)).toBe('high');
    expect(severityOf(100, 10)).toBe('high');
    expect(severityOf(100, 11)).toBe('critical');
  });

  it('says nothing of fewer than ten executions, nor of what ended five minutes ago', () => {
    expect(severityOf(9, 9)).toBeUndefined();
    expect(judged('policy_error_rate', executions(10, 10), minutes(5.99))).toHaveLength(1);
    expect(judged('policy_error_rate', executions(10, 10), minutes(6))).toEqual([]);
  });

  it('counts no action that no bundle decided, and none that was never executed', () => {
    const log = new Log();
    const events = Array.from({ length: 20 }, (_, i) => [
      log.event('GatesJudged', `action-demo:${i}`, {
        gates: [{ gate: 'policy', saw: { evaluation: { bundle: null } } }],
      }),
      log.event('ActionRolledBack', `action-demo:${i}`),
      log.event('GatesJudged', `action-demo:x${i}`, {
        gates: [{ gate: 'policy', saw: { evaluation: { bundle: { bundle_version: '1' } } } }],
      }),
      log.event('ActionDenied', `action-demo:x${i}`),
    ]).flat();
    expect(judged('policy_error_rate', events, hours(0))).toEqual([]);
  });
});

describe('budget_high', () => {
  const consumed = (count: number, type_count = count, type_limit: number | null = null): RecordedEvent =>
    new Log().event('BudgetConsumed', 'budget-demo:ran:2026-11-20', {
      action_type: 'cell_failover',
      count,
      limit: 100,
      type_count,
      type_limit,
    });

  it('fires beyond 80 %, not at it, of all or of one action type', () => {
    expect(judged('budget_high', [consumed(80)], hours(1))).toEqual([]);
    expect(judged('budget_high', [consumed(81)], hours(1))).toMatchObject([
      { subject: 'ran', severity: 'low' },
    ]);
    expect(judged('budget_high', [consumed(9, 9, 10)], hours(1))).toMatchObject([
      { subject: 'ran cell_failover' },
    ]);
  });

  it('counts cost, compute and entities as it counts actions, of the actions that have not given them back', () => {
    const log = new Log();
    const spent = (spend: object, most: object): RecordedEvent =>
      log.event('BudgetConsumed', 'budget-demo:ran:2026-11-20', {
        action_type: 'cell_failover',
        count: 1,
        limit: 100,
        type_count: 1,
        type_limit: null,
        spend,
        most,
      });
    const given = (spend: object): RecordedEvent =>
      log.event('BudgetGivenBack', 'budget-demo:ran:2026-11-20', {
        action_type: 'cell_failover',
        consumed: true,
        spend,
      });
    const half = { cost: 40.4, compute: 5, entities: 8 };
    const most = { cost: 100, entities: 20 };
    const details = (...events: readonly RecordedEvent[]): readonly string[] =>
      judged('budget_high', events, hours(1)).map(({ subject, detail }) => `${subject}: ${detail}`);
    expect(details(spent(half, most))).toEqual([]);
    expect(details(spent(half, most), spent({ cost: 39.6, compute: 0, entities: 8 }, most))).toEqual([]);
    expect(details(spent(half, most), spent({ cost: 39.7, compute: 0, entities: 9 }, most))).toEqual([
      'ran (cost): `ran` has used 80.1 of 100 of the cost of 2026-11-20',
      'ran (entities): `ran` has used 17 of 20 entities of the blast radius of 2026-11-20',
    ]);
    expect(details(spent(half, { compute: 6 }))).toEqual([
      'ran (compute): `ran` has used 5 of 6 of the compute of 2026-11-20',
    ]);
    expect(details(spent(half, most), spent(half, most), given(half))).toEqual([]);
    expect(
      details(spent({ ...half, cost: 81 }, {}), spent({ cost: 0, compute: 0, entities: 0 }, most)),
    ).toEqual(['ran (cost): `ran` has used 81 of 100 of the cost of 2026-11-20']);
  });

  it('ends when something is given back, and with its day', () => {
    const back = new Log().event('BudgetGivenBack', 'budget-demo:ran:2026-11-20', {
      action_type: 'cell_failover',
      consumed: true,
    });
    expect(judged('budget_high', [consumed(81), back], hours(1))).toEqual([]);
    expect(judged('budget_high', [consumed(81)], hours(35.9))).toHaveLength(1);
    expect(judged('budget_high', [consumed(81)], hours(36))).toEqual([]);
  });
});

describe('kill_switch', () => {
  it('is critical while engaged, then an info for an hour, one per switch', () => {
    const log = new Log();
    const on = log.event('KillSwitchEngaged', 'kill_switch-demo:tenant', { scope: 'tenant' }, hours(0));
    const off = log.event('KillSwitchReleased', 'kill_switch-demo:tenant', { scope: 'tenant' }, hours(2));
    expect(judged('kill_switch', [on], hours(50))).toMatchObject([
      { subject: 'kill_switch-demo:tenant', severity: 'critical' },
    ]);
    expect(judged('kill_switch', [on, off], hours(2.9))).toMatchObject([{ severity: 'info' }]);
    expect(judged('kill_switch', [on, off], hours(3))).toEqual([]);
  });
});

describe('log_tampered', () => {
  it('holds for every source that shows it, and nothing ends it', () => {
    const log = new Log();
    const found = log.event('TreeInconsistencyFound', 'checkpoint-demo:log', {
      origin: 'o',
      found_by: 'git',
      detail: 'd',
    });
    const checked = (kind: string, passed: boolean): RecordedEvent =>
      log.event('IntegrityChecked', 'posture-_system:checks', { kind, passed, detail: 'leaf 3' });
    expect(judged('log_tampered', [found, checked('light', true)], hours(900))).toMatchObject([
      { subject: 'o git', severity: 'critical' },
    ]);
    expect(
      judged(
        'log_tampered',
        [checked('full_integrity_check', false), checked('full_integrity_check', true)],
        hours(1),
      ),
    ).toHaveLength(1);
    expect(judged('log_tampered', [checked('schema_validation', false)], hours(1))).toEqual([]);
  });
});
