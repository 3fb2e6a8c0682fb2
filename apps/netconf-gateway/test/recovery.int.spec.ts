import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { crashPoints, crashPointsOf, startLog, until, type TestLog } from '@interlock/testing';
import { useWorld } from './use-world.js';
import { shortAnswers } from './world.js';
import type { Gateway } from '../src/gateway.js';
import { txProbes, type TxProbe } from '../src/tx/context.js';

let log: TestLog;
beforeAll(async () => {
  log = await startLog();
});
afterAll(async () => {
  await log.stop();
});
const { world, site } = useWorld('r', 30, { log: () => log.store, config: shortAnswers });

const killedAt = new Set<TxProbe>();

/** A gateway that is killed, and hangs for ever, when its transaction comes to that point. */
const mortal = async (
  point: TxProbe,
): Promise<{ readonly gateway: Gateway; readonly died: Promise<void> }> => {
  let killed = (): void => undefined;
  const died = new Promise<void>((resolve) => {
    killed = resolve;
  });
  const holder: { gateway?: Gateway } = {};
  killedAt.add(point);
  const gateway = await world.gateway({
    probe: async (at) => {
      if (at !== point) return;
      await world.kill(holder.gateway!);
      killed();
      await new Promise<never>(() => undefined);
    },
  });
  holder.gateway = gateway;
  return { gateway, died };
};

const begin = async (point: TxProbe) => {
  const { cell, device } = site();
  const { gateway, died } = await mortal(point);
  await world.register(gateway, {}, { only: [device] });
  const before = (await world.simulator.running(device)).config;
  const action = await world.started(gateway, cell, { confirm_timeout_s: 6 });
  await world.apply(gateway, action);
  return { action, died, gateway, before, cell, device };
};

