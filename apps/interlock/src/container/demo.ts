import { createRequire } from 'node:module';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endStates } from '@interlock/contracts';
import { createDevIssuer } from '@interlock/platform';
import type { Logger } from 'pino';
import type { Api } from '../demo/api.js';
import { Optimizer } from '../demo/optimizer.js';
import { inRealTime, playDemo } from '../demo/play.js';
import { provisionDemo } from '../demo/provision.js';
import { demoScript, seeded, usualEveryMs } from '../demo/script.js';
import { demoUser } from '../demo-user.js';
import { Home } from '../home.js';
import { registerDemoTenant, registerDevices } from '../inventory.js';
import type { Simulator } from '../parts.js';
import type { DemoParts } from '../stack.js';
import type { Running } from './service.js';
import { busIn } from './settings.js';
import { needed, secondsIn, type Environment } from './variables.js';

const firstDevicePort = '8300';
/** The port of the simulator's own controls, inside the container. */
const controlPort = '8299';
const seed = 7;
const lookEveryMs = 1000;

type RunningSimulator = {
  readonly simulator: { readonly stop: () => Promise<void> };
  readonly readyLine: string;
};

/** The simulated devices, which the gateway reaches by the name of this container. */
const startDevices = async (state: string, host: string): Promise<Running & { readonly of: Simulator }> => {
  const entry = createRequire(import.meta.url).resolve('@interlock-apps/device-simulator/package.json');
  const { startFromArguments } = (await import(join(dirname(entry), 'dist/cli.js'))) as {
    readonly startFromArguments: (args: readonly string[]) => Promise<RunningSimulator>;
  };
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const { simulator, readyLine } = await startFromArguments([
    ...['--state', state, '--seed', `${seed}`, '--host', host],
    ...['--port', firstDevicePort, '--control-port', controlPort],
  ]);
  return { of: JSON.parse(readyLine) as Simulator, stop: () => simulator.stop() };
};

/** Waits until the edge and every service behind it are ready. */
const awaitReady = async (http: string): Promise<void> => {
  for (;;) {
    const answer = await fetch(`${http}/health/ready`).catch(() => undefined);
    if (answer?.ok === true) return;
    await delay(lookEveryMs);
  }
};

const line = (...words: readonly string[]): void => {
  process.stdout.write(`${new Date().toISOString()} ${words.join(' ')}\n`);
};

/** Prints a line for each action of the demo that ends; returns a function that stops it. */
const tellEnds = (api: Api, logger: Logger): (() => void) => {
  const said = new Set<string>();
  let first = true;
  const look = async (): Promise<void> => {
    const { items } = await api('get', '/api/v1/autonomous/actions', { query: { limit: '50' } });
    for (const { action_id: id, state, entity_id: entity } of items) {
      if (!(endStates as readonly string[]).includes(state) || said.has(id)) continue;
      said.add(id);
      if (!first) line(state, entity, id);
    }
    first = false;
  };
  const timer = setInterval(() => {
    look().catch((error: unknown) => logger.debug({ err: error }, 'the demo could not list its actions'));
  }, lookEveryMs);
  return () => clearInterval(timer);
};

/**
 * The demo of a container: simulated devices, the tenant `demo`, and its optimiser, which follows
 * the script as in `npm start`. `DEMO_STATE_DIR` keeps the devices, and their passwords for the
 * gateway.
 */
export const startContainerDemo = async (environment: Environment, logger: Logger): Promise<Running> => {
  const home = new Home(needed(environment, 'DEMO_STATE_DIR'));
  const devices = await startDevices(home.path('simulator'), needed(environment, 'DEMO_HOST'));
  const parts: DemoParts = {
    http: needed(environment, 'INTERLOCK_URL'),
    issuer: await createDevIssuer(needed(environment, 'INTERLOCK_ISSUER_DIR')),
    simulator: devices.of,
    nats: busIn(environment, demoUser),
  };
  await awaitReady(parts.http);
  await registerDemoTenant(parts);
  await registerDevices(parts, home);
  const say = (text: string): void => logger.info(text);
  const api = await provisionDemo(parts, () => Promise.resolve(), say);
  const optimizer = await Optimizer.connect(parts);
  const failed = (what: string, error: unknown): void =>
    logger.warn({ err: error }, `the demo failed in ${what}`);
  await optimizer.repairAll(api, failed);
  const stopTelling = tellEnds(api, logger);
  logger.info({ devices: devices.of.devices.length }, 'the demo begins');
  const stopPlaying = playDemo({
    script: demoScript(optimizer.cells, seeded(seed), secondsIn(environment, 'DEMO_EVERY_S', usualEveryMs)),
    optimizer: {
      cells: optimizer.cells,
      repair: (person, cell) => optimizer.repair(person, cell),
      surprise: (cell) => optimizer.surprise(cell),
      ask: async (cell, over) => {
        const intent = await optimizer.ask(cell, over);
        line('ASKED', cell, intent);
        return intent;
      },
    },
    api,
    after: inRealTime,
    failed,
  });
  return {
    stop: async () => {
      stopPlaying();
      stopTelling();
      await optimizer.close();
      await devices.stop();
    },
  };
};
