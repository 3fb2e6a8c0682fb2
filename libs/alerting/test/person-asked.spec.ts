import { actionEndTypes } from '@interlock/contracts';
import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { defaultFigures, RuleEngine, ruleOf } from '../src/index.js';
import { hours, Log } from './recorded.js';

const log = new Log();
const of = (type: string, data: object = {}, action = 'a-1'): RecordedEvent =>
  log.event(type, `action-demo:${action}`, data);
const opened = of('ConfirmationWindowOpened', { on_elapse: 'proceed', due_at: hours(1) });
const asked = of('ApprovalRequested', { approvals_required: 2, expires_at: hours(1) });

const escalated = of('ApprovalEscalated', { requested_at: hours(0), expires_at: hours(1) });

const judgedAt =
  (now: string) =>
  (...events: readonly RecordedEvent[]): readonly object[] => {
    const rule = ruleOf('person_asked')!;
    const state = events
      .filter(({ type }) => rule.events['action']?.includes(type) === true)
      .reduce((before, event) => rule.fold(before, event), rule.initial);
    return rule.judge(state, now, defaultFigures);
  };
const judged = judgedAt(hours(0.1));

describe('person_asked', () => {
  it('fires for a window and for an approval, for each action by itself', () => {
    expect(judged(opened, of('ApprovalRequested', { expires_at: hours(1) }, 'a-2'))).toMatchObject([
      {
        subject: 'action-demo:a-1',
        firing: opened.id,
        severity: 'medium',
        detail:
          'action `a-1` may be stopped before its confirmation window ends; then it goes on if its gates still hold, unless a person stops it',
        cause: { type: 'ConfirmationWindowOpened' },
      },
      { subject: 'action-demo:a-2', detail: `action \`a-2\` waits for an approval until ${hours(1)}` },
    ]);
  });

  it.each([
    [
      'plan-demo:p-1',
      'PlanApprovalRequested',
      'PlanStarted',
      'plan `p-1` waits for an approval of all its actions',
    ],
    ['bundle-demo:b-1', 'FlipListMade', 'BundleApproved', 'policy bundle `b-1` waits for another person'],
    [
      'autonomy-demo:earned=ran/qos_tune',
      'StepUpProposed',
      'StepUpSigned',
      'account and action type `ran/qos_tune` earned',
    ],
  ])('fires for %s at %s until %s', (stream, asks, ends, detail) => {
    const rule = ruleOf('person_asked')!;
    const findings = (...types: readonly string[]): readonly object[] =>
      rule.judge(
        types
          .map((type) => log.event(type, stream, {}))
          .reduce((before, event) => rule.fold(before, event), rule.initial),
        hours(0.1),
        defaultFigures,
      );
    expect(findings(asks)).toMatchObject([
      { subject: stream, severity: 'medium', detail: expect.stringContaining(detail) },
    ]);
    expect(findings(asks, ends)).toEqual([]);
    for (const type of [asks, ends])
      expect(rule.events[stream.slice(0, stream.indexOf('-'))]).toContain(type);
  });

  it('stops where an outcome takes the proposed step up away, and for no other outcome', () => {
    const rule = ruleOf('person_asked')!;
    const stream = 'autonomy-demo:earned=ran/qos_tune';
    const open = rule.fold(rule.initial, log.event('StepUpProposed', stream, {}));
    const good = log.event('OutcomeCounted', stream, { counted: 'good', asked: 'approved' });
    const bad = log.event('OutcomeCounted', stream, { counted: 'bad', asked: null });
    expect(rule.judge(rule.fold(open, good), hours(0.1), defaultFigures)).toHaveLength(1);
    expect(rule.judge(rule.fold(open, bad), hours(0.1), defaultFigures)).toEqual([]);
  });

  it('pages again where the same action asks for something else', () => {
    const engine = new RuleEngine();
    const commands = [opened, asked].flatMap((event) => engine.take(event)).map(({ command }) => command);
    expect(commands).toMatchObject([
      { kind: 'fire', data: { firing: opened.id } },
      { kind: 'fire', data: { firing: asked.id, detail: expect.stringContaining('two approvals') } },
    ]);
  });

  it('holds while one of two approvals is there, and ends with the yes that is complete', () => {
    expect(judged(asked, of('ActionApproved', { approvals: 1 }))).toHaveLength(1);
    expect(judged(asked, of('ActionApproved', { approvals: 2 }), of('ReservationRequested'))).toEqual([]);
    expect(judged(opened, of('ConfirmationWindowElapsed'), of('ReservationRequested'))).toEqual([]);
  });

  it.each(actionEndTypes)('ends with the action, by %s', (type) => {
    expect(judged(asked, of(type))).toEqual([]);
    expect(judged(asked, of(type, {}, 'another'))).toHaveLength(1);
  });

  it('is high from when the action is escalated, until something else is asked', () => {
    expect(judgedAt(hours(9))(asked)).toMatchObject([{ severity: 'medium', firing: asked.id }]);
    expect(judged(asked, escalated)).toMatchObject([{ severity: 'high', firing: asked.id }]);
    expect(judged(escalated)).toEqual([]);
    const again = of('ApprovalRequested', { expires_at: hours(2) });
    expect(judged(asked, escalated, again)).toMatchObject([{ severity: 'medium', firing: again.id }]);
  });

  it('calls no window long, whose clock waits for its delivery anyway', () =>
    expect(judgedAt(hours(9))(opened)).toMatchObject([{ severity: 'medium' }]));

  it('pages again, once, where the action is escalated, and is quiet where somebody has answered', () => {
    const engine = new RuleEngine();
    engine.take(asked);
    expect(engine.tick(hours(0.5))).toEqual([]);
    expect(engine.take(escalated)).toMatchObject([
      {
        command: {
          kind: 'fire',
          data: { severity: 'high', detail: expect.stringContaining('nobody has answered for 900 s') },
        },
      },
    ]);
    expect(engine.take(escalated)).toEqual([]);
    const answered = new RuleEngine();
    for (const event of [asked, of('ReservationRequested')]) answered.take(event);
    expect(answered.take(escalated)).toEqual([]);
  });

  it('is quiet about actions that ask for nobody', () =>
    expect(judged(of('ReservationRequested'), of('ActionCompleted'))).toEqual([]));
});
