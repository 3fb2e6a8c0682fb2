import type { IntentAcceptedData } from '@interlock/rails';
import { isTentative, noTx } from './executor.js';
import { executorSteps } from './executor-steps.js';
import type { Space, Step } from './explore.js';
import { peopleSteps } from './people-steps.js';
import { runnerSteps } from './runner-steps.js';
import { actionIds, type Context, type Setting } from './setting.js';
import { scenery, type Subject } from './subject.js';
import { timeSteps } from './time-steps.js';
import { heldAt } from './stream-rules.js';
import { keyOf, people, streamsOf, timeOf, type Streams, type World } from './world.js';

const executedEnds: ReadonlySet<string> = new Set([
  'ActionCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
]);

/** The initial world, after the intents were accepted. */
const begun = ({ streams, setting }: Context): World => {
  const ones = setting.intents.map((over, index) => {
    const data: IntentAcceptedData = {
      ...scenery.acceptedData(over),
      action_id: actionIds[index] ?? '',
    };
    const answer = streams.action.tell(
      0,
      `accept ${index} ${JSON.stringify(over)}`,
      { kind: 'accept', ...data, now: timeOf(0) },
      { at: timeOf(0), actor: people.asker },
    );
    if (answer.fault !== null) throw new Error(answer.fault);
    return { action: answer.id, hand: '', tx: noTx };
  });
  const none = { scene: 0, slow: 0, engage: 0, release: 0, extend: 0, repeat: 0, crash: 0, away: 0 };
  return {
    at: 0,
    scene: 0,
    ones,
    budget: 0,
    lease: 0,
    stop: 0,
    telling: null,
    left: { ...none, ...setting.left },
  };
};

/** Checks that device and log agree. */
const deviceFault = ({ streams }: Context, world: World): string | null => {
  for (const { action, tx } of world.ones) {
    const { end } = streams.action.at(action).ghost;
    if (tx.sent > 1) return 'rule 1: no action changes its device twice';
    if (end === null) continue;
    if (end === 'ActionCompleted' && tx.state !== 'CONFIRMED')
      return 'rule 5: what is completed is permanent on its device';
    if (end === 'ActionRolledBack' && !['ROLLED_BACK', 'FAILED'].includes(tx.state))
      return 'rule 5: what is rolled back is gone from its device';
    if (!executedEnds.has(end) && tx.sent > 0) return `rule 5: ${end} leaves a change on the device`;
  }
  const standing = world.ones.flatMap(({ action, tx }) =>
    isTentative(tx) ? [streams.action.at(action).state.accepted?.intent.entity_id] : [],
  );
  return new Set(standing).size < standing.length
    ? 'what is reserved for one action no other one changes meanwhile'
    : null;
};

/** Checks that everything is released when nothing is left to do. */
const restFault = ({ streams }: Context, world: World): string | null => {
  const { actions } = streams.budget.at(world.budget).ghost;
  const held = heldAt(streams.lease.at(world.lease).ghost, timeOf(world.at));
  for (const [index, { action, tx }] of world.ones.entries()) {
    const id = actionIds[index] ?? '';
    const { end } = streams.action.at(action).ghost;
    const isExecuted = end !== null && executedEnds.has(end);
    if (!isExecuted && actions[id] === 'consumed')
      return 'rule 3: an action that never executed gives back what it consumed';
    if (isExecuted && actions[id] === 'returned') return 'rule 3: what executed gives nothing back';
    if (held.some((one) => one.id === id)) return 'an action that ended has released what it reserved';
    if (isTentative(tx)) return 'rule 5: a device is left tentative';
  }
  return null;
};

/** The complete space of a setting, with the deciders of a subject. */
export const railsSpace = (
  setting: Setting,
  subject: Subject,
  streams: Streams = streamsOf(subject),
): Space<World> => {
  const context: Context = { subject, streams, setting, hands: new Map() };
  const isEnd = (world: World): boolean =>
    world.ones.every(
      ({ action, hand, tx }) =>
        hand === '' && !isTentative(tx) && streams.effects.of(action, world.at).kind === 'none',
    );
  return {
    name: setting.name,
    initial: begun(context),
    keyOf,
    steps: (world): readonly Step<World>[] => [
      ...runnerSteps(context, world),
      ...executorSteps(context, world),
      ...peopleSteps(context, world),
      ...timeSteps(context, world),
    ],
    isEnd,
    endsOf: ({ ones }) => ones.map(({ action }) => streams.action.at(action).ghost.end ?? 'none'),
    fault: (world) => deviceFault(context, world) ?? (isEnd(world) ? restFault(context, world) : null),
  };
};
