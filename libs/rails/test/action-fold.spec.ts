import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import { actionDecider, type ActionEvent, type ActionState } from '../src/index.js';
import { Life } from './life.js';
import { evaluation, now, observation, tx, type Scene } from './looks.js';

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
const written: readonly ActionEvent[] = [
  ...Life.takingBack().events,
  ...from.window.events,
  ...from.undone.events,
  ...from.approved.events,
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
    ['ActionApproved', 'under review', 'cleared', 'in a window', 'executing', 'completed'],
    ['ReservationGranted', 'under review', 'in a window', 'executing', 'validating'],
    ['ExecutionStarted', 'under review', 'cleared', 'in a window', 'executing', 'completed'],
    ['ExecutionApplied', 'under review', 'cleared', 'in a window', 'validating', 'completed'],
    ['OutcomeValidated', 'cleared', 'executing', 'rolling back', 'completed'],
    ['ConfirmRequested', 'cleared', 'executing', 'rolling back', 'completed'],
    ['UndoRequested', 'cleared', 'in a window', 'rolling back', 'completed'],
    ['RollbackPrepared', 'under review', 'cleared', 'executing', 'validating', 'rolling back'],
    ['RollbackJudged', 'under review', 'cleared', 'executing', 'validating', 'rolling back'],
    ['RollbackStarted', 'under review', 'cleared', 'executing', 'validating', 'rolling back'],
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
    expect(new Life().accept({}, { claimed_by: null }).state.requested_as).toEqual([
      'service:nats.demo',
      'service:test',
    ]);
    expect(new Life().accept().state.requested_as).toEqual([
      'service:nats.demo',
      'service:test',
      'person:claimed',
    ]);
  });

  it('the answer of the ledger alone changes what became of the budget', () => {
    const asked = new Life().accept().walk();
    expect(asked.state.budget?.status).toBe('requested');
    expect(after(asked.state, eventOf('PostureChecked')).budget).toEqual(asked.state.budget);
    expect(asked.consume().state.budget?.status).toBe('consumed');
    expect(after(new Life().accept().state, eventOf('BudgetChecked')).budget).toBeNull();
  });
});
