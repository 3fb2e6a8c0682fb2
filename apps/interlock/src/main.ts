import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { subject, logReader } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { createLogger, stopTelemetry } from '@interlock/platform';
import { invitationLines, openInBrowser } from './console.js';
import { Home, type RuntimeFile } from './home.js';
import { registerDemoTenant, registerDevices } from './inventory.js';
import { readOptions, usage, type Options } from '../bin/options.js';
import { portFault } from '../bin/ports.js';
import { startDemo } from './demo/demo.js';
import { fixedPorts } from './parts.js';
import { retryWhileBusy } from './processes/retry-while-busy.js';
import { startStack, type Stack } from './stack.js';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const plain = (error: unknown): string =>
  isProblem(error)
    ? `${error.detail}${error.remedy === undefined ? '' : ` (${error.remedy})`}`
    : error instanceof Error
      ? error.message
      : String(error);

const optionsOrExit = (): Options => {
  try {
    return readOptions(process.argv.slice(2), process.env, process.cwd());
  } catch (error) {
    process.stderr.write(`interlock: ${plain(error)}\n${usage}`);
    return process.exit(2);
  }
};

const started = performance.now();
const options = optionsOrExit();
const fail = (error: unknown): never => {
  process.stderr.write(`interlock: ${plain(error)}\n`);
  return process.exit(1);
};

const openHome = (): Home => {
  try {
    const home = new Home(options.home);
    home.lock();
    return home;
  } catch (error) {
    return fail(error);
  }
};
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const home = openHome();
// INVARIANT: only the owner may read the files that this process and its children write in the
// home.
process.umask(0o077);
try {
  for (const { port, option } of fixedPorts(options, process.env)) {
    const fault = await portFault(port, option);
    if (fault !== undefined) fail(fault);
  }
} catch (error) {
  fail(error);
}
const logger = createLogger({
  level: process.env['LOG_LEVEL'] || 'info',
  destination: createWriteStream(home.path('logs', 'interlock.log'), { flags: 'a', mode: 0o600 }),
});

let stack: Stack | undefined;
let stopDemo: (() => Promise<void>) | undefined;
let stopping = false;
const stop = async (signal: string): Promise<void> => {
  if (stopping) return;
  stopping = true;
  say(`\n${signal}: stopping`);
  const late = setTimeout(() => process.exit(1), 30_000);
  if (stack !== undefined) home.writeRuntime(runtime(stack, false));
  await stopDemo?.();
  await stack?.stop();
  await stopTelemetry();
  clearTimeout(late);
  say('stopped');
  process.exit(0);
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => {
    void stop(signal);
  });
process.on('unhandledRejection', (error) => logger.error({ err: error }, 'an unhandled rejection'));

const runtime = (of: Stack, ready: boolean): RuntimeFile => ({
  version: 1,
  ready,
  pid: process.pid,
  http: of.http,
  nats: of.nats,
  event_store: of.eventStore,
  postgres: of.postgres,
  devices: of.simulator.devices.map(({ device_id, host, port, username, password }) => ({
    device_id,
    host,
    port,
    username,
    password,
  })),
});

const start = async (): Promise<void> => {
  const running = await startStack(home, options, logger, say);
  stack = running;
  home.writeRuntime(runtime(running, false));
  await retryWhileBusy(() => registerDemoTenant(running));
  await retryWhileBusy(() => registerDevices(running, home));
  const demo = options.demo ? await startDemo(running, home, logger, say) : undefined;
  stopDemo = demo?.stop;
  if (stopping) return;
  running.markSetUp();
  home.writeRuntime(runtime(running, true));
  const invited = invitationLines(running.http, running.invitations, options.invite);
  say(
    [
      '',
      `ready after ${((performance.now() - started) / 1000).toFixed(1)} s`,
      ...invited.lines,
      `  API        ${running.http}   (OpenAPI: ${running.http}/openapi.json)`,
      `  intents    ${running.nats.url}   user ${running.nats.user}, subject ${subject({ kind: 'intents', tenant: 'demo', user: running.nats.user })}`,
      `  log        ${running.logAddress}   user ${logReader}, password in the next file`,
      `  addresses  ${home.path('runtime.json')}`,
      `  a token    npm run -s interlock --${options.home === resolve('.interlock') ? '' : ` --home ${options.home}`} token --tenant demo --scope AUTONOMOUS_READ,AUDIT_READ`,
      '',
    ].join('\n'),
  );
  demo?.run();
  if (options.open) openInBrowser(invited.first ?? running.http);
};

try {
  await start();
} catch (error) {
  // A stop takes the parts away that a start still needs. It ends this process by itself.
  if (!stopping) {
    logger.fatal({ err: error }, 'start failed');
    await stack?.stop().catch(() => undefined);
    fail(error);
  }
}
