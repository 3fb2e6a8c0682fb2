import type { AcceptedAction, ActionCommand, Effect, Look } from '@interlock/rails';
import { accept, confirm, statusOf, takeTurn, undo, type Tx } from './executor.js';
import type { Step } from './explore.js';
import { actionIds, type Context } from './setting.js';
import { scenery } from './subject.js';
import { headsOf, service, spend, timeOf, contextOf, withOne, type World } from './world.js';

const hourMs = 3_600_000;
/** The result of an effect: the next world, and the command that records it, with its own name. */
type Performed = { readonly world: World; readonly key: string; readonly command: ActionCommand | null };

const idOf = (index: number): string => actionIds[index] ?? '';
const stepOf = (label: string, next: World): Step<World> => ({ label, next });

/** Checks that the current scene permits a start, whatever the gates said. */
const startFault = (
  { streams, setting }: Context,
  world: World,
  index: number,
  scene: number,
): string | null => {
  const { ghost } = streams.action.at(world.ones[index]?.action ?? 0);
  const { starts = 'never' } = setting.scenes[scene] ?? {};
  const { actions } = streams.budget.at(world.budget).ghost;
  const alone = ghost.consent === 'allow' || ghost.consent === 'elapsed';
  if (starts === 'never') return 'rule 6: what the services forbid at the last look does not start';
  if (starts === 'window' && ghost.consent === 'allow')
    return 'rule 6: what waits for a window at the last look does not start without it';
  if ((starts === 'one' || starts === 'two') && ghost.consent !== 'approved')
    return 'rule 6: what needs a person at the last look does not start without';
  if (starts === 'two' && (ghost.asked?.by.length ?? 0) < 2)
    return 'rule 6: what needs two people at the last look does not start with one';
  return alone && actions[idOf(index)] !== 'consumed'
    ? 'rule 3: what goes on by itself has consumed its budget'
    : null;
};

/** Sends a command to an action, and returns the result. */
export const tellAction = (
  context: Context,
  world: World,
  index: number,
  {
    key,
    command,
    label,
    actor = service,
    scene = world.scene,
  }: {
    readonly key: string;
    readonly command: ActionCommand;
    readonly label: string;
    readonly actor?: Parameters<typeof contextOf>[1];
    readonly scene?: number;
  },
): Step<World> => {
  const one = world.ones[index];
  const { action } = context.streams;
  const answer = action.tell(one?.action ?? 0, key, command, { at: command.now, actor: actor ?? service });
  if (answer.fault !== null) return { label, fault: answer.fault };
  const next = withOne(world, index, { action: answer.id });
  if (answer.events.some(({ type }) => type === 'ExecutionStarted')) {
    const fault = startFault(context, next, index, scene);
    if (fault !== null) return { label, fault };
  }
  return stepOf(label, next);
};

/** The services' current answers; the kill switches are read from their stream. */
const looksNow = (context: Context, world: World): readonly Look[] =>
  scenery
    .looks(context.setting.scenes[world.scene]?.scene ?? {})
    .map((look): Look =>
      look.gate === 'kill_switch'
        ? { gate: 'kill_switch', saw: { switches: headsOf(context.subject, context.streams, world) } }
        : look,
    );

const planNow = ({ setting }: Context, world: World) => {
  const { irreversible, diff = 'dh' } = setting.scenes[world.scene] ?? {};
  return scenery.plan({ reversible: irreversible !== true, diff_hash: diff });
};

const ledger = (
  { streams, subject }: Context,
  world: World,
  index: number,
  command:
    | { readonly kind: 'Consume'; readonly limit: number; readonly type: string }
    | { readonly kind: 'GiveBack' },
) => {
  const action_id = idOf(index);
  const answer = streams.budget.tell(
    world.budget,
    `${JSON.stringify(command)} ${index} ${world.at}`,
    command.kind === 'GiveBack'
      ? { kind: 'GiveBack', action_id }
      : { kind: 'Consume', action_id, action_type: command.type, limit: command.limit, type_limit: null },
    contextOf(world),
  );
  if (answer.fault !== null) return { fault: answer.fault };
  const { state } = streams.budget.at(answer.id);
  return { world: { ...world, budget: answer.id }, answer: subject.answerOf(state, action_id, '2026-11-20') };
};

