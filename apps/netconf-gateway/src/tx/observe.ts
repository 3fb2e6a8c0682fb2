import { defaults, type KpiSample } from '@interlock/contracts';
import { observe, observeLeaves, thinned, type DeviceTxState } from '@interlock/network';
import { ChangeSession } from '../sessions/change-session.js';
import {
  readBackHash,
  readRunningLeaves,
  readUnshown,
  sampleKpis,
  standing,
} from '../devices/device-reading.js';
import { handlerOf } from '../handlers.js';
import { sampleDevices } from '../several/views.js';
import { later, msUntil, type Tx, type TxTools } from './context.js';

/**
 * The most moments that one event records, because an event must fit into one append, however long
 * the soak is.
 */
const momentsKept = 60;

/**
 * Returns the latest time to send a confirm, and so to wait for the decision: the timer's end less
 * two RPC timeouts.
 */
export const confirmBy = (tools: TxTools, state: DeviceTxState): string =>
  later(state.timer_ends_at!, -2 * tools.config.NETCONF_RPC_MS);

const recordTentative = async (tx: Tx, state: DeviceTxState, readBack: string, at: string): Promise<void> => {
  // INVARIANT: the device's timer began after the request was journalled, so this end is not later
  // than the device's.
  await tx.record({
    kind: 'RecordTentative',
    applied_at: at,
    timer_ends_at: later(state.commit_requested_at!, state.apply!.confirm_timeout_s * 1000),
    read_back_hash: readBack,
  });
};

/**
 * Resolves a commit that was requested and whose outcome is unknown. A free lock on running proves
 * that no session is still about to commit, so the values read then are final. It never sends the
 * commit again.
 */
export const resolveCommit = async (
  tools: TxTools,
  tx: Tx,
  state: DeviceTxState,
  fault: string | null,
): Promise<void> => {
  const { changes } = state.prepared!;
  const timerEnds = later(
    state.commit_requested_at!,
    state.apply!.confirm_timeout_s * 1000 + defaults.kill_switch_lease_ms + tools.config.NETCONF_RPC_MS,
  );
  const session = new ChangeSession(
    await tools.sessions.open(tx.device),
    tx.profile,
    tx.binding,
    tx.wait,
    tx.onExchange,
  );
  try {
    for (;;) {
      if ((await tx.now()).state.phase !== 'commit_requested') return;
      const alone = await session.tryLock('running');
      const leaves = await readRunningLeaves(session.client, tx.binding);
      await session.unlock();
      const found = standing(leaves, changes);
      if (found === 'after') {
        await recordTentative(tx, state, readBackHash(leaves, changes), tools.now());
        const reasons = await tx.switchedOff();
        if (reasons.length > 0) await tx.record({ kind: 'TakeBack', reasons });
        return;
      }
      if (found === 'neither') {
        await recordTentative(tx, state, readBackHash(leaves, changes), tools.now());
        await tx.record({
          kind: 'TakeBack',
          reasons: [{ code: 'read-back-mismatch', detail: 'running is neither as before nor as intended' }],
        });
        return;
      }
      // INVARIANT: the process that was to send the commit may only be suspended. Its lease was
      // read before this event, and lasts no longer than the cancel waits.
      if (!alone && msUntil(tools, timerEnds) < 0) {
        await tx.record({
          kind: 'TakeBack',
          reasons: [
            {
              code: 'commit-not-applied',
              detail: 'the commit was not answered, and another session still holds the lock',
            },
          ],
        });
        return;
      }
      if (alone) {
        await tx.record({
          kind: 'RecordFailed',
          reasons: [
            {
              code: 'commit-not-applied',
              detail:
                fault === null
                  ? 'the commit was not answered and running is as before'
                  : `${fault}; running is as before`,
            },
          ],
        });
        return;
      }
      await tx.waitOrWake(500);
    }
  } finally {
    await session.close();
  }
};

/**
 * Step 7: reads KPIs during the soak. It first checks that the device has not lost the change (by a
 * restart or its timer).
 */
export const observeSoak = async (tools: TxTools, tx: Tx, state: DeviceTxState): Promise<void> => {
  const { samples_before: before, neighbours, changes } = state.prepared!;
  const { entity_id: id, action_type: type } = state.apply!;
  const cells = [id, ...neighbours];
  const handler = handlerOf(tools.handler, type);
  const part = state.turn?.part;
  const soakEnds = later(state.applied_at!, state.apply!.soak_s * 1000);
  const samples: KpiSample[] = [];
  // If nobody could read during the soak, the KPIs are read in the first half of the time left to
  // decide.
  const latest = later(soakEnds, Math.max(0, Date.parse(confirmBy(tools, state)) - Date.parse(soakEnds)) / 2);
  let answered = false;
  let readings = 0;
  const stillTentative = async (): Promise<boolean> => (await tx.followed()).state.phase === 'tentative';
  while (msUntil(tools, soakEnds) > 0 || (!answered && msUntil(tools, latest) > 0)) {
    await tx.waitOrWake(Math.max(50, Math.min(tools.config.NETCONF_OBSERVE_MS, msUntil(tools, soakEnds))));
    if (!(await stillTentative())) return;
    try {
      if (handler.limits === null) {
        await tools.sessions.read(tx.device, (client) => readRunningLeaves(client, tx.binding));
        readings += 1;
      } else {
        const at = tools.now();
        const own =
          part === undefined
            ? await tools.sessions.read(tx.device, (client) => sampleKpis(client, tx.binding, cells, at))
            : await sampleDevices(tools, tx.tenant_id, part.devices, handler, id, cells, at);
        samples.push(...(await tools.kpis.complete(tx.tenant_id, own, cells, at, state.applied_at)));
      }
      answered = true;
    } catch (error) {
      tools.logger.warn(
        { err: error, action_id: tx.action_id },
        'the device could not be read during the soak',
      );
    }
  }
  await tools.probe('soaked', tx.id);
  const { leaves, unshown } = await tools.sessions.read(tx.device, async (client) => ({
    leaves: await readRunningLeaves(client, tx.binding),
    unshown: await readUnshown(client, tx.binding, changes),
  }));
  const observation =
    handler.limits === null
      ? observeLeaves(readings + 1)
      : observe(
          before.filter((sample) => cells.includes(sample.entity_id)),
          samples,
          neighbours,
          handler.limits,
        );
  switch (standing(leaves, changes)) {
    case 'before':
      await tx.record({
        kind: 'RecordRolledBack',
        how: 'device-restart',
        reasons: [
          {
            code: 'change-lost',
            detail: 'the device has its old configuration again, by a restart or its timer',
          },
        ],
      });
      return;
    case 'neither':
      await tx.record({
        kind: 'TakeBack',
        reasons: [
          { code: 'changed-by-others', detail: 'edited leaves were changed by others during the soak' },
        ],
      });
      return;
    case 'after':
      if (unshown.length > 0) await tx.record({ kind: 'TakeBack', reasons: unshown });
      else
        await tx.record({ kind: 'RecordObservation', observation, samples: thinned(samples, momentsKept) });
  }
};