describe('a gateway that is killed', () => {
  it.each(['prepared', 'edited'] as const)(
    'before the commit was asked for (%s) is succeeded by one that never starts under the old last look, and does under another turn',
    async (point) => {
      const { action, died, cell, device, before } = await begin(point);
      await died;
      const successor = await world.gateway();
      expect(await world.reaches(successor, action, 'STALE')).toMatchObject({
        turn: 1,
        reasons: [{ code: 'executor-gone' }],
      });
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
      expect(await world.journal(action)).toEqual([
        'TurnAccepted',
        'ChangePrepared',
        'TurnTaken',
        'ApplyAccepted',
        'TurnLapsed',
      ]);
      const again = await world.again(action, 2);
      await world.start(successor, again, 2);
      await successor.apply(again);
      await world.reaches(successor, again, 'OBSERVED');
      await successor.confirm(await world.decide(action, 'ConfirmRequested'));
      await world.reaches(successor, again, 'CONFIRMED');
      expect(await world.locked(cell)).toBe(true);
      expect(
        (await world.journal(action)).filter((type) => type === 'TentativeCommitRequested'),
      ).toHaveLength(1);
    },
  );

  it('while it holds the turn gives it up, and another gateway has the next turn', async () => {
    const { cell, device } = site();
    const { gateway, died } = await mortal('turn-taken');
    await world.register(gateway, {}, { only: [device] });
    const action = await world.started(gateway, cell);
    await gateway.takeTurn(world.turnOf(action));
    await died;
    const successor = await world.gateway();
    await world.execute(action);
    // The execution was started at the moment at which the executor died, so it is accepted and
    // never begun.
    await successor.apply(action);
    expect(await world.reaches(successor, action, 'STALE')).toMatchObject({
      reasons: [{ code: 'executor-gone' }],
    });
    const again = await world.again(action, 2);
    await world.start(successor, again, 2);
    await successor.apply(again);
    await world.reaches(successor, again, 'OBSERVED');
    await successor.confirm(await world.decide(action, 'ConfirmRequested'));
    await world.reaches(successor, again, 'CONFIRMED');
  });

  it('after the commit was asked for and before it was sent leaves nothing, and that is recorded, never sent again', async () => {
    const { action, died, device, before } = await begin('commit-requested');
    await died;
    const successor = await world.gateway();
    expect((await world.reaches(successor, action, 'FAILED')).reasons.map((reason) => reason.code)).toEqual([
      'commit-not-applied',
    ]);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it('after the commit was sent is succeeded by one that reads what became of it', async () => {
    const { action, died, device, before } = await begin('commit-sent');
    await died;
    const successor = await world.gateway();
    const { state } = await world.reaches(successor, action, 'OBSERVED', 'FAILED');
    if (state === 'FAILED')
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    else {
      await world.undone(successor, action);
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    }
  });

  it.each(['committed', 'soaked'] as const)(
    'with the change on the device (%s) is succeeded by one that can confirm it',
    async (point) => {
      const { action, died, device, cell } = await begin(point);
      await died;
      const successor = await world.gateway();
      await world.reaches(successor, action, 'OBSERVED');
      await world.confirmed(successor, action);
      expect(await world.locked(cell)).toBe(true);
      expect((await world.simulator.running(device)).tentative).toBe(false);
    },
  );

  it.each(['confirm-sent', 'confirmed'] as const)(
    'around the confirm (%s) is succeeded by one that ends it as the action said',
    async (point) => {
      const { action, died, gateway, device, cell } = await begin(point);
      await world.reaches(gateway, action, 'OBSERVED');
      await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
      await died;
      const successor = await world.gateway();
      await world.reaches(successor, action, 'CONFIRMED');
      expect(await world.locked(cell)).toBe(true);
      expect((await world.simulator.running(device)).tentative).toBe(false);
    },
  );

  it.each(['cancelled'] as const)(
    'around the cancel (%s) is succeeded by one that takes the change back',
    async (point) => {
      const { action, died, gateway, device, before } = await begin(point);
      await world.reaches(gateway, action, 'OBSERVED');
      await gateway.undo(await world.decide(action, 'UndoRequested'));
      await died;
      const successor = await world.gateway();
      await world.reaches(successor, action, 'ROLLED_BACK');
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    },
  );

  it('around the inverse edit is succeeded by one that finds it done', async () => {
    const { action, died, gateway, device, before } = await begin('edited-back');
    await world.reaches(gateway, action, 'OBSERVED');
    await world.confirmed(gateway, action);
    await gateway.undo(await world.decide(action, 'UndoRequested'));
    await died;
    const successor = await world.gateway();
    await world.reaches(successor, action, 'ROLLED_BACK');
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it("and has no successor in time leaves the change to the device's own timer, and the truth is recorded", async () => {
    const { cell, device } = site();
    const { gateway, died } = await mortal('committed');
    await world.register(gateway, {}, { only: [device] });
    const action = await world.started(gateway, cell, { confirm_timeout_s: 3, soak_s: 0.1 });
    await world.apply(gateway, action);
    await died;
    await until(
      async () => !(await world.simulator.running(device)).tentative,
      "the device's timer has run out",
    );
    const successor = await world.gateway();
    expect((await world.reaches(successor, action, 'FAILED', 'ROLLED_BACK')).state).toBe('FAILED');
    expect(await world.locked(cell)).toBe(false);
  });

  it('is not taken for dead while its commit is on the way: a lock that is held means waiting', async () => {
    const { cell, device } = site();
    const slow = await world.gateway({ config: { NETCONF_RPC_MS: 5000 } });
    await world.register(slow, {}, { only: [device] });
    const action = await world.started(slow, cell);
    await world.simulator.fault(device, { kind: 'latency', operation: 'commit', ms: 1500, times: 1 });
    await world.apply(slow, action);
    await until(
      async () => (await world.journal(action)).includes('TentativeCommitRequested'),
      'the commit is asked for',
    );
    const hasty = await world.gateway({ config: { NETCONF_RPC_MS: 5000 } });
    await world.reaches(hasty, action, 'OBSERVED', 'FAILED');
    expect(await world.journal(action)).not.toContain('ApplyFailed');
    expect(await world.locked(cell)).toBe(true);
    await hasty.undo(await world.decide(action, 'UndoRequested'));
    await world.reaches(slow, action, 'ROLLED_BACK');
  });

  it('is succeeded by another instance that was there all the time, without a restart', async () => {
    const { cell, device } = site();
    const other = await world.gateway();
    const { gateway, died } = await mortal('committed');
    await world.register(gateway, {}, { only: [device] });
    const action = await world.started(gateway, cell);
    await world.apply(gateway, action);
    await died;
    await other.observe(action);
    await world.reaches(other, action, 'OBSERVED');
    await world.undone(other, action);
  });
});

it('is killed at each probe that the table of crash points says, which has every probe', () => {
  const named = (probes: Iterable<TxProbe>): readonly string[] =>
    [...probes].map((probe) => `netconf-gateway probe ${probe}`).sort();
  expect(named(killedAt)).toEqual(crashPointsOf('devices'));
  expect(named(txProbes)).toEqual(
    Object.keys(crashPoints().points)
      .filter((point) => point.startsWith('netconf-gateway probe '))
      .sort(),
  );
});
