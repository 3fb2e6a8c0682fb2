import { expect, it } from '@jest/globals';
import { testMetadata, type Recorded } from '@interlock/kernel';
import fc from 'fast-check';
import {
  isEngagedAfter,
  killSwitchDecider,
  listedAfter,
  type KillSwitchCommand,
  type KillSwitchEvent,
  type KillSwitchState,
} from '../src/index.js';
import { later } from './looks.js';

type Model = {
  at: number;
  engaged: boolean;
  rollback: boolean;
  acknowledged: boolean;
  asked: { readonly by: string; readonly until: number } | null;
  listed: readonly string[];
};
type Real = { state: KillSwitchState; last: KillSwitchEvent | null };
type Step = fc.Command<Model, Real>;

const target = { scope: 'tenant', tenant_id: 'demo', action_type: null } as const;
const tell = (real: Real, command: KillSwitchCommand, at: number, person: string): readonly string[] => {
  const events = killSwitchDecider.decide(command, real.state);
  for (const event of events) {
    const metadata = testMetadata({ occurred_at: later(at), actor: { kind: 'person', person_id: person } });
    real.state = killSwitchDecider.evolve(real.state, {
      ...event,
      metadata,
      revision: 0n,
    } as Recorded<KillSwitchEvent>);
    real.last = event;
  }
  return events.map(({ type }) => type);
};

const isEqual = (model: Model, real: Real): void => {
  expect(real.state.engaged).toBe(model.engaged);
  expect(real.state.acknowledged === true).toBe(model.acknowledged);
  // Who reads only the last event of the stream knows the same.
  expect(real.last === null ? false : isEngagedAfter(real.last)).toBe(model.engaged);
  expect(listedAfter(real.last ?? undefined)).toEqual(model.listed);
};

const step = (
  name: string,
  run: (model: Model, real: Real) => void,
  check = (_: Readonly<Model>) => true,
): Step => ({
  check,
  run: (model, real) => {
    run(model, real);
    isEqual(model, real);
  },
  toString: () => name,
});

const stop = (rollback: boolean): Step =>
  step(
    'stop',
    (model, real) => {
      const written = tell(
        real,
        { kind: 'engage', ...target, reason: 'r', rollback_in_flight: rollback },
        model.at,
        'p1',
      );
      const isNew = !model.engaged || (rollback && !model.rollback);
      expect(written).toEqual(isNew ? ['KillSwitchEngaged'] : []);
      if (isNew) Object.assign(model, { engaged: true, rollback, acknowledged: false, asked: null });
    },
    // What a stop makes of a release that is asked for is told of elsewhere.
    ({ asked }) => asked === null,
  );

const receipt = {
  acknowledged_by: 'time',
  executors: [],
  cancelled: [],
  cancelled_count: 0,
  in_flight: [],
  in_flight_count: 0,
  not_notified: [],
  complete: true,
  rollback_in_flight: false,
  drill: false,
  time_to_stop_ms: 1,
} as const;
const acknowledge = step('acknowledge', (model, real) => {
  const isNew = model.engaged && !model.acknowledged;
  expect(tell(real, { kind: 'acknowledge', receipt }, model.at, 'p1')).toEqual(
    isNew ? ['KillSwitchAcknowledged'] : [],
  );
  if (isNew) model.acknowledged = true;
});

/** p9 is another account of p1. */
const sameAs = (person: string): readonly string[] =>
  person === 'p9' || person === 'p1' ? ['p1', 'p9'] : [person];
const release = (person: string, people: 1 | 2): Step =>
  step(`${person} releases, which takes ${people}`, (model, real) => {
    const written = tell(
      real,
      {
        kind: 'release',
        ...target,
        reason: 'r',
        people,
        by: `person:${person}`,
        refused_as: sameAs(person).map((one) => `person:${one}`),
        now: later(model.at),
      },
      model.at,
      person,
    );
    const { asked } = model;
    if (!model.engaged) {
      expect(written).toEqual([]);
      return;
    }
    const isOpen = asked !== null && model.at < asked.until;
    if (people === 2 && !isOpen) {
      expect(written).toEqual(['KillSwitchReleaseRequested']);
      model.asked = { by: person, until: model.at + 3600 };
    } else if (people === 2 && asked !== null && sameAs(asked.by).includes(person))
      expect(written).toEqual([]);
    else {
      expect(written).toEqual(['KillSwitchReleased']);
      Object.assign(model, { engaged: false, acknowledged: false, asked: null });
    }
  });

const list = (stream: string): Step =>
  step(`list ${stream}`, (model, real) => {
    const isNew = !model.listed.includes(stream);
    expect(tell(real, { kind: 'list', stream }, model.at, 'p1')).toEqual(isNew ? ['KillSwitchListed'] : []);
    if (isNew) model.listed = [...model.listed, stream];
  });

const pass = (seconds: number): Step =>
  step(`${seconds} s pass`, (model) => {
    model.at += seconds;
  });

it('a kill switch stops, is acknowledged and is released as its plain model is', () => {
  fc.assert(
    fc.property(
      fc.commands(
        [
          fc.boolean().map(stop),
          fc.constant(acknowledge),
          fc
            .tuple(fc.constantFrom('p1', 'p2', 'p9'), fc.constantFrom<1 | 2>(2, 2, 2, 1))
            .map((args) => release(...args)),
          fc.constantFrom('kill_switch-demo:agent=x', 'kill_switch-demo:site=s').map(list),
          fc.constantFrom(1, 1800, 3599, 3600).map(pass),
        ],
        { maxCommands: 25 },
      ),
      (steps) => {
        fc.modelRun(
          () => ({
            model: { at: 0, engaged: false, rollback: false, acknowledged: false, asked: null, listed: [] },
            real: { state: killSwitchDecider.initial, last: null },
          }),
          steps,
        );
      },
    ),
    { numRuns: 500 },
  );
});
