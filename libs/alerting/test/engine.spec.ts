import { describe, expect, it } from '@jest/globals';
import {
  alertDecider,
  foldOperations,
  noOperations,
  operationalFigures,
  RuleEngine,
  type AlertEvent,
  type Consequence,
} from '../src/index.js';
import { testMetadata, type RecordedEvent } from '@interlock/kernel';
import { hours, Log } from './recorded.js';

const summaries = (consequences: readonly Consequence[]): readonly string[] =>
  consequences.map(({ command }) => (command.kind === 'fire' ? `fire ${command.data.name}` : 'end'));

/** Carries consequences out on alerts in memory, as the service does on the log. */
class Alerts {
  readonly events: AlertEvent[] = [];
  #states = new Map<string, typeof alertDecider.initial>();

  carryOut(consequences: readonly Consequence[]): number {
    const before = this.events.length;
    for (const { alert_id, command } of consequences) {
      let state = this.#states.get(alert_id) ?? alertDecider.initial;
      for (const event of alertDecider.decide(command, state)) {
        this.events.push(event);
        state = alertDecider.evolve(state, { ...event, metadata: testMetadata(), revision: 0n });
      }
      this.#states.set(alert_id, state);
    }
    return this.events.length - before;
  }
}

const brake = (log: Log): readonly [RecordedEvent, RecordedEvent] => [
  log.event('BrakeEngaged', 'brake-demo:brake', { reason: 'r' }, hours(0)),
  log.event('BrakeReleased', 'brake-demo:brake', { reason: 'r' }, hours(30)),
];

describe('the rules on a log', () => {
  it('say what follows from an event once, of its tenant only', () => {
    const log = new Log();
    const engine = new RuleEngine();
    const on = log.event('KillSwitchEngaged', 'kill_switch-demo:tenant', { scope: 'tenant' }, hours(0));
    expect(summaries(engine.take(on))).toEqual(['fire kill_switch']);
    expect(engine.tick(hours(1))).toEqual([]);
    expect(engine.tenants()).toEqual(['demo']);
    const off = log.event('KillSwitchReleased', 'kill_switch-demo:tenant', { scope: 'tenant' }, hours(2));
    expect(summaries(engine.take(off))).toEqual(['end', 'fire kill_switch']);
    expect(summaries(engine.tick(hours(3)))).toEqual(['end']);
  });

  it('say of a kill switch that it was engaged with an offline key', () => {
    const on = new Log().event('KillSwitchEngaged', 'kill_switch-demo:tenant', { scope: 'tenant' });
    const actor = { kind: 'service', service: 'break-glass.safe' } as const;
    const [fired] = new RuleEngine().take({ ...on, metadata: { ...on.metadata, actor } });
    expect(fired).toMatchObject({
      command: {
        data: { detail: 'the kill switch is engaged, scope tenant, by the break-glass key `safe`' },
      },
    });
  });

  it('say what time alone has brought about, with the head that was read', () => {
    const engine = new RuleEngine();
    engine.isOf('this log');
    const [on] = brake(new Log());
    expect(engine.take(on)).toEqual([]);
    engine.readUpTo('17');
    const [fired] = engine.tick(hours(4.1));
    expect(fired).toMatchObject({
      now: hours(4.1),
      command: {
        kind: 'fire',
        data: { order: { log: 'this log', position: '17' }, evidence: { from: '1', to: '1' } },
      },
    });
    expect(engine.tick(hours(5))).toEqual([]);
    expect(engine.tick(hours(24.1))).toMatchObject([
      { command: { data: { manual_intervention_required: true } } },
    ]);
  });

  it('fire for what time brought about before the event that ends it, so that nothing is lost while nobody looked', () => {
    const engine = new RuleEngine();
    const [on, off] = brake(new Log());
    const followed = [...engine.take(on), ...engine.take(off)];
    expect(summaries(followed)).toEqual(['fire brake_engaged', 'end']);
    const alerts = new Alerts();
    alerts.carryOut(followed);
    expect(alerts.events.at(-1)?.data).toMatchObject({
      detail:
        'it is over: the safety brake is on since 2026-11-20T00:00:00.000Z, for more than 24 h: manual intervention is required',
    });
  });

  it('said again after a restart, change no alert, wherever the restart was', () => {
    const log = new Log();
    const events = [
      ...brake(log),
      ...[31, 32, 33].flatMap((h) => [
        log.level('GREEN', 'RED', hours(h)),
        log.level('RED', 'GREEN', hours(h + 0.1)),
      ]),
    ];
    const ticks = [4.5, 25, 34, 36, 60];
    const run = (engine: RuleEngine, alerts: Alerts, from: number): number => {
      let written = 0;
      for (const [i, event] of events.entries()) {
        const next = engine.take(event);
        if (i < from) continue;
        written += alerts.carryOut(next);
      }
      for (const at of ticks.filter((h) => h > 33)) written += alerts.carryOut(engine.tick(hours(at)));
      return written;
    };
    const alerts = new Alerts();
    const first = run(new RuleEngine(), alerts, 0);
    expect(first).toBeGreaterThan(6);
    // The same log read again from its beginning: every consequence is told a second time.
    expect(run(new RuleEngine(), alerts, 0)).toBe(0);
    // Killed after any event: what was not written yet is written, and nothing twice.
    for (let killed = 0; killed <= events.length; killed += 1) {
      const some = new Alerts();
      const before = new RuleEngine();
      for (const event of events.slice(0, killed)) some.carryOut(before.take(event));
      run(new RuleEngine(), some, 0);
      expect(some.events.map(({ type }) => type)).toEqual(alerts.events.map(({ type }) => type));
    }
  });

  it('end an episode with what it was told with last, whatever they found after that without a new cause', () => {
    const log = new Log();
    const engine = new RuleEngine();
    const alerts = new Alerts();
    for (let n = 0; n < 40; n += 1) {
      const saw = { evaluation: { bundle: { bundle_version: '1.2.0' } } };
      engine.take(log.event('GatesJudged', `action-demo:${n}`, { gates: [{ gate: 'policy', saw }] }));
      const end = n < 2 ? 'ActionRolledBack' : 'ActionCompleted';
      alerts.carryOut(engine.take(log.event(end, `action-demo:${n}`)));
    }
    const failing =
      '2 of 10 executions that bundle 1.2.0 let through failed or were rolled back within 5 min';
    expect(alerts.events).toMatchObject([
      { type: 'AlertFired', data: { severity: 'critical', detail: failing } },
      { type: 'AlertResolved', data: { detail: `it is over: ${failing}` } },
    ]);
  });

  it('are judged at no earlier time than before', () => {
    const engine = new RuleEngine();
    engine.take(brake(new Log())[0]);
    expect(engine.tick(hours(5))).toHaveLength(1);
    expect(engine.tick(hours(1))).toEqual([]);
  });

  it('take no event for later than the clock says', () => {
    const engine = new RuleEngine();
    const log = new Log();
    engine.take(log.event('BrakeEngaged', 'brake-demo:brake', {}, hours(0)), hours(0));
    expect(engine.take(log.level('GREEN', 'YELLOW', hours(500)), hours(1))).toHaveLength(1);
    expect(engine.tick(hours(2))).toEqual([]);
  });

  it('judge each tenant by the figures that it has set, from then on', () => {
    const log = new Log();
    const engine = new RuleEngine();
    const limits = (tenant: string, set: object, at: string): RecordedEvent =>
      log.event('LimitsSet', `autonomy-${tenant}:config`, { limits: set, reason: 'r' }, at);
    const blocked = (tenant: string, i: number): readonly string[] =>
      summaries(
        engine.take(
          log.event('ResponseBlocked', `response-${tenant}:${i}`, { response_id: `${i}` }, hours(1)),
        ),
      );
    expect(summaries(engine.take(limits('strict', { alert_responses_blocked: 1 }, hours(0))))).toEqual([]);
    const three = [1, 2, 3].map((i) => [blocked('strict', i), blocked('demo', i)]);
    expect(three[0]).toEqual([[], []]);
    expect(three[1]).toEqual([['fire responses_blocked'], []]);
    expect(three[2]![1]).toEqual([]);
    // What was counted before counts under the new figure at once, and is over under a milder one.
    expect(summaries(engine.take(limits('demo', { alert_responses_blocked: 2 }, hours(2))))).toEqual([
      'fire responses_blocked',
    ]);
    const over = engine.take(limits('demo', { blast_radius_limit: 5 }, hours(3)));
    expect(summaries(over)).toEqual(['end']);
    expect(over[0]).toMatchObject({
      command: { cause: { type: 'LimitsSet' }, figures: { responses_blocked: 3 } },
    });
  });

  it('pass over what one cannot read, and say which', () => {
    const faults: string[] = [];
    const engine = new RuleEngine(({ name }) => faults.push(name));
    const log = new Log();
    expect(engine.take(log.event('PostureChanged', 'posture-demo:level', { policy: 'RED' }))).toBeDefined();
    expect(
      engine.take({ ...log.event('BudgetConsumed', 'budget-demo:ran:2026-11-20'), data: null as never }),
    ).toEqual([]);
    expect(faults).toContain('budget_high');
  });
});