/** Reserves, and releases the reservations of ended actions, like reservations.ts. */
const reserve = (
  { streams, subject, setting }: Context,
  world: World,
  index: number,
  state: AcceptedAction,
): Performed | { readonly fault: string } | null => {
  const { reservation, accepted } = state;
  if (reservation === null) return null;
  const now = timeOf(world.at);
  const id = idOf(index);
  const units = accepted.intent.affected_entity_count;
  const answer = streams.lease.tell(
    world.lease,
    `reserve ${id} ${reservation.wait_expires_at} ${reservation.keys.join()} ${units} of ${setting.hour ?? 'any'} ${world.at}`,
    {
      kind: 'reserve',
      action_id: id,
      keys: reservation.keys,
      lease_expires_at: timeOf(world.at + 6 * hourMs),
      wait_expires_at: reservation.wait_expires_at,
      ...(setting.hour === undefined
        ? {}
        : { blast: { units, limit: setting.hour, until: timeOf(world.at + hourMs) } }),
      now,
    },
    contextOf(world),
  );
  if (answer.fault !== null) return { fault: answer.fault };
  const next = { ...world, lease: answer.id };
  const lease = subject.leaseOf(streams.lease.at(answer.id).state, id, now);
  if (lease === undefined && reservation.status === 'waiting') return { world: next, key: '', command: null };
  const granted = lease === undefined ? null : { fencing: lease.fencing, expires_at: lease.expires_at };
  return {
    world: next,
    key: `reservation ${granted?.fencing ?? 'no'} ${granted?.expires_at ?? ''} ${world.at}`,
    command: { kind: 'record_reservation', granted, held_by: [], now },
  };
};

const release = (
  { streams }: Context,
  world: World,
  index: number,
  state: AcceptedAction,
): Performed | { readonly fault: string } => {
  const now = timeOf(world.at);
  const fencing = state.ended_at === null ? state.reservation?.fencing : null;
  const unused = state.ended_at !== null && state.execution === null;
  const answer = streams.lease.tell(
    world.lease,
    `release ${index} ${fencing ?? ''} ${unused}`,
    {
      kind: 'release',
      action_id: idOf(index),
      ...(typeof fencing === 'string' ? { fencing } : {}),
      ...(unused ? { unused } : {}),
      now,
    },
    contextOf(world),
  );
  if (answer.fault !== null) return { fault: answer.fault };
  return {
    world: { ...world, lease: answer.id },
    key: `released ${world.at}`,
    command: { kind: 'record_release', now },
  };
};

const recorded = (
  world: World,
  index: number,
  tx: Tx,
  kind: 'record_turn' | 'record_transaction',
): Performed => ({
  world: withOne(world, index, { tx }),
  key: `${kind} ${tx.state} ${tx.turn} ${tx.good} ${world.at}`,
  command: { kind, status: statusOf(tx, idOf(index)), now: timeOf(world.at) },
});

