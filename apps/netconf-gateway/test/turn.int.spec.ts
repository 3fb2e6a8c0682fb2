import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, type EventStore } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { Probe } from '../src/tx/context.js';
import { startSimulator, type TestSimulator } from './simulator.js';
import { tenant, World } from './gateway-fixture.js';

let simulator: TestSimulator;
let world: World;
let sites: string[];

beforeAll(async () => {
  sites = Array.from({ length: 40 }, (_, n) => `t${n}`);
  simulator = await startSimulator(sites);
});
afterAll(async () => {
  await simulator.stop();
});
beforeEach(() => {
  world = new World(simulator);
});
afterEach(async () => {
  await world.stop();
});

const prepared = async (probe: Probe = () => undefined, config: object = {}) => {
  const name = sites.pop()!;
  const gateway = await world.gateway({ probe, config });
  await world.register(gateway);
  const before = (await simulator.running(`gnb-${name}`)).config;
  return {
    gateway,
    before,
    cell: `${name}-1`,
    device: `gnb-${name}`,
    action: await world.started(gateway, `${name}-1`),
  };
};

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
    release: () => {
      release();
    },
    probe: async (point) => {
      if (point !== at) return;
      arrive();
      await open;
    },
  };
};

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
const codes = ({ reasons }: { readonly reasons: readonly { readonly code: string }[] }): readonly string[] =>
  reasons.map(({ code }) => code);
/** The log's clock, as far ahead of ours as a test says: as if everything had stood still meanwhile. */
const aheadBy = (ahead: { ms: number }): EventStore =>
  new InMemoryEventStore(() => new Date(Date.now() + ahead.ms).toISOString());

describe('a turn', () => {
  it('holds both locks from the turn to the first change, in one session', async () => {
    const { gateway, action, device } = await prepared();
    await gateway.takeTurn(world.turnOf(action));
    await world.reaches(gateway, action, 'READY');
    expect((await simulator.running(device)).tentative).toBe(false);
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
    expect(codes(await world.reaches(gateway, action, 'STALE'))).toEqual(['turn-unused']);
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
    // The first execution's apply is nobody's any more.
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
  });

  it('is no side door: an execution without it is refused', async () => {
    const { gateway, action, device, before } = await prepared();
    await world.execute(action);
    expect(await gateway.apply(action)).toMatchObject({
      status: 'refused',
      reasons: [{ code: 'side-door' }],
    });
    expect((await simulator.running(device)).config).toBe(before);
  });
});

describe('what came too late', () => {
  it.each(['prepared', 'edited', 'commit-requested'])(
    'between the turn and the first change (at %s) sends nothing, and says stale',
    async (point) => {
      const held = gate(point);
      const { gateway, action, device, before } = await prepared(held.probe);
      await world.apply(gateway, action);
      await held.reached;
      await sleep(5100);
      held.release();
      expect(codes(await world.reaches(gateway, action, 'STALE'))).toEqual(['turn-too-old']);
      expect(await simulator.running(device)).toMatchObject({ config: before, tentative: false });
      expect((await world.exchanges(action)).map(({ operation }) => operation)).not.toContain('commit');
    },
  );

  it("by the log's own clock, whatever this process's clock says, sends nothing", async () => {
    const ahead = { ms: 0 };
    world = new World(simulator, aheadBy(ahead));
    const { gateway, action, device, before } = await prepared();
    await world.start(gateway, action);
    ahead.ms = 6000;
    await gateway.apply(action);
    expect(codes(await world.reaches(gateway, action, 'STALE'))).toEqual(['turn-too-old']);
    expect((await simulator.running(device)).config).toBe(before);
  });

  it('after the action asked to take it back sends nothing, though the undo has not come here yet', async () => {
    const held = gate('edited');
    const { gateway, action, device, before } = await prepared(held.probe);
    await world.apply(gateway, action);
    await held.reached;
    const undo = await world.decide(action, 'UndoRequested');
    held.release();
    expect(codes(await world.reaches(gateway, action, 'STALE'))).toEqual(['action-moved-on']);
    expect(await gateway.undo(undo)).toMatchObject({ state: 'REFUSED' });
    expect(await simulator.running(device)).toMatchObject({ config: before, tentative: false });
  });

  it('in a queue never starts under what was decided before its turn: each of three waits for it without an execution', async () => {
    const { gateway, action: first, cell } = await prepared();
    const others = await Promise.all(['2', '3'].map((n) => world.started(gateway, cell.replace(/1$/, n))));
    for (const one of [first, ...others]) await gateway.takeTurn(world.turnOf(one));
    await world.apply(gateway, first);
    await world.reaches(gateway, first, 'OBSERVED');
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
      const { gateway, action, device, before } = await prepared(held.probe);
      if (point === 'turn-taken') await gateway.takeTurn(world.turnOf(action));
      else await world.apply(gateway, action);
      await held.reached;
      gateway.halt();
      held.release();
      await until(async () => (await world.journal(action)).at(-1) === 'TurnLapsed', 'the turn is given up');
      expect(codes(await gateway.status(action))).toEqual(['executor-stopping']);
      expect(await simulator.running(device)).toMatchObject({ config: before, tentative: false });
    },
  );
});

