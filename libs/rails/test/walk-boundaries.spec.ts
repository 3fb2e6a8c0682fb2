import { describe, expect, it } from '@jest/globals';
import { lookedAtGates, type DigestParts } from '../src/index.js';
import { approvalsRequired, irreversibleHold, isReserved, isSameWindow } from '../src/action/walk.js';
import { differenceOf } from '../src/action-events/approval-digest.js';
import type { AcceptedAction } from '../src/action-events/stages.js';
import { Life } from './life.js';
import { acceptedData, evaluation, later, looks, now, plan, type Scene } from './looks.js';

const limits = { ...evaluation().limits, window_policy: 'p' };
const confirm: Scene = { evaluation: { decision: 'CONFIRM', limits } };
const accepted = (life: Life): AcceptedAction => {
  const { state } = life;
  if (state.status === 'NONE') throw new Error('nothing was accepted');
  return state;
};

describe('what differs from what was approved', () => {
  const said: DigestParts = {
    action: 'a',
    risk_score: 40,
    diff: 'd',
    leaves: 'l',
    policies: 'p',
    affected: 3,
  };
  const codes = (now: Partial<DigestParts>, of: DigestParts = said): readonly string[] =>
    differenceOf(of, { ...said, ...now }).map(({ code }) => code);

  it('a risk that rose, and none that stays or falls', () => {
    expect([codes({ risk_score: 39 }), codes({ risk_score: 40 })]).toEqual([[], []]);
    expect(codes({ risk_score: 41 })).toEqual(['changed-prediction']);
  });

  it('where the load moves the risk, a higher level and no higher score', () => {
    const moved = (risk_score: number) =>
      differenceOf(said, { ...said, risk_score }, true).map(({ code }) => code);
    expect([moved(1), moved(41), moved(66), moved(67)]).toEqual([[], [], [], ['changed-prediction']]);
  });

  it('more entities, and not as many or fewer', () => {
    expect([codes({ affected: 2 }), codes({ affected: 3 })]).toEqual([[], []]);
    expect(codes({ affected: 4 })).toEqual(['changed-blast-radius']);
    const { affected: _, ...unknown } = said;
    expect(codes({ affected: 4 }, unknown)).toEqual([]);
  });
});

describe('what a walk asks for', () => {
  it('two people where the policies ask for two, else one', () => {
    const required = (approvals_required: 0 | 1 | 2) =>
      approvalsRequired(new Life().accept().walk({ evaluation: { approvals_required } }).state);
    expect(([0, 1, 2] as const).map(required)).toEqual([1, 1, 2]);
  });

  it('a person for what cannot be undone, unless it changes nothing or has no plan', () => {
    const hold = (over: Partial<ReturnType<typeof acceptedData>['action_type']>, reversible: boolean) => {
      const { action_type: type } = acceptedData();
      const life = new Life().accept({}, { action_type: { ...type, ...over } });
      return irreversibleHold(accepted(life), plan({ reversible })).length;
    };
    expect(hold({ reversible: true, read_only: false }, true)).toBe(0);
    expect(hold({ reversible: true, read_only: false }, false)).toBe(1);
    expect(hold({ reversible: false, read_only: false }, true)).toBe(1);
    expect(hold({ reversible: false, read_only: true }, false)).toBe(0);
    expect(irreversibleHold(accepted(new Life().accept()), null)).toEqual([]);
  });

  it('no other reservation while it needs no more than it has', () => {
    const state = accepted(Life.planned());
    const reserved = (reserved_units: number | null, keys = ['entity:cell-001-1']) =>
      isReserved({ ...state, reserved_units }, { keys });
    expect([reserved(4), reserved(3), reserved(2), reserved(null)]).toEqual([true, true, false, true]);
    expect(reserved(3, ['entity:cell-002-1'])).toBe(false);
  });

  it('another window where another policy wants one, or it ends otherwise', () => {
    const { state } = Life.planned(confirm);
    const gates = (over: object) =>
      new Life().accept().walk({ evaluation: { decision: 'CONFIRM', limits: { ...limits, ...over } } }).state
        .gates;
    expect(isSameWindow({ ...state, gates: gates({}) })).toBe(true);
    expect(isSameWindow({ ...state, gates: gates({ window_policy: 'q' }) })).toBe(false);
    expect(isSameWindow({ ...state, gates: gates({ on_elapse: 'expire' }) })).toBe(false);
  });
});

