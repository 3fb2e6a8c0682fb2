import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HandlerEnvelope, TxStatus } from '@interlock/contracts';
import { startLog, until, type TestLog } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import { GatewayGone, startRemoteGateway, type RemoteGateway } from './remote-gateway.js';
import { startSimulator, type TestSimulator } from './simulator.js';
import { shortAnswers, World } from './world.js';

const runs = 16;
/** The long form: `npm run soak`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';
const soaked = isLong ? 1000 : 8;
/** Changes under way at once, in the soak. */
const atOnce = isLong ? 32 : soaked;
/**
 * A process of the gateway is killed within a second after each so many turns and applies. Turns
 * count too, because on a slow machine few of them are used before they lapse.
 */
const callsPerKill = isLong ? 16 : 8;
const points = [
  'prepared',
  'edited',
  'commit-requested',
  'commit-sent',
  'committed',
  'soaked',
  'confirm-sent',
  'confirmed',
  'cancelled',
] as const;
const faults: readonly (object | 'restart' | null)[] = [
  null,
  null,
  'restart',
  { kind: 'drop_session', operation: 'commit', when: 'after', times: 1 },
  { kind: 'drop_session', operation: 'commit', when: 'before', times: 1 },
  { kind: 'drop_session', operation: 'cancel-commit', when: 'after', times: 1 },
  { kind: 'commit_noop', times: 1 },
  { kind: 'latency', operation: 'commit', ms: 700, times: 2 },
  { kind: 'rpc_error', operation: 'lock', error_tag: 'lock-denied', times: 3 },
  { kind: 'rpc_error', operation: 'get-config', error_tag: 'resource-denied', times: 1 },
  { kind: 'bad_chunks', operation: 'get', times: 2 },
];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const numbers = (seed: number) => {
  let a = seed;
  return (): number => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};
const ended = (status: TxStatus): boolean =>
  ['CONFIRMED', 'ROLLED_BACK', 'FAILED', 'REFUSED', 'STALE', 'ROLLBACK_FAILED'].includes(status.state);