describe('the figures of safe operation', () => {
  const at = (events: readonly RecordedEvent[], now: string): ReturnType<typeof operationalFigures> =>
    operationalFigures(events.reduce(foldOperations, noOperations), now);

  it('count flips of a day, engagements of a week, blocked runs and the unlocks of today', () => {
    const log = new Log();
    const events = [
      log.level(null, 'YELLOW', hours(0)),
      log.level('YELLOW', 'RED', hours(1)),
      log.level('RED', 'GREEN', hours(2)),
      log.event('BrakeEngaged', 'brake-demo:brake', {}, hours(2)),
      ...Array.from({ length: 20 }, (_, i) =>
        log.event('ResponsePlanned', `response-demo:${i}`, { response_id: `${i}` }, hours(3)),
      ),
      log.event('ResponseBlocked', 'response-demo:3', { response_id: '3' }, hours(3)),
      log.event('TrustUnlocked', 'trust_lock-demo:guard', { unlocks_today: 2 }, hours(4)),
    ];
    expect(at(events, hours(5))).toEqual({
      policy_flips_24h: { value: 2, below: 3, safe: true },
      brake_engagements_week: { value: 1, below: 2, safe: true },
      blocked_share_pct: { value: 5, below: 5, safe: false },
      manual_unlocks_of_limit_pct: { value: 66.67, below: 50, safe: false },
    });
    expect(at(events, hours(25)).policy_flips_24h.value).toBe(1);
    expect(at(events, hours(26)).policy_flips_24h.value).toBe(0);
    expect(at(events, hours(24)).manual_unlocks_of_limit_pct.value).toBe(0);
    expect(at(events, hours(170)).brake_engagements_week.value).toBe(0);
    const reset = log.event('TrustUnlocksReset', 'trust_lock-demo:guard', {}, hours(6));
    expect(at([...events, reset], hours(7)).manual_unlocks_of_limit_pct.value).toBe(0);
  });
});
