import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  actionDecider,
  nextEffect,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
} from '../src/index.js';
import { Life } from './life.js';
import { acceptedData, evaluation, now, observation, plan, tx, type Scene } from './looks.js';

const confirm: Scene = {
  evaluation: { decision: 'CONFIRM', limits: { ...evaluation().limits, window_policy: 'p' } },
};
const undone = (): Life => {
  const life = Life.executing();
  life.tell({ kind: 'record_transaction', status: tx('TENTATIVE'), now });
  life.tell({
    kind: 'record_transaction',
    status: tx('OBSERVED', { observation: observation(50) }),
    now,
  });
  return life;
};
const approved = (): Life => new Life().accept().walk({ posture: 'YELLOW' }).plan().approve();
const validating = (): Life => {
  const life = Life.executing();
  life.tell({ kind: 'record_transaction', status: tx('TENTATIVE'), now });
  return life;
};

const from = {
  planned: Life.planned(),
  window: Life.planned(confirm),
  undone: undone(),
  approved: approved(),
};
const undoneInTime = (): Life => {
  const life = Life.temporary().over().lookBack('first').reserve().lookBack('last');
  life.tell({ kind: 'record_rollback', status: tx('ROLLED_BACK'), now });
  return life;
};
const written: readonly ActionEvent[] = [
  ...Life.takingBack().events,
  ...from.window.events,
  ...from.undone.events,
  ...from.approved.events,
  ...undoneInTime().events,
];
/** The first event of a type that those lives wrote. */
const eventOf = (type: ActionEvent['type']): ActionEvent => {
  const found = written.find((event) => event.type === type);
  if (found === undefined) throw new Error(`no life has written ${type}`);
  return found;
};
const after = (state: ActionState, event: ActionEvent): ActionState =>
  fold(actionDecider, [event], { occurred_at: now }, state);

describe('an event of a stage that the action is not in', () => {
  const stages: { readonly [name: string]: ActionState } = {
    'under review': new Life().accept().walk().state,
    cleared: from.planned.state,
    approved: from.approved.state,
    'in a window': from.window.state,
    executing: Life.executing().state,
    validating: validating().state,
    'rolling back': from.undone.state,
    completed: Life.completed().state,
  };
  const nowhere: readonly (readonly [ActionEvent['type'], ...string[]])[] = [
    ['ConfirmationWindowOpened', 'cleared', 'approved', 'in a window', 'executing', 'completed'],
    ['ActionApproved', 'executing', 'validating', 'rolling back', 'completed'],
    ['ReservationGranted', 'under review', 'in a window', 'executing', 'validating'],
    ['ExecutionStarted', 'under review', 'cleared', 'in a window', 'executing', 'completed'],
    ['ExecutionApplied', 'under review', 'cleared', 'in a window', 'validating', 'completed'],
    ['OutcomeValidated', 'cleared', 'executing', 'rolling back', 'completed'],
    ['ConfirmRequested', 'cleared', 'executing', 'rolling back', 'completed'],
    ['UndoRequested', 'cleared', 'in a window', 'rolling back', 'completed'],
    ['RollbackPrepared', 'under review', 'cleared', 'executing', 'validating', 'rolling back'],
    ['RollbackJudged', 'under review', 'cleared', 'executing', 'validating', 'rolling back'],
    ['RollbackStarted', 'under review', 'cleared', 'executing', 'validating', 'rolling back'],
    ['TemporaryChangeUndone', 'under review', 'executing', 'validating', 'rolling back', 'completed'],
  ];

  it.each(nowhere.flatMap(([type, ...names]) => names.map((name) => [type, name] as const)))(
    '%s changes nothing where it is %s',
    (type, name) => {
      const state = stages[name];
      if (state === undefined) throw new Error(`there is no stage ${name}`);
      expect(after(state, eventOf(type))).toEqual(state);
    },
  );

  it('an end changes nothing where the action has one already', () => {
    const completed = Life.completed().state;
    const end = { type: 'ActionCancelled', data: { by: 'person:p1', reasons: [] } } as const;
    expect(after(completed, end)).toEqual(completed);
    expect(after(from.planned.state, end).status).toBe('CANCELLED');
  });
});

