import type { Logger } from 'pino';
import type { Home } from '../home.js';
import type { Stack } from '../stack.js';
import { narrate } from './narrator.js';
import { Optimizer } from './optimizer.js';
import { closeIncidents, provisionDemo } from './provision.js';
import { receiveAlerts, testAlerts } from './receiver.js';
import { demoScript, seeded, type DemoStep } from './script.js';

export type Demo = { readonly run: () => void; readonly stop: () => Promise<void> };

/** The tenant `demo` and its optimiser, which follows the script. */
export const startDemo = async (
  stack: Stack,
  home: Home,
  logger: Logger,
  say: (text: string) => void,
): Promise<Demo> => {
  say('preparing the tenant demo');
  let stopReceiving = (): Promise<void> => Promise.resolve();
  const api = await provisionDemo(stack, async (author) => {
    stopReceiving = await receiveAlerts(home, author, say);
  });
  const optimizer = await Optimizer.connect(stack);
  for (const cell of optimizer.cells) await optimizer.repair(cell);
  const stopTelling = await narrate(stack.connections.nats, api, stack.http, say, logger);
  const timers = new Set<NodeJS.Timeout>();
  const guarded = (work: () => Promise<unknown>) => (): void => {
    work().catch((error: unknown) => {
      logger.warn({ err: error }, 'a step of the demo failed');
    });
  };
  const once = (ms: number, work: () => Promise<unknown>): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      guarded(work)();
    }, ms);
    timers.add(timer);
  };

  const take = async ({ cell, repair, surprise, parameters, confidence_score }: DemoStep): Promise<void> => {
    if (repair) {
      await optimizer.repair(cell);
      await closeIncidents(api, optimizer.cells);
    }
    if (surprise) await optimizer.surprise(cell);
    await optimizer.ask(cell, { parameters, confidence_score });
  };
  const script = demoScript(optimizer.cells, seeded(home.secrets().simulator_seed));
  const next = (after: number): void => {
    const { value: step } = script.next();
    once(step.at_ms - after, () => {
      next(step.at_ms);
      return take(step);
    });
  };
  return {
    run: () => {
      next(0);
      guarded(() => testAlerts(api))();
    },
    stop: async () => {
      for (const timer of timers) {
        clearTimeout(timer);
      }
      await stopTelling();
      await stopReceiving();
      await optimizer.close();
    },
  };
};