describe('a walk that waits for a service', () => {
  const awaited = { service: 'digital-twin', gate: 'prediction', detail: 'it does not answer' };
  const eventTypes = (
    life: Life,
    count: number,
    service = awaited.service,
    detail = awaited.detail,
  ): readonly string[] =>
    life
      .tell({
        kind: 'record_looks',
        gates: looks().slice(0, count),
        consume: { day: '2026-11-20', time_zone: 'UTC' },
        awaited: { ...awaited, service, detail },
        now,
      })
      .map(({ type }) => type);

  it('says so once, again where it came further, where it waits for another, and where the reason is another', () => {
    const life = new Life().accept();
    expect(eventTypes(life, 0)).toEqual(['ServiceAwaited']);
    expect(eventTypes(life, 0)).toEqual([]);
    expect(eventTypes(life, 1)).toEqual(['GatesJudged', 'ServiceAwaited']);
    expect(eventTypes(life, 1)).toEqual([]);
    expect(eventTypes(life, 3)).toEqual(['GatesJudged', 'ServiceAwaited']);
    expect(life.events.flatMap(({ type, data }) => (type === 'GatesJudged' ? [data] : []))).toMatchObject([
      { occasion: 'first', gates: [{ gate: 'kill_switch' }] },
      { occasion: 'first', from: 'posture', gates: [{ gate: 'posture' }, { gate: 'autonomy_mode' }] },
    ]);
    expect(eventTypes(life, 3, 'policy-evaluator')).toEqual(['ServiceAwaited']);
    expect(eventTypes(life, 3, 'policy-evaluator')).toEqual([]);
    expect(eventTypes(life, 3, 'policy-evaluator', 'it refuses')).toEqual(['ServiceAwaited']);
  });

  it('judges no gate before those that come before it', () => {
    const life = new Life().accept();
    const [, second, third] = looks();
    if (second === undefined || third === undefined) throw new Error('there are three gates');
    expect(
      life.tell({
        kind: 'record_looks',
        gates: [third, second],
        consume: { day: '2026-11-20', time_zone: 'UTC' },
        now,
      }),
    ).toEqual([]);
  });
});

describe('a window whose time is up', () => {
  const elapsed = (afresh: Scene, at = later(30), count = lookedAtGates.length): Life => {
    const life = Life.planned(confirm);
    life.tell({ kind: 'record_reevaluation', gates: looks(afresh).slice(0, count), now: at });
    return life;
  };

  it('goes on from then on, and not before', () => {
    expect(elapsed(confirm, '2026-11-20T10:00:29.999Z').state.status).toBe('AWAITING_CONFIRMATION');
    expect(elapsed(confirm).types.slice(-2)).toEqual(['ConfirmationWindowElapsed', 'ReservationRequested']);
  });

  it('asks a person where a gate was not looked at, or where one hold of another kind stands', () => {
    expect(elapsed(confirm, later(30), lookedAtGates.length - 1).state.status).toBe('AWAITING_APPROVAL');
    expect(elapsed({ auto: 'REQUIRE_APPROVAL' }).state.status).toBe('AWAITING_APPROVAL');
  });

  it('goes on where nothing holds any more, also where the policies name no window', () =>
    expect(elapsed({}).types).toContain('ConfirmationWindowElapsed'));

  it('is asked about while it is open, and no more', () => {
    for (const life of [Life.planned(), elapsed(confirm), elapsed({ auto: 'REQUIRE_APPROVAL' })])
      expect(life.tell({ kind: 'ask_unnotified', now: later(61) })).toEqual([]);
  });

  it('is of an action that still waits for it', () => {
    const life = elapsed(confirm);
    const before = life.events;
    life.tell({ kind: 'record_reevaluation', gates: looks(confirm), now: later(31) });
    expect(life.events).toEqual(before);
  });
});

it('the answer of the ledger is taken once, and only where it was asked', () => {
  const life = new Life().accept().walk().consume();
  const before = life.events;
  life.consume().consume(false);
  expect(life.events).toEqual(before);
  expect(new Life().accept().consume().types).toEqual(['IntentAccepted']);
});

describe('a plan of the change', () => {
  it('is recorded once, and only behind the last gate', () => {
    const early = new Life().accept().walk();
    expect(early.tell({ kind: 'record_plan', plan: plan(), now })).toEqual([]);
    const life = Life.planned();
    expect(life.tell({ kind: 'record_plan', plan: plan(), now })).toEqual([]);
  });

  it('with one violation ends the action', () => {
    const violations = [{ code: 'guard', detail: 'the neighbour is down' }];
    const life = new Life().accept().walk().consume().plan(plan({ violations }));
    expect(life.types).toContain('ActionDenied by handler');
    expect(life.state).toMatchObject({ status: 'DENIED', reasons: violations });
  });

  it('is not there for a type without a handler: it can be tried dry, and nothing else', () => {
    expect(new Life().accept().walk().consume().plan(null).state.status).toBe('DENIED');
    const dry: Scene = { intent: { dry_run: true } };
    expect(new Life().accept(dry).walk(dry).plan(null).state.status).toBe('COMPLETED');
  });
});

describe('a reservation', () => {
  const release = (life: Life): readonly string[] =>
    life.tell({ kind: 'record_release', now }).map(({ type }) => type);

  it('is released once, when the action is over', () => {
    expect(release(Life.planned().reserve())).toEqual([]);
    expect(release(Life.executing())).toEqual([]);
    const over = Life.planned().reserve();
    over.tell({ kind: 'cancel', by: 'person:p1', now });
    expect([release(over), release(over)]).toEqual([['ReservationReleased'], []]);
  });

  it('is released where a person is asked again, and not while the action is taken back', () => {
    const again = Life.planned().reserve().turn().lastLook({ posture: 'YELLOW' });
    expect(again.state.status).toBe('AWAITING_APPROVAL');
    expect([release(again), release(again)]).toEqual([['ReservationReleased'], []]);
    expect(release(Life.completed().askedBack().lookBack('first').reserve())).toEqual([]);
    expect(release(Life.takingBack())).toEqual([]);
  });

  it('that was never asked for is not released', () => {
    const life = new Life().accept();
    life.tell({ kind: 'cancel', by: 'person:p1', now });
    expect(release(life)).toEqual([]);
  });
});
