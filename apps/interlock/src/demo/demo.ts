import type { Logger } from 'pino';
import type { Home } from '../home.js';
import type { Stack } from '../stack.js';
import { narrate } from './narrator.js';
import { Optimizer } from './optimizer.js';
import { provisionDemo, reportSignals } from './provision.js';

export type Demo = { readonly run: () => void; readonly stop: () => Promise<void> };

const signalsEveryMs = 300_000;
const randomEveryMs = 45_000;

/** Seeded, so that two demos do the same: mulberry32. */
const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/**
 * The tenant `demo` and its optimiser: four fixed cells at ready + 5, 10, 15, 20 s (completed, held in a window, denied, rolled back), then a cell
 * now and then by a seeded choice, repaired before it fails again.
 */
export const startDemo = async (stack: Stack, home: Home, logger: Logger, say: (text: string) => void): Promise<Demo> => {
  say('preparing the tenant demo');
  const api = await provisionDemo(stack);
  const optimizer = await Optimizer.connect(stack);
  for (const cell of optimizer.cells) await optimizer.repair(cell);
  const stopTelling = await narrate(stack.connections.nats, api, stack.http, say, logger);
  const timers = new Set<NodeJS.Timeout>();
  const guarded = (work: () => Promise<unknown>) => (): void => { work().catch((error: unknown) => { logger.warn({ err: error }, 'a step of the demo failed'); }); };
  const once = (ms: number, work: () => Promise<unknown>): void => { timers.add(setTimeout(guarded(work), ms)); };
  const every = (ms: number, work: () => Promise<unknown>): void => { timers.add(setInterval(guarded(work), ms)); };

  const [calm, window, denied, crowded] = optimizer.cells as readonly [string, string, string, string];
  const random = seeded(home.secrets().simulator_seed);
  const anyCell = async (): Promise<void> => {
    const cell = optimizer.cells[Math.floor(random() * optimizer.cells.length)]!;
    await optimizer.repair(cell);
    const power = random() < 0.15 ? 6 : 3;
    await optimizer.ask(cell, { parameters: { power_raise_db: power, cell_individual_offset: random() < 0.2 ? 6 : 3 }, confidence_score: Math.round((0.8 + random() * 0.19) * 100) / 100 });
  };
  return {
    run: () => {
      once(5000, () => optimizer.ask(calm));
      once(10_000, () => optimizer.ask(window, { parameters: { power_raise_db: 3, cell_individual_offset: 6 } }));
      once(15_000, () => optimizer.ask(denied, { parameters: { power_raise_db: 6, cell_individual_offset: 3 } }));
      once(20_000, () => optimizer.ask(crowded));
      once(90_000, () => {
        every(randomEveryMs, anyCell);
        return Promise.resolve();
      });
      every(signalsEveryMs, () => reportSignals(api));
    },
    stop: async () => {
      for (const timer of timers) {
        clearTimeout(timer);
        clearInterval(timer);
      }
      await stopTelling();
      await optimizer.close();
    },
  };
};
