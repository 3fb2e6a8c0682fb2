import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HandlerEnvelope, TxStatus } from '@interlock/contracts';
import { startLog, until, type TestLog } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';
import { startSimulator, type TestSimulator } from './simulator.js';
import { shortAnswers, World } from './world.js';

const runs = 16;
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
  beforeAll(async () => {
    [simulator, log] = await Promise.all([
      startSimulator(Array.from({ length: runs }, (_, n) => `x${n}`)),
      startLog(),
    ]);
    world = new World(simulator, log.store, shortAnswers);
  });
  afterAll(async () => {
    await world.stop();
    await Promise.all([simulator.stop(), log.stop()]);
  });

  const story = async (
    seed: number,
    successor: Gateway,
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
    const successor = await world.gateway({ config: { NETCONF_SWEEP_MS: 100_000 } });
    await world.register(successor);
    const before = new Map(
      await Promise.all(
        simulator.devices.map(
          async (device) => [device.device_id, (await simulator.running(device.device_id)).config] as const,
        ),
      ),
    );
    const stories = await Promise.all(Array.from({ length: runs }, (_, seed) => story(seed, successor)));
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
});
