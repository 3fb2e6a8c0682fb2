// The program of a container: `node container.js NAME`. NAME is a service, `edge`, `event-store` or
// `demo`; or a task that ends: `init`, `prepare`, `await` or `invite`. The environment contains all
// other settings.
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import process, { argv, env, exit } from 'node:process';
import { createLogger, stopTelemetry } from '@interlock/platform';
import { awaitPrepared } from './container/await.js';
import { init } from './container/init.js';
import { invitationText, startEdge } from './container/edge.js';
import { prepare } from './container/prepare.js';
import { startOne, type Running } from './container/service.js';
import { withSecretFiles } from './container/variables.js';
import { manifest } from './manifest.js';

const name = argv[2] ?? '';
const logger = createLogger({ level: env['LOG_LEVEL'] || 'info', name });

/** Starts the embedded log. It reads its own arguments, so it replaces this program's. */
const startEventStore = async (): Promise<void> => {
  const path = createRequire(import.meta.url).resolve('@interlock-apps/event-store/package.json');
  const { main } = (await import(join(dirname(path), 'dist/main.js'))) as {
    readonly main: () => Promise<void>;
  };
  argv.splice(2, 1);
  await main();
};

const signals = ['SIGTERM', 'SIGINT'] as const;

/**
 * Lets a signal end this process at once, until the returned function is called. As process 1 of a
 * container, Node would ignore a signal without a handler, and be killed after the grace period.
 */
const endsOnSignal = (): (() => void) => {
  const end = (signal: (typeof signals)[number]): void => exit(128 + constants.signals[signal]);
  for (const signal of signals) process.once(signal, end);
  return () => {
    for (const signal of signals) process.off(signal, end);
  };
};

const stopsOnSignal = (running: Running): void => {
  const stop = (): void => {
    running
      .stop()
      .then(stopTelemetry)
      .then(
        () => exit(0),
        () => exit(1),
      );
  };
  for (const signal of signals) process.once(signal, stop);
};

const main = async (): Promise<void> => {
  const started = endsOnSignal();
  const runs = (running: Running): void => {
    started();
    stopsOnSignal(running);
  };
  if (name === 'event-store') {
    await startEventStore();
    return started();
  }
  const environment = withSecretFiles(env);
  if (name === 'init') {
    process.umask(0o077);
    return init('/made/home', '/made', environment, logger);
  }
  if (name === 'prepare') return prepare(environment, logger);
  if (name === 'await') return awaitPrepared(environment, logger);
  if (name === 'invite') {
    process.stdout.write(await invitationText(environment));
    return;
  }
  if (name === 'edge') return runs(await startEdge(environment, logger));
  if (name === 'demo') {
    const { startContainerDemo } = await import('./container/demo.js');
    return runs(await startContainerDemo(environment, logger));
  }
  if (!manifest.some(({ service }) => service === name))
    throw new Error(
      `\`${name}\` is not a service: ${manifest.map(({ service }) => service).join(', ')}, edge, event-store, demo, init, prepare, await, invite`,
    );
  return runs(await startOne(name, environment, logger));
};

try {
  await main();
} catch (error) {
  logger.fatal({ err: error }, 'start failed');
  exit(1);
}