describe('an approval that nobody had asked for', () => {
  const asked = new Life().accept().walk({ posture: 'YELLOW' }).plan().state;
  const stray = eventOf('ActionApproved');
  const other = {
    type: 'ActionApproved',
    data: { ...stray.data, digest: 'of another request' },
  } as ActionEvent;
  const held: readonly (readonly [string, ActionState])[] = [
    ['under review', after(new Life().accept().state, stray)],
    ['planned', after(from.planned.state, stray)],
    ['in a window', after(from.window.state, stray)],
    ['asked for another one', after(asked, other)],
  ];

  it.each(held)('ends an action that is %s, as soon as it is looked at', (_stage, state) => {
    expect(nextEffect(state, now)).toEqual({ kind: 'expire' });
    const [end] = actionDecider.decide({ kind: 'tick', now }, state);
    expect(end).toMatchObject({
      type: 'ActionDenied',
      data: {
        verdict: 'error',
        gate: 'approval',
        reasons: [{ detail: 'the action holds an approval that nobody had asked for' }],
      },
    });
    expect(after(state, end!).status).toBe('DENIED');
  });

  it.each(held)('is not a yes, and nothing else moves an action that is %s', (_stage, state) => {
    const yes = { by: 'person:p9', comment: null, now };
    for (const command of [
      { kind: 'approve', digest: 'of another request', ...yes },
      { kind: 'confirm', digest: null, ...yes },
      { kind: 'record_plan', plan: plan(), now },
      { kind: 'request_turn', now },
    ] as readonly ActionCommand[])
      expect(() => actionDecider.decide(command, state)).toThrow('nobody had asked for');
    expect(state.status).not.toBe('EXECUTING');
  });

  it.each(held)('lets a person and the kill switch end an action that is %s', (_stage, state) => {
    for (const command of [
      { kind: 'cancel', by: 'person:p9', comment: null, now },
      { kind: 'stop_by_kill_switch', reasons: [], rollback_in_flight: false, now },
    ] as readonly ActionCommand[])
      expect(actionDecider.decide(command, state)[0]?.type).toMatch(/^Action(Cancelled|Denied)$/);
  });

  it('is denied with the reservation that was forged beside it, which it gives back', () => {
    const forged = after(after(new Life().accept().state, stray), eventOf('ReservationRequested'));
    const denied = actionDecider
      .decide({ kind: 'tick', now }, forged)
      .reduce((state, event) => after(state, event), forged);
    expect([denied.status, nextEffect(denied, now)]).toEqual(['DENIED', { kind: 'release' }]);
  });
});

describe('what the events make of an action', () => {
  it('what it asks for of the blast radius is not known where gate 6 has not looked', () => {
    const accepted = new Life().accept().state;
    expect(after(accepted, eventOf('ReservationRequested')).reserved_units).toBeNull();
    expect(from.planned.state.reserved_units).toBe(3);
  });

  it('every turn that lapses is counted', () => {
    const life = Life.planned().reserve();
    expect(life.state.turns).toEqual({ requested: 1, lapsed: 0 });
    expect(life.lapse().state.turns).toEqual({ requested: 2, lapsed: 1 });
    expect(life.lapse().state.turns).toEqual({ requested: 3, lapsed: 2 });
  });

  it('who requested it are all keys that are known, and nothing else', () => {
    const { claimed_by: _claimed, ...ofNobody } = acceptedData();
    const life = new Life();
    life.tell({ kind: 'accept', ...ofNobody, now });
    expect(life.state.requested_as).toEqual(['service:nats.demo', 'service:test']);
    expect(new Life().accept().state.requested_as).toEqual([
      'service:nats.demo',
      'service:test',
      'person:claimed',
    ]);
  });

  it('the answer of the ledger alone changes what became of the budget', () => {
    const asked = new Life().accept().walk();
    expect(asked.state.budget?.status).toBe('requested');
    const again = new Life().accept().walk({ posture: 'RED' }).events[1]!;
    expect(after(asked.state, again).budget).toEqual(asked.state.budget);
    expect(asked.consume().state.budget?.status).toBe('consumed');
    expect(after(new Life().accept().state, asked.events.at(-1)!).budget).toBeNull();
  });
});
