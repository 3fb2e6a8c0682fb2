import { describe, expect, it } from '@jest/globals';
import { defaults } from '@interlock/contracts';
import { InMemoryEventStore, ProblemError, type EventStore } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { Probe } from '../src/tx/context.js';
import { clockPasses, codesOf, useWorld } from './use-world.js';
import { tenant } from './world.js';

const { world, site, prepared } = useWorld('t', 50);

/** A probe that stops everything at a point until it is released. */
const gate = (
  at: string,
): { readonly probe: Probe; readonly reached: Promise<void>; readonly release: () => void } => {
  let [arrive, release] = [(): void => undefined, (): void => undefined];
  const reached = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const open = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    reached,
    release: () => release(),
    probe: async (point) => {
      if (point !== at) return;
      arrive();
      await open;
    },
  };
};

/**
 * A log whose clock is as far ahead of ours as a test says, as if everything had stood still
 * meanwhile.
 */
const aheadBy = (ahead: { ms: number }): EventStore =>
  new InMemoryEventStore(() => new Date(Date.now() + ahead.ms).toISOString());

/** A log that takes no event with a pre-image, as if the device's were too large. */
class SmallLog extends InMemoryEventStore {
  override append(...[stream, events, ...rest]: Parameters<InMemoryEventStore['append']>) {
    if (events.some(({ type }) => type === 'ChangePrepared'))
      return Promise.reject(new ProblemError('payload-too-large', 'an append is larger than 1 byte'));
    return super.append(stream, events, ...rest);
  }
}

