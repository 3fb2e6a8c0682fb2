import type { ActionState } from '@interlock/rails';
import { isTentative, tooOld } from './executor.js';
import type { Step } from './explore.js';
import type { Context } from './setting.js';
import { atOf, spend, timeOf, type World } from './world.js';

/** The due time and a millisecond later, which together reveal a comparison that is off by one. */
const around = (at: number): readonly number[] => [at, at + 1];

const duesOf = (state: ActionState): readonly number[] => {
  if (state.status === 'NONE' || state.ended_at !== null) return [];
  const { accepted, window, approval, waiting_for, reservation, turn } = state;
  const texts = [
    accepted.first_gate_by,
    accepted.intent.not_after,
    window?.due_at,
    approval?.expires_at,
    waiting_for?.expires_at,
    reservation?.status === 'granted' ? undefined : reservation?.wait_expires_at,
    turn?.expires_at,
  ];
  return [
    ...texts.flatMap((text) => (text === undefined ? [] : around(atOf(text)))),
    ...(approval === null ? [] : [atOf(approval.requested_at) + 900_000]),
    // The last moment at which a lease outlasts the work started under it.
    ...(reservation?.status === 'granted'
      ? [atOf(reservation.expires_at) - 95_001, atOf(reservation.expires_at) - 95_000]
      : []),
  ];
};

/** True if only time or a person can act. */
const isIdle = ({ streams }: Context, world: World): boolean =>
  world.telling === null &&
  world.ones.every(({ action, hand, tx }) => {
    const { state } = streams.action.at(action);
    const { kind } = streams.effects.of(action, world.at);
    const isWaiting =
      ['wait', 'none', 'await_notification'].includes(kind) ||
      (kind === 'reserve' && state.reservation?.status === 'waiting');
    return hand === '' && isWaiting && tx.state !== 'PREPARING' && !isTentative(tx);
  });

/** The steps of the clock, to the next due time, and those of the outside world. */
export const timeSteps = (context: Context, world: World): readonly Step<World>[] => {
  const { streams, setting } = context;
  const steps: Step<World>[] = [];
  const idle = isIdle(context, world);
  if (idle || world.left.slow > 0) {
    const asked = streams.stop.at(world.stop).ghost.asked;
    const dues = [
      ...world.ones.flatMap(({ action }) => duesOf(streams.action.at(action).state)),
      ...(asked === null ? [] : [atOf(asked.expires)]),
    ].filter((at) => at > world.at);
    if (dues.length > 0) {
      const at = Math.min(...dues);
      const ones = world.ones.map((one) => (at - world.at >= 5000 ? { ...one, tx: tooOld(one.tx) } : one));
      const next = { ...world, at, ones };
      steps.push({ label: `it is ${timeOf(at).slice(11, 23)}`, next: idle ? next : spend(next, 'slow') });
    }
  }
  if (world.left.scene > 0)
    for (const [scene, { name }] of setting.scenes.entries())
      if (scene !== world.scene)
        steps.push({ label: `the services say: ${name}`, next: spend({ ...world, scene }, 'scene') });
  return steps;
};
