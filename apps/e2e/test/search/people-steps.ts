import type { ActionCommand, KillSwitchCommand } from '@interlock/rails';
import type { Step } from './explore.js';
import { tellAction } from './runner-steps.js';
import type { Context } from './setting.js';
import { people, service, spend, timeOf, contextOf, type Person, type World } from './world.js';

const keys: { readonly [name in Person]: { readonly by: string; readonly refused_as?: readonly string[] } } =
  {
    p1: { by: 'person:p1' },
    p2: { by: 'person:p2' },
    p9: { by: 'person:p9', refused_as: ['person:p1'] },
    claimed: { by: 'person:claimed' },
    asker: { by: 'person:asker' },
  };
const target = { scope: 'tenant', tenant_id: 'demo', action_type: null } as const;

/** The possible decisions of a person about an action, each once. */
const words = (
  { setting, streams }: Context,
  world: World,
  index: number,
  person: Person,
): readonly (readonly [string, ActionCommand])[] => {
  const now = timeOf(world.at);
  const { ghost, state } = streams.action.at(world.ones[index]?.action ?? 0);
  const by = { ...keys[person], now };
  const isIn = (...wanted: readonly string[]): boolean => wanted.includes(state.status);
  const isFlying = isIn('EXECUTING', 'VALIDATING', 'ROLLING_BACK');
  return setting.says.flatMap((word): readonly (readonly [string, ActionCommand])[] => {
    switch (word) {
      case 'approve':
      case 'confirm': {
        const digest = (word === 'approve' ? ghost.asked : ghost.window)?.digest;
        if (digest === undefined) return [];
        const wrong = person === 'p1' ? ['another', null] : [];
        return [digest, ...wrong].map((one) => [
          `${word} ${one === digest ? '' : `${one} digest`}`,
          { kind: word, ...by, digest: one },
        ]);
      }
      case 'extend':
        return world.left.extend > 0 && ghost.window !== null
          ? [['extend', { kind: word, ...by, seconds: 30 }]]
          : [];
      case 'reject':
        return person === 'p1' && isIn('AWAITING_APPROVAL', 'AWAITING_CONFIRMATION')
          ? [['reject', { kind: word, ...by }]]
          : [];
      case 'cancel':
        return person === 'p1' ? [['cancel', { kind: word, ...by }]] : [];
      case 'rollback':
        return person === 'p1' && isFlying ? [['rollback', { kind: word, ...by }]] : [];
    }
  });
};

const saySteps = (context: Context, world: World, index: number, person: Person): readonly Step<World>[] =>
  words(context, world, index, person).flatMap(([word, command]): readonly Step<World>[] => {
    const digest = 'digest' in command ? (command.digest ?? 'none').slice(0, 12) : '';
    const step = tellAction(context, world, index, {
      key: `${person} ${word} ${digest} ${world.at}`,
      command,
      label: `${person} to a${index + 1}: ${word}`,
      actor: people[person],
    });
    if ('fault' in step) return [step];
    if (step.next.ones[index]?.action === world.ones[index]?.action) return [];
    return [command.kind === 'extend' ? { ...step, next: spend(step.next, 'extend') } : step];
  });

/** Sends a command to the kill switch. */
const tellSwitch = (
  { streams }: Context,
  world: World,
  person: Person | null,
  command: KillSwitchCommand,
  label: string,
): Step<World> => {
  const actor = person === null ? service : people[person];
  const answer = streams.stop.tell(world.stop, `${label} ${world.at}`, command, contextOf(world, actor));
  return answer.fault === null
    ? { label, next: { ...world, stop: answer.id } }
    : { label, fault: answer.fault };
};

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

/**
 * The stopping service tells each action, then acknowledges the stop once no executor has an
 * earlier permission.
 */
const stoppingSteps = (context: Context, world: World): readonly Step<World>[] => {
  const { telling } = world;
  if (telling === null) return [];
  const left = telling.notified.flatMap((isNotified, index) => (isNotified ? [] : [index]));
  if (left.length === 0) {
    if (world.ones.some(({ tx }) => tx.permit)) return [];
    const step = tellSwitch(
      context,
      world,
      null,
      { kind: 'acknowledge', receipt },
      'the stop is acknowledged',
    );
    if ('fault' in step) return [step];
    const { acknowledged, engaged } = context.streams.stop.at(step.next.stop).ghost;
    if (engaged && !acknowledged) return [{ label: step.label, fault: 'rule 2: a stop is acknowledged' }];
    return [{ ...step, next: { ...step.next, telling: null } }];
  }
  return left.map((index): Step<World> => {
    const label = `a${index + 1} is told of the stop`;
    const step = tellAction(context, world, index, {
      key: `stop ${telling.rollback} ${world.at}`,
      label,
      command: {
        kind: 'stop_by_kill_switch',
        reasons: [{ code: 'kill-switch-engaged', detail: 'stopped' }],
        rollback_in_flight: telling.rollback,
        now: timeOf(world.at),
      },
    });
    if ('fault' in step) return step;
    const { ghost, state } = context.streams.action.at(step.next.ones[index]?.action ?? 0);
    if (ghost.end === null && ghost.execution !== 'started' && ghost.execution !== 'applied')
      return { label, fault: 'rule 2: what has not started is cancelled by a stop' };
    if (telling.rollback && ghost.end === null && ghost.last === 'none')
      return {
        label,
        fault: `rule 2: what is in flight is rolled back where that is asked: ${state.status}`,
      };
    const notified = telling.notified.map((one, i) => one || i === index);
    return { label, next: { ...step.next, telling: { ...telling, notified } } };
  });
};

const switchSteps = (context: Context, world: World): readonly Step<World>[] => {
  const steps: Step<World>[] = [];
  const { ghost } = context.streams.stop.at(world.stop);
  if (world.left.engage > 0 && world.telling === null && !ghost.engaged)
    for (const rollback of [true, false]) {
      const label = rollback ? 'p1 stops and rolls back' : 'p1 stops';
      const step = tellSwitch(
        context,
        world,
        'p1',
        { kind: 'engage', ...target, reason: 'r', rollback_in_flight: rollback },
        label,
      );
      if ('fault' in step) return [step];
      if (!context.streams.stop.at(step.next.stop).ghost.engaged)
        return [{ label, fault: 'rule 2: a stop engages the switch' }];
      const telling = { rollback, notified: world.ones.map(() => false) };
      steps.push({ label, next: spend({ ...step.next, telling }, 'engage') });
    }
  if (world.left.release > 0 && ghost.engaged && world.telling === null)
    for (const person of ['p1', 'p2', 'p9'] as const) {
      const step = tellSwitch(
        context,
        world,
        person,
        { kind: 'release', ...target, reason: 'r', people: 2, ...keys[person], now: timeOf(world.at) },
        `${person} releases`,
      );
      if ('fault' in step) return [step];
      if (step.next.stop !== world.stop) steps.push({ ...step, next: spend(step.next, 'release') });
    }
  return [...steps, ...stoppingSteps(context, world)];
};

/** The steps of people: their decisions about each action and the kill switch. */
export const peopleSteps = (context: Context, world: World): readonly Step<World>[] => [
  ...world.ones.flatMap((_, index) =>
    context.setting.people.flatMap((person) => saySteps(context, world, index, person)),
  ),
  ...switchSteps(context, world),
];
