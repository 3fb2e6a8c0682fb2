import { expect, it } from '@jest/globals';
import { isProblem, testMetadata, type Recorded } from '@interlock/kernel';
import fc from 'fast-check';
import { actionDecider, type ActionCommand, type ActionEvent, type ActionState } from '../src/index.js';
import { acceptedData, later, looks, now, plan } from './looks.js';

/**
 * A request for an approval as a person would keep it: who has said yes, whether it is over, and
 * what time it is (seconds).
 */
type Model = {
  at: number;
  readonly required: 1 | 2;
  yes: readonly string[];
  over: 'REJECTED' | 'EXPIRED' | 'yes' | null;
};
type Real = { state: ActionState };
type Step = fc.Command<Model, Real>;
type Person = 'p1' | 'p2' | 'p9' | 'claimed' | 'asker';

/** p9 is another account of p1. */
const sameAs: { readonly [person in Person]: readonly string[] } = {
  p1: ['p1', 'p9'],
  p2: ['p2'],
  p9: ['p1', 'p9'],
  claimed: ['claimed'],
  asker: ['asker'],
};

/**
 * Tells the action; the answer is the types of the events, or the code of the problem that it was
 * refused with.
 */
const tell = (real: Real, command: ActionCommand, person: Person): readonly string[] | string => {
  try {
    const events = actionDecider.decide(command, real.state);
    for (const event of events)
      real.state = actionDecider.evolve(real.state, {
        ...event,
        metadata: testMetadata({ occurred_at: command.now, actor: { kind: 'person', person_id: person } }),
        revision: 0n,
      } as Recorded<ActionEvent>);
    return events.map(({ type }) => type);
  } catch (error) {
    if (!isProblem(error)) throw error;
    return error.code;
  }
};

const statusOf = ({ over }: Model): string =>
  over === null ? 'AWAITING_APPROVAL' : over === 'yes' ? 'PENDING' : over;

const step = (name: string, run: (model: Model, real: Real) => void): Step => ({
  check: () => true,
  run: (model, real) => {
    run(model, real);
    expect(real.state.status).toBe(statusOf(model));
    expect(real.state.yes?.basis ?? null).toBe(model.over === 'yes' ? 'approved' : null);
    expect(real.state.approval?.approved_by).toEqual(model.yes.map((one) => `person:${one}`));
  },
  toString: () => name,
});

const approve = (person: Person, digest: 'shown' | 'another' | 'none'): Step =>
  step(`${person} approves, ${digest} digest`, (model, real) => {
    const shown = real.state.approval?.digest ?? '';
    const answer = tell(
      real,
      {
        kind: 'approve',
        by: `person:${person}`,
        refused_as: sameAs[person].map((one) => `person:${one}`),
        digest: { shown, another: `not ${shown}`, none: null }[digest],
        now: later(model.at),
      },
      person,
    );
    if (model.over === 'yes' && model.yes.includes(person)) {
      const named = { shown: [], another: 'approval-mismatch', none: 'digest-required' };
      expect(answer).toEqual(named[digest]);
      return;
    }
    if (model.over !== null) expect(answer).toBe('wrong-state');
    else if (person === 'claimed' || person === 'asker') expect(answer).toBe('same-person');
    else if (model.yes.some((one) => sameAs[person].includes(one))) expect(answer).toBe('same-person');
    else if (digest === 'none') expect(answer).toBe('digest-required');
    else if (digest === 'another') expect(answer).toBe('approval-mismatch');
    else if (model.at >= 3600) expect(answer).toBe('wrong-state');
    else {
      model.yes = [...model.yes, person];
      const isEnough = model.yes.length === model.required;
      if (isEnough) model.over = 'yes';
      expect(answer).toEqual(['ActionApproved', ...(isEnough ? ['ReservationRequested'] : [])]);
    }
  });

const reject = step('p2 rejects', (model, real) => {
  const answer = tell(real, { kind: 'reject', by: 'person:p2', now: later(model.at) }, 'p2');
  if (model.over === 'REJECTED') expect(answer).toEqual([]);
  else if (model.over !== null) expect(answer).toBe('wrong-state');
  else {
    expect(answer).toContain('ActionRejected');
    model.over = 'REJECTED';
  }
});

const tick = step('the clock is looked at', (model, real) => {
  tell(real, { kind: 'tick', now: later(model.at) }, 'p1');
  // What was approved waits for its reservation five minutes; that wait is not of this model.
  if (model.over === null && model.at >= 3600) model.over = 'EXPIRED';
});

const pass = (seconds: number): Step =>
  step(`${seconds} s pass`, (model) => {
    if (model.over === null) model.at += seconds;
  });

/** An action that waits for so many people. */
const asked = (required: 1 | 2): Real => {
  const real: Real = { state: actionDecider.initial };
  const scene = { evaluation: { decision: 'NEEDS_APPROVAL' as const, approvals_required: required } };
  const data = { ...acceptedData(), requester: 'person:asker', claimed_by: 'person:claimed' };
  tell(real, { kind: 'accept', ...data, now }, 'asker');
  tell(
    real,
    { kind: 'record_looks', gates: looks(scene), consume: { day: '2026-11-20', time_zone: 'UTC' }, now },
    'p1',
  );
  tell(real, { kind: 'record_plan', plan: plan(), now }, 'p1');
  expect(real.state.status).toBe('AWAITING_APPROVAL');
  return real;
};

it('an approval is given by enough other people in time, or not at all, as in its plain model', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<1 | 2>(1, 2),
      fc.commands(
        [
          fc
            .tuple(
              fc.constantFrom<Person>('p1', 'p2', 'p9', 'claimed', 'asker'),
              fc.constantFrom('shown', 'shown', 'shown', 'another', 'none'),
            )
            .map((args) => approve(...args)),
          fc.constant(reject),
          fc.constant(tick),
          fc.constantFrom(1, 1800, 3599, 3600).map(pass),
        ],
        { maxCommands: 12 },
      ),
      (required, steps) => {
        fc.modelRun(
          () => ({ model: { at: 0, required, yes: [], over: null }, real: asked(required) }),
          steps,
        );
      },
    ),
    { numRuns: 400 },
  );
});
