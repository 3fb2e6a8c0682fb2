import type { Logger } from 'pino';
import type { Home } from '../home.js';
import type { Stack } from '../stack.js';
import { narrate } from './narrator.js';
import { Optimizer } from './optimizer.js';
import { inRealTime, playDemo } from './play.js';
import { provisionDemo } from './provision.js';
import { receiveAlerts, testAlerts } from './receiver.js';
import { demoScript, seeded } from './script.js';

export type Demo = { readonly run: () => void; readonly stop: () => Promise<void> };

/** Starts the tenant `demo` and its optimiser, which follows the script. */
export const startDemo = async (
  stack: Stack,
  home: Home,
  logger: Logger,
  say: (text: string) => void,
): Promise<Demo> => {
  say('preparing the tenant demo');
  let stopReceiving = (): Promise<void> => Promise.resolve();
  // The changes that the demo's own preparation requires are not printed: the author confirms each
  // at once.
  let isPrepared = false;
  const api = await provisionDemo(
    stack,
    async (author) => {
      stopReceiving = await receiveAlerts(home, author, (text) => {
        if (isPrepared) say(text);
      });
    },
    say,
  );
  isPrepared = true;
  const optimizer = await Optimizer.connect(stack);
  const failed = (what: string, error: unknown): void => {
    logger.warn({ err: error }, `the demo failed in ${what}`);
    say(`the demo failed in ${what}: ${error instanceof Error ? error.message : String(error)}`);
  };
  await optimizer.repairAll(api, failed);
  const stopTelling = await narrate(stack.connections.nats, api, stack.http, say, logger);
  let stopPlaying = (): void => undefined;
  return {
    run: () => {
      stopPlaying = playDemo({
        script: demoScript(optimizer.cells, seeded(home.secrets().simulator_seed)),
        optimizer,
        api,
        after: inRealTime,
        failed,
      });
      testAlerts(api).catch((error: unknown) => failed('the test of its channel', error));
    },
    stop: async () => {
      stopPlaying();
      await stopTelling();
      await stopReceiving();
      await optimizer.close();
    },
  };
};