describe('whichever part fails and whichever gateway dies', () => {
  let simulator: TestSimulator;
  let log: TestLog;
  let world: World;
  let successor: Gateway;
  beforeAll(async () => {
    [simulator, log] = await Promise.all([
      startSimulator([
        ...Array.from({ length: runs }, (_, n) => `x${n}`),
        ...Array.from({ length: soaked }, (_, n) => `s${n}`),
      ]),
      startLog(),
    ]);
    world = new World(simulator, log.store, shortAnswers);
    successor = await world.gateway({ config: { NETCONF_SWEEP_MS: 100_000 } });
    await world.register(successor);
  });
  afterAll(async () => {
    await world.stop();
    await Promise.all([simulator.stop(), log.stop()]);
  });

  const story = async (
    seed: number,
  ): Promise<{ readonly label: string; readonly status: TxStatus; readonly action: HandlerEnvelope }> => {
    const random = numbers(seed);
    const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)]!;
    const point = random() < 0.7 ? pick(points) : null;
    const fault = pick(faults);
    const decision = random() < 0.5 ? 'ConfirmRequested' : 'UndoRequested';
    const device = `gnb-x${seed}`;
    const holder: { gateway?: Gateway } = {};
    const first = await world.gateway({
      config: { NETCONF_SWEEP_MS: 100_000 },
      probe: async (at) => {
        if (at !== point || holder.gateway === undefined) return;
        const { gateway } = holder;
        delete holder.gateway;
        await world.kill(gateway);
        await new Promise<never>(() => undefined);
      },
    });
    holder.gateway = first;
    const action = await world.started(first, `x${seed}-1`, { confirm_timeout_s: 12 });
    if (fault !== null && fault !== 'restart') await simulator.fault(device, fault);
    await world.apply(first, action);
    let asked: HandlerEnvelope | undefined;
    const status = await until(
      async () => {
        // This plays the orchestrator, which asks a living gateway, decides once there is an
        // observation, and asks again until that is done.
        const gateway = holder.gateway ?? successor;
        const now = await gateway.observe(action);
        if (ended(now)) return now;
        if (fault === 'restart' && now.state === 'TENTATIVE') await simulator.restart(device);
        if (now.state === 'OBSERVED') {
          asked ??= await world.decide(action, decision);
          await (decision === 'ConfirmRequested' ? gateway.confirm(asked) : gateway.undo(asked));
        }
        return false;
      },
      `story ${seed} ends (${point ?? 'nobody dies'}, ${JSON.stringify(fault)}, ${decision})`,
      60_000,
    );
    return {
      label: `${seed}: ${point ?? 'nobody dies'}, ${JSON.stringify(fault)}, ${decision}`,
      status,
      action,
    };
  };

  it('each transaction comes to an end, and the device is as the log says', async () => {
    const before = new Map(
      await Promise.all(
        simulator.devices.map(
          async (device) => [device.device_id, (await simulator.running(device.device_id)).config] as const,
        ),
      ),
    );
    const stories = await Promise.all(Array.from({ length: runs }, (_, seed) => story(seed)));
    for (const [seed, { label, status, action }] of stories.entries()) {
      const device = await simulator.running(`gnb-x${seed}`);
      const changed = device.config !== before.get(`gnb-x${seed}`);
      expect({ told: label, tentative: device.tentative, changed }).toEqual({
        told: label,
        tentative: false,
        changed: status.state === 'CONFIRMED',
      });
      const journal = await world.journal(action);
      expect({
        told: label,
        commits: journal.filter((type) => type === 'TentativeCommitRequested').length <= 1,
      }).toEqual({ told: label, commits: true });
      if (status.state === 'CONFIRMED') expect(journal).toContain('ConfirmRequested');
    }
    expect(new Set(stories.map((one) => one.status.state)).size).toBeGreaterThan(2);
  });

  /** Two gateways in processes of their own, one of which is killed again and again. */
  const startKilled = async (random: () => number) => {
    const start = (): Promise<RemoteGateway> =>
      startRemoteGateway(log.url, world.settings(), world.environment());
    const alive = await Promise.all([start(), start()]);
    const said = { kills: 0, calls: 0 };
    let killing = Promise.resolve();
    const killOne = async (): Promise<void> => {
      await delay(random() * 1000);
      const which = said.kills % alive.length;
      await alive[which]!.kill();
      said.kills += 1;
      alive[which] = await start();
    };
    /** Calls one that lives, and the other one where it was killed meanwhile. */
    const calls = new Proxy({} as Gateway, {
      get:
        (_, method: 'takeTurn' | 'apply' | 'status' | 'observe' | 'confirm' | 'undo') =>
        async (request: HandlerEnvelope) => {
          const counts = method === 'takeTurn' || method === 'apply';
          if (counts && (said.calls += 1) % callsPerKill === 0) killing = killing.then(killOne);
          for (;;) {
            try {
              return await alive[Math.floor(random() * alive.length)]!.calls[method](request);
            } catch (error) {
              if (!(error instanceof GatewayGone)) throw error;
              await delay(20);
            }
          }
        },
    });
    return {
      said,
      calls,
      stop: async () => {
        await killing;
        await Promise.all(alive.map((one) => one.kill()));
      },
    };
  };

  /**
   * One change of a device, with a fault, followed to its end; a confirmed one is undone. A turn
   * lapses where the gateway that took it died, and is not asked for again.
   */
  const soak = async (n: number, gateway: Gateway): Promise<readonly string[]> => {
    const random = numbers(10_000 + n);
    const fault = faults[Math.floor(random() * faults.length)]!;
    const [device, isConfirmed] = [`gnb-s${n}`, random() < 0.5];
    const label = `${device}: ${JSON.stringify(fault)}, ${isConfirmed ? 'confirmed' : 'undone'}`;
    const before = (await simulator.running(device)).config;
    const action = await world.started(gateway, `s${n}-1`, { confirm_timeout_s: 12 });
    if (fault !== null && fault !== 'restart') await simulator.fault(device, fault);
    const states: string[] = [];
    const isLapsed = async (): Promise<boolean> => (await world.journal(action)).at(-1) === 'TurnLapsed';
    await gateway.takeTurn(world.turnOf(action));
    const isReady = await until(
      async () => {
        const { state } = await gateway.status(action);
        if (state !== 'NONE' && state !== 'QUEUED') return { so: state === 'READY' };
        return (await isLapsed()) ? { so: false } : false;
      },
      `${label} has its turn`,
      120_000,
    );
    if (isReady.so) {
      await world.execute(action);
      await gateway.apply(action);
    }
    const follow = async (what: 'confirm' | 'undo', event: 'ConfirmRequested' | 'UndoRequested') => {
      let asked: HandlerEnvelope | undefined;
      const state = await until(
        async () => {
          const now = await gateway.observe(action);
          if (ended(now) && (states.length === 0 || now.state !== 'CONFIRMED')) return now.state;
          if (now.state === 'QUEUED' && (await isLapsed())) return 'LAPSED';
          if (fault === 'restart' && now.state === 'TENTATIVE') await simulator.restart(device);
          if (now.state !== 'OBSERVED' && states.length === 0) return false;
          asked ??= await world.decide(action, event);
          await gateway[what](asked);
          return false;
        },
        `${label} ends`,
        120_000,
      );
      states.push(state);
      const { config, tentative } = await simulator.running(device);
      expect({ label, state, tentative, changed: config !== before }).toEqual({
        label,
        state,
        tentative: false,
        changed: state === 'CONFIRMED',
      });
    };
    await follow(isConfirmed ? 'confirm' : 'undo', isConfirmed ? 'ConfirmRequested' : 'UndoRequested');
    await simulator.clearFaults(device);
    if (states[0] === 'CONFIRMED') await follow('undo', 'UndoRequested');
    const journal = await world.journal(action);
    const once = ['TentativeCommitRequested', 'ConfirmRequested', 'ChangeConfirmed', 'ChangeRolledBack'];
    const often = once.filter((type) => journal.filter((one) => one === type).length > 1);
    expect({ label, often }).toEqual({ label, often: [] });
    return states;
  };

  it('many devices end as the log says while processes of the gateway are killed', async () => {
    const gateways = await startKilled(numbers(4));
    const told: (readonly string[])[] = [];
    try {
      const left = Array.from({ length: soaked }, (_, n) => n);
      await Promise.all(
        Array.from({ length: atOnce }, async () => {
          for (let n = left.shift(); n !== undefined; n = left.shift())
            told.push(await soak(n, gateways.calls));
        }),
      );
      expect(told).toHaveLength(soaked);
    } finally {
      await gateways.stop();
    }
    expect(gateways.said.kills).toBeGreaterThan(0);
    if (isLong) {
      const counts = Object.entries(Object.groupBy(told, (states) => states.join(' then ')));
      process.stdout.write(
        `${soaked} devices, ${gateways.said.kills} kills: ${counts
          .map(([states, all]) => `${all?.length} ${states}`)
          .join(', ')}\n`,
      );
    }
  });
});
