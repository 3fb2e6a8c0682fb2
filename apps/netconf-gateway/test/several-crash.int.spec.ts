import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startLog } from '@interlock/testing';
import type { TxProbe } from '../src/tx/context.js';
import { ends, spreadAction, standOf, toItsEnd, told, type SpreadAction } from './several-world.js';
import { startSimulator, type TestSimulator } from './simulator.js';
import { World } from './world.js';

type Crash = {
  readonly site: string;
  /** The step of which part; 1 is the part that is committed first. */
  readonly point: TxProbe;
  readonly part: 1 | 2;
  /** The action asks to take it back, instead of confirming it. */
  readonly undo: boolean;
};

const onTheWay = [
  'turn-taken',
  'edited',
  'prepared',
  'commit-requested',
  'commit-sent',
  'committed',
  'soaked',
  'confirm-sent',
  'confirmed',
] as const;
const crashes: readonly Crash[] = [
  ...onTheWay.map((point) => ({ point, undo: false })),
  { point: 'cancelled' as const, undo: true },
].flatMap(({ point, undo }, n) =>
  ([1, 2] as const).map((part) => ({ point, undo, part, site: `k${n}${part}` })),
);

type Ended = {
  readonly state: string;
  readonly stand: 'old' | 'new';
  readonly said: { readonly [device: string]: string };
  readonly open: number;
};

/**
 * One change in a log of its own, whose gateway is killed at that step of that part, and which a
 * successor brings to its end.
 */
const endOf = async (simulator: TestSimulator, crash: Crash): Promise<Ended> => {
  const log = await startLog();
  const world = new World(simulator, log.store, { NETCONF_RPC_MS: 2000 });
  try {
    let isDead = false;
    let killed = (): void => undefined;
    const died = new Promise<void>((resolve) => {
      killed = resolve;
    });
    const gateway = await world.gateway({
      probe: async (point, txId) => {
        if (point !== crash.point || !txId.endsWith(`.${crash.part}`)) return;
        await world.kill(gateway);
        isDead = true;
        killed();
        await new Promise<never>(() => undefined);
      },
    });
    const begun = await spreadAction(world, gateway, crash.site, 2, { confirm_timeout_s: 8 });
    const running = begin(begun, crash, () => isDead);
    await Promise.race([died, running.then(() => died)]);
    const successor = await world.gateway();
    if (crash.undo) await successor.undo(await world.decide(begun.action, 'UndoRequested'));
    const { state } = await toItsEnd(begun, successor);
    await running;
    const stand = await standOf(begun, successor);
    return { state, stand, said: await told(begun), open: successor.openTransactions().length };
  } finally {
    await world.stop();
    await log.stop();
  }
};

/** What the orchestrator does with the first gateway, until it dies. */
const begin = async (
  { world, gateway, action }: SpreadAction,
  { undo }: Crash,
  isDead: () => boolean,
): Promise<void> => {
  try {
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'OBSERVED', ...ends);
    if (isDead()) return;
    if (undo) await gateway.undo(await world.decide(action, 'UndoRequested'));
    else await gateway.confirm(await world.decide(action, 'ConfirmRequested'));
  } catch {
    // A killed gateway answers nothing; what it left is looked at by its successor.
  }
};

let simulator: TestSimulator;
const running = new Map<string, Promise<Ended>>();
const atOnce = 5;

beforeAll(async () => {
  simulator = await startSimulator(crashes.map(({ site }) => `${site}/2`));
  const waiting: Promise<unknown>[] = [];
  for (const [i, crash] of crashes.entries()) {
    const before = waiting[i - atOnce] ?? Promise.resolve();
    const end = before.then(() => endOf(simulator, crash));
    end.catch(() => undefined);
    waiting.push(end.catch(() => undefined));
    running.set(crash.site, end);
  }
});
afterAll(async () => {
  await Promise.allSettled(running.values());
  await simulator.stop();
});

describe('a gateway that is killed during a change of two devices', () => {
  it.each(crashes)(
    'at `$point` of part $part is succeeded by one that leaves both devices new or both old',
    async ({ site, undo }) => {
      const { state, stand, said, open } = (await running.get(site))!;
      expect(stand).toBe(state === 'CONFIRMED' ? 'new' : 'old');
      expect(['CONFIRMED', 'STALE', 'FAILED', 'ROLLED_BACK']).toContain(state);
      if (undo) expect(state).toBe('ROLLED_BACK');
      expect(open).toBe(0);
      const last = new Set(Object.values(said));
      if (state === 'CONFIRMED') expect([...last]).toEqual(['ChangeConfirmed']);
      else
        for (const type of last)
          expect(['TurnLapsed', 'ApplyRefused', 'ApplyFailed', 'ChangeRolledBack']).toContain(type);
    },
  );
});