describe('a turn', () => {
  it('is refused if the log cannot hold what the device has', async () => {
    world.store = new SmallLog(() => new Date().toISOString());
    const { gateway, action, device, before } = await prepared();
    const { state, reasons } = await world.start(gateway, action);
    expect([state, codesOf({ reasons })]).toEqual(['REFUSED', ['payload-too-large']]);
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('holds both locks from the turn to the first change, in one session', async () => {
    const { gateway, action, device } = await prepared();
    await gateway.takeTurn(world.turnOf(action));
    await world.reaches(gateway, action, 'READY');
    expect((await world.simulator.running(device)).tentative).toBe(false);
    await world.execute(action);
    await gateway.apply(action);
    await world.reaches(gateway, action, 'OBSERVED');
    const sent = await world.exchanges(action);
    expect(sent.map(({ operation }) => operation)).toEqual([
      'lock',
      'lock',
      'edit-config',
      'commit',
      'unlock',
      'unlock',
    ]);
  });

  it('that nobody uses lapses, and the next in the queue has the device', async () => {
    const { gateway, action, cell } = await prepared();
    const next = await world.started(gateway, cell.replace(/1$/, '2'));
    await gateway.takeTurn(world.turnOf(action));
    await gateway.takeTurn(world.turnOf(next));
    expect(codesOf(await world.reaches(gateway, action, 'STALE'))).toEqual(['turn-unused']);
    await world.reaches(gateway, next, 'READY');
  });

  it('lapses at once where the action has ended, or asks for another', async () => {
    const { gateway, action } = await prepared();
    await gateway.takeTurn(world.turnOf(action));
    await world.reaches(gateway, action, 'READY');
    const again = await world.again(action, 2);
    expect(await gateway.takeTurn(world.turnOf(again, 2))).toMatchObject({ turn: 2 });
    await world.start(gateway, again, 2);
    expect(await world.journal(action)).toEqual([
      'TurnAccepted',
      'ChangePrepared',
      'TurnTaken',
      'TurnLapsed',
      'TurnAccepted',
      'ChangePrepared',
      'TurnTaken',
    ]);
    // The apply of the first execution belongs to no turn any more.
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
  });

  it('is not a side door: an execution without it is refused', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.execute(action);
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
    expect((await world.simulator.running(device)).config).toBe(before);
  });
});

describe('a start that comes too late', () => {
  it.each(['prepared', 'edited', 'commit-requested'])(
    'after a stop between the turn and the first change (at %s) sends nothing, and is stale',
    async (point) => {
      const held = gate(point);
      const { gateway, action, device, before } = await prepared({ probe: held.probe });
      await world.apply(gateway, action);
      await held.reached;
      await clockPasses(defaults.turn_valid_ms);
      held.release();
      expect(codesOf(await world.reaches(gateway, action, 'STALE'))).toEqual(['turn-too-old']);
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
      expect((await world.exchanges(action)).map(({ operation }) => operation)).not.toContain('commit');
    },
  );

  it("by the log's own clock sends nothing, whatever this process's clock says", async () => {
    const ahead = { ms: 0 };
    world.store = aheadBy(ahead);
    const { gateway, action, device, before } = await prepared();
    await world.start(gateway, action);
    ahead.ms = 6000;
    await gateway.apply(action);
    expect(codesOf(await world.reaches(gateway, action, 'STALE'))).toEqual(['turn-too-old']);
    expect((await world.simulator.running(device)).config).toBe(before);
  });

  it('after the action asked to undo it sends nothing, though the undo has not arrived yet', async () => {
    const held = gate('edited');
    const { gateway, action, device, before } = await prepared({ probe: held.probe });
    await world.apply(gateway, action);
    await held.reached;
    const undo = await world.decide(action, 'UndoRequested');
    held.release();
    expect(codesOf(await world.reaches(gateway, action, 'STALE'))).toEqual(['action-moved-on']);
    expect(await gateway.undo(undo)).toMatchObject({ state: 'REFUSED' });
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it('is impossible in a queue, where each of three transactions waits for its turn without an execution', async () => {
    const { gateway, action: first, cell } = await prepared();
    const others = await Promise.all(['2', '3'].map((n) => world.started(gateway, cell.replace(/1$/, n))));
    for (const one of [first, ...others]) await gateway.takeTurn(world.turnOf(one));
    await world.observed(gateway, first);
    for (const one of others) {
      await world.execute(one);
      await gateway.apply(one);
      expect(await gateway.status(one)).toMatchObject({ state: 'QUEUED' });
      expect(await world.journal(one)).toEqual(['TurnAccepted']);
    }
  });
});

describe('an instance that is told to stop', () => {
  it.each(['turn-taken', 'prepared', 'edited', 'commit-requested'])(
    'begins nothing (at %s), and gives its turn up',
    async (point) => {
      const held = gate(point);
      const { gateway, action, device, before } = await prepared({ probe: held.probe });
      if (point === 'turn-taken') await gateway.takeTurn(world.turnOf(action));
      else await world.apply(gateway, action);
      await held.reached;
      gateway.halt();
      held.release();
      await until(async () => (await world.journal(action)).at(-1) === 'TurnLapsed', 'the turn is given up');
      expect(codesOf(await gateway.status(action))).toEqual(['executor-stopping']);
      expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    },
  );
});

describe('a first change whose outcome is unknown', () => {
  it.each([
    ['an rpc-error', { kind: 'rpc_error', operation: 'get-config', error_tag: 'operation-failed', times: 1 }],
    [
      'a refusal for good',
      { kind: 'rpc_error', operation: 'get-config', error_tag: 'access-denied', times: 1 },
    ],
    ['a closed session', { kind: 'drop_session', operation: 'get-config', when: 'before', times: 1 }],
  ])(
    'is found out by reading, and is never told as without effect, after %s on the read-back',
    async (_what, fault) => {
      const { gateway, action, cell, device } = await prepared({
        probe: async (point) => {
          if (point === 'commit-sent') await world.simulator.fault(device, fault);
        },
      });
      await world.observed(gateway, action);
      expect(await world.journal(action)).not.toContain('ApplyFailed');
      expect(await world.locked(cell)).toBe(true);
      await world.undone(gateway, action);
      expect((await world.simulator.running(device)).tentative).toBe(false);
    },
  );

  it('is taken back where a kill switch was engaged while its reply was lost', async () => {
    const { gateway, action, device, before } = await prepared({
      probe: async (point) => {
        if (point === 'commit-sent') await world.killSwitch('KillSwitchEngaged');
      },
    });
    await world.simulator.fault(device, {
      kind: 'drop_session',
      operation: 'commit',
      when: 'after',
      times: 1,
    });
    await world.apply(gateway, action);
    expect(codesOf(await world.reaches(gateway, action, 'ROLLED_BACK'))).toEqual(['kill-switch-engaged']);
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    await world.killSwitch('KillSwitchReleased');
  });

  it('is sent neither by an instance that thaws after its successor gave up nor by anyone else', async () => {
    const held = gate('commit-requested');
    const {
      gateway: frozen,
      action,
      device,
      before,
    } = await prepared({
      probe: held.probe,
      config: { KILL_SWITCH_LEASE_MS: 200 },
    });
    await world.apply(frozen, action);
    await held.reached;
    const successor = await world.gateway();
    await successor.undo(await world.decide(action, 'UndoRequested'));
    // The successor says so only once no lease of the frozen instance can be valid, for that one
    // still holds its locks.
    expect(codesOf(await world.reaches(successor, action, 'ROLLED_BACK'))).toEqual(['undo-requested']);
    held.release();
    await until(
      () => !frozen.runner.isRunning(tenant, action.action_id),
      'the thawed instance has seen that it is over',
    );
    expect(await world.simulator.running(device)).toMatchObject({ config: before, tentative: false });
    expect(await world.journal(action)).not.toContain('TentativeCommitApplied');
  });
});

describe('a queue per device', () => {
  it('is kept across gateways: a later transaction waits, however long, and then goes on', async () => {
    const { cell } = site();
    const other = cell.replace(/1$/, '2');
    const config = { NETCONF_LOCK_WAIT_MS: 200, NETCONF_SWEEP_MS: 100_000 };
    const [one, two] = [await world.gateway({ config }), await world.gateway({ config })];
    await world.register(one);
    await two.current();
    const first = await world.started(one, cell);
    const second = await world.started(two, other);
    await world.observed(one, first);
    await two.takeTurn(world.turnOf(second));
    await expect(
      until(async () => (await two.status(second)).state !== 'QUEUED', 'nothing happens', 1000),
    ).rejects.toThrow();
    await one.undo(await world.decide(first, 'UndoRequested'));
    await world.observed(two, second);
    expect(await world.locked(other)).toBe(true);
    expect(await world.locked(cell)).toBe(false);
  });

  it('makes the undo of a confirmed change wait for the transaction that came between', async () => {
    const { cell, device } = site();
    const gateway = await world.gateway({ config: { NETCONF_LOCK_WAIT_MS: 200 } });
    await world.register(gateway);
    const first = await world.started(gateway, cell, {
      parameters: { neighbours: [cell.replace(/1$/, '2')] },
    });
    await world.observed(gateway, first);
    await world.confirmed(gateway, first);
    const between = await world.started(gateway, cell.replace(/1$/, '3'), {
      parameters: { neighbours: [cell.replace(/1$/, '2')], power_raise_db: 0 },
    });
    await world.observed(gateway, between);
    await gateway.undo(await world.decide(first, 'UndoRequested'));
    await expect(
      until(
        async () =>
          (await world.journal(first)).some(
            (type) => type === 'ChangeRolledBack' || type === 'RollbackFailed',
          ),
        'nothing happens',
        1500,
      ),
    ).rejects.toThrow();
    await gateway.confirm(await world.decide(between, 'ConfirmRequested'));
    await world.reaches(gateway, first, 'ROLLED_BACK');
    expect(await world.locked(cell)).toBe(false);
    expect(await world.locked(cell.replace(/1$/, '3'))).toBe(true);
    expect((await world.simulator.running(device)).tentative).toBe(false);
  });

  it('never overwrites by the undo of a confirmed change what another has changed since', async () => {
    const { cell, device } = site();
    const [second, third] = [cell.replace(/1$/, '2'), cell.replace(/1$/, '3')];
    const gateway = await world.gateway();
    await world.register(gateway);
    const actions = [];
    for (const entity of [cell, third]) {
      const action = await world.started(gateway, entity, { parameters: { neighbours: [second] } });
      actions.push(action);
      await world.observed(gateway, action);
      await world.confirmed(gateway, action);
    }
    const { config } = await world.simulator.running(device);
    await gateway.undo(await world.decide(actions[0]!, 'UndoRequested'));
    expect(
      (await world.reaches(gateway, actions[0]!, 'ROLLBACK_FAILED')).reasons.map((reason) => reason.code),
    ).toContain('changed-by-others');
    expect((await world.simulator.running(device)).config).toBe(config);
    await gateway.current();
    expect(gateway.inventory.find('demo', device)?.quarantined).toBeNull();
  });

  it('lets a transaction that waits be undone at once', async () => {
    const { cell } = site();
    const gateway = await world.gateway();
    await world.register(gateway);
    const first = await world.started(gateway, cell);
    const second = await world.started(gateway, cell.replace(/1$/, '2'));
    await world.observed(gateway, first);
    await gateway.takeTurn(world.turnOf(second));
    expect(await gateway.undo(await world.decide(second, 'UndoRequested'))).toMatchObject({
      state: 'REFUSED',
    });
    expect(await world.journal(second)).toEqual(['TurnAccepted', 'ApplyRefused']);
  });
});