describe('the first change, sent and not known', () => {
  it.each([
    ['an rpc-error', { kind: 'rpc_error', operation: 'get-config', error_tag: 'operation-failed', times: 1 }],
    [
      'a refusal for good',
      { kind: 'rpc_error', operation: 'get-config', error_tag: 'access-denied', times: 1 },
    ],
    ['a closed session', { kind: 'drop_session', operation: 'get-config', when: 'before', times: 1 }],
  ])(
    'is found out by reading, never told as nothing left, after %s on the read-back',
    async (_what, fault) => {
      const { gateway, action, cell, device } = await prepared(async (point) => {
        if (point === 'commit-sent') await simulator.fault(device, fault);
      });
      await world.apply(gateway, action);
      await world.reaches(gateway, action, 'OBSERVED');
      expect(await world.journal(action)).not.toContain('ApplyFailed');
      expect(await world.locked(cell)).toBe(true);
      await gateway.undo(await world.decide(action, 'UndoRequested'));
      await world.reaches(gateway, action, 'ROLLED_BACK');
      expect((await simulator.running(device)).tentative).toBe(false);
    },
  );

  it('is taken back where a kill switch was engaged while its reply was lost', async () => {
    const { gateway, action, device, before } = await prepared(async (point) => {
      if (point === 'commit-sent') await world.killSwitch('KillSwitchEngaged');
    });
    await simulator.fault(device, { kind: 'drop_session', operation: 'commit', when: 'after', times: 1 });
    await world.apply(gateway, action);
    expect(codes(await world.reaches(gateway, action, 'ROLLED_BACK'))).toEqual(['kill-switch-engaged']);
    expect(await simulator.running(device)).toMatchObject({ config: before, tentative: false });
    await world.killSwitch('KillSwitchReleased');
  });

  it('is not sent by an instance that thaws after its successor gave up, nor then by anyone', async () => {
    const held = gate('commit-requested');
    const {
      gateway: frozen,
      action,
      device,
      before,
    } = await prepared(held.probe, { NETCONF_RPC_MS: 500, KILL_SWITCH_LEASE_MS: 200 });
    await world.apply(frozen, action);
    await held.reached;
    const successor = await world.gateway({ config: { NETCONF_RPC_MS: 500 } });
    await successor.undo(await world.decide(action, 'UndoRequested'));
    // It is said only once no lease of the frozen one can be alive: that one's locks are still held.
    expect(codes(await world.reaches(successor, action, 'ROLLED_BACK'))).toEqual(['undo-requested']);
    held.release();
    await until(
      () => !frozen.runner.isRunning(tenant, action.action_id),
      'the thawed instance has seen that it is over',
    );
    expect(await simulator.running(device)).toMatchObject({ config: before, tentative: false });
    expect(await world.journal(action)).not.toContain('TentativeCommitApplied');
  });
});