/** Performs the state's next effect. Null if there is none now. */
const perform = (
  context: Context,
  world: World,
  index: number,
  state: AcceptedAction,
  effect: Effect,
): Performed | { readonly fault: string } | null => {
  const now = timeOf(world.at);
  const tx = world.ones[index]?.tx;
  if (tx === undefined) return null;
  const scene = context.setting.scenes[world.scene]?.name ?? '';
  const looked = `${scene} ${world.stop} ${world.at}`;
  const simply = (command: ActionCommand): Performed => ({
    world,
    key: `${command.kind} ${world.at}`,
    command,
  });
  switch (effect.kind) {
    case 'wait':
    case 'none':
      return null;
    case 'walk':
      return {
        world,
        key: `looks ${looked}`,
        command: {
          kind: 'record_looks',
          gates: looksNow(context, world),
          consume: { day: '2026-11-20', time_zone: 'UTC' },
          now,
        },
      };
    case 'consume': {
      const { limit, type } = { limit: context.setting.budget, type: state.accepted.intent.action_type };
      const consumed = ledger(context, world, index, { kind: 'Consume', limit, type });
      if ('fault' in consumed) return { fault: consumed.fault ?? '' };
      if (consumed.answer === undefined) return { fault: 'rule 3: the ledger answers what it is asked' };
      return {
        world: consumed.world,
        key: `consumed ${JSON.stringify(consumed.answer)} ${world.at}`,
        command: {
          kind: 'record_consume',
          gates: [{ gate: 'budget', saw: { answer: consumed.answer } }],
          now,
        },
      };
    }
    case 'give_back': {
      const given = ledger(context, world, index, { kind: 'GiveBack' });
      if ('fault' in given) return { fault: given.fault ?? '' };
      return {
        world: given.world,
        key: `given back ${world.at}`,
        command: { kind: 'record_give_back', given_back: true, now },
      };
    }
    case 'plan':
      return {
        world,
        key: `plan ${scene} ${context.setting.tell} ${world.at}`,
        command: {
          kind: 'record_plan',
          plan: planNow(context, world),
          now,
          ...(context.setting.tell ? { notify_within_s: 60 } : {}),
        },
      };
    case 'await_notification':
      return simply({ kind: 'record_notified', channel_id: 'ops', now });
    case 'request_approval':
      return simply({ kind: 'ask_unnotified', now });
    case 'reevaluate':
      return {
        world,
        key: `reevaluation ${looked}`,
        command: { kind: 'record_reevaluation', gates: looksNow(context, world), now },
      };
    case 'reserve':
      return reserve(context, world, index, state);
    case 'release':
      return release(context, world, index, state);
    case 'request_turn':
      return simply({ kind: 'request_turn', now });
    case 'take_turn':
      return recorded(world, index, takeTurn(tx, state.turn?.number ?? 0), 'record_turn');
    case 'last_look':
      return {
        world,
        key: `last look ${looked}`,
        command: {
          kind: 'record_last_look',
          gates: looksNow(context, world),
          plan: planNow(context, world),
          soak_s: 5,
          confirm_timeout_s: 95,
          now,
        },
      };
    case 'apply': {
      const { request_id = '', epoch = '', turn = 0, tx_id = null } = state.execution ?? {};
      const accepted = tx_id === null ? accept(tx, request_id, epoch, turn ?? 0) : tx;
      return recorded(world, index, accepted, 'record_transaction');
    }
    case 'confirm':
      return recorded(world, index, confirm(tx), 'record_transaction');
    case 'look_back':
    case 'end_temporary':
    case 'take_back':
      return { fault: 'nobody asks for a completed action to be taken back in this search' };
    case 'undo':
      return recorded(world, index, undo(tx), 'record_transaction');
    case 'expire':
    case 'escalate':
      return simply({ kind: 'tick', now });
  }
};

/**
 * The options of a runner with a pending command: append it, append it without learning so, or die.
 */
const handSteps = (context: Context, world: World, index: number, key: string): readonly Step<World>[] => {
  const hand = context.hands.get(key);
  if (hand === undefined) return [];
  const label = `a${index + 1} is told ${key}`;
  const step = tellAction(context, world, index, { key, label, ...hand });
  if ('fault' in step) return [step];
  return [
    { label, next: withOne(step.next, index, { hand: '' }) },
    ...(world.left.repeat > 0 ? [{ label: `${label}, unheard`, next: spend(step.next, 'repeat') }] : []),
    ...(world.left.crash > 0
      ? [stepOf(`the runner of a${index + 1} dies`, spend(withOne(world, index, { hand: '' }), 'crash'))]
      : []),
  ];
};

/** The steps of the orchestrator's runners: the next effect of each action. */
export const runnerSteps = (context: Context, world: World): readonly Step<World>[] =>
  world.ones.flatMap(({ action, hand }, index): readonly Step<World>[] => {
    if (hand !== '') return handSteps(context, world, index, hand);
    const { state } = context.streams.action.at(action);
    if (state.status === 'NONE') return [];
    const effect = context.streams.effects.of(action, world.at);
    const done = perform(context, world, index, state, effect);
    if (done === null) return [];
    const label = `a${index + 1}: ${effect.kind}`;
    if ('fault' in done) return [{ label, fault: done.fault }];
    const { key, command } = done;
    const more = awayStep(context, world, index, effect);
    if (command === null)
      return done.world.lease === world.lease ? more : [stepOf(label, done.world), ...more];
    if (context.setting.isSplit) {
      context.hands.set(key, { command, scene: world.scene });
      return [stepOf(label, withOne(done.world, index, { hand: key })), ...more];
    }
    return [tellAction(context, done.world, index, { key, command, label }), ...more];
  });

/** The service for an effect is down. */
const awayStep = (
  context: Context,
  world: World,
  index: number,
  { kind }: Effect,
): readonly Step<World>[] => {
  if (world.left.away === 0 || !['walk', 'consume', 'plan', 'reserve', 'last_look'].includes(kind)) return [];
  const step = tellAction(context, world, index, {
    key: `away ${kind} ${world.at}`,
    label: `a${index + 1}: ${kind}, and its service is away`,
    command: { kind: 'await_service', service: kind, gate: kind, detail: 'away', now: timeOf(world.at) },
  });
  return 'fault' in step ? [step] : [{ ...step, next: spend(step.next, 'away') }];
};
