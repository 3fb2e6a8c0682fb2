import { isTentative, type Tx } from './executor.js';
import type { Step } from './explore.js';
import { actionIds, type Context } from './setting.js';
import { headsOf, timeOf, withOne, type World } from './world.js';

/**
 * The executor's check before its first change: whether anything forbids the start
 * (start-permit.ts).
 */
const permitted = ({ streams, subject }: Context, world: World, index: number, tx: Tx): Tx => {
  const { ghost } = streams.action.at(world.ones[index]?.action ?? 0);
  if (ghost.startsWith !== tx.request) return { ...tx, state: 'STALE' };
  const heads = headsOf(subject, streams, world);
  if (heads.some(({ engaged }) => engaged) || subject.killSwitchEpoch(heads) !== tx.epoch)
    return { ...tx, state: 'REFUSED' };
  const fencing = ghost.granted?.fencing ?? '';
  const events = streams.lease
    .at(world.lease)
    .ghost.events.map((event, revision) => ({ ...event, revision: BigInt(revision) }))
    .slice(Number(fencing));
  const lost = subject.lostLease(events, {
    action_id: actionIds[index] ?? '',
    fencing,
    now: timeOf(world.at),
  });
  return lost === null ? { ...tx, permit: true } : { ...tx, state: 'REFUSED' };
};

/** The steps of the executors and their devices. */
export const executorSteps = (context: Context, world: World): readonly Step<World>[] =>
  world.ones.flatMap(({ tx }, index): readonly Step<World>[] => {
    const { device } = context.setting;
    const steps: Step<World>[] = [];
    const may = (what: string, next: Tx): void => {
      steps.push({ label: `device of a${index + 1}: ${what}`, next: withOne(world, index, { tx: next }) });
    };
    if (tx.state === 'READY' && device.includes('stale')) may('its turn is lost', { ...tx, state: 'STALE' });
    if (tx.state === 'READY' && device.includes('refuses')) may('it refuses', { ...tx, state: 'REFUSED' });
    if (tx.state === 'PREPARING' && !tx.permit)
      may('it asks whether it may start', permitted(context, world, index, tx));
    if (tx.permit) {
      if (context.streams.stop.at(world.stop).ghost.acknowledged)
        return [{ label: 'a change is sent', fault: 'rule 2: after an acknowledged stop nothing starts' }];
      may('the change is sent', { ...tx, state: 'TENTATIVE', permit: false, sent: tx.sent + 1 });
      may('its permission runs out', { ...tx, permit: false });
      if (device.includes('fails'))
        may('the change fails', { ...tx, state: 'FAILED', permit: false, sent: tx.sent + 1 });
    }
    if (tx.state === 'TENTATIVE') {
      may('it is observed', { ...tx, state: 'OBSERVED', good: true });
      if (device.includes('worse')) may('it became worse', { ...tx, state: 'OBSERVED', good: false });
    }
    if (isTentative(tx) && device.includes('timer'))
      may('its timer takes the change back', { ...tx, state: 'ROLLED_BACK' });
    if (isTentative(tx) && device.includes('stuck')) may('it is stuck', { ...tx, state: 'ROLLBACK_FAILED' });
    return steps;
  });
