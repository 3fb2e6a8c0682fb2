#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { majorOf, packagedNode } from './node-of.js';

const needed = majorOf(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).engines.node,
);
const MARK = 'INTERLOCK_EVENT_STORE_NODE';

/** Continues with the same arguments on another Node, which ends with this process. */
function goOnWith(node) {
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, [MARK]: node },
  });
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => fail(`\`${node}\` could not be started: ${error.message}`));
  child.once('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

function fail(message) {
  process.stderr.write(`interlock-event-store: ${message}\n`);
  process.exit(1);
}

async function serve() {
  try {
    const { main } = await import('../dist/main.js');
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

const wrapped = process.env[MARK] !== undefined;
delete process.env[MARK];
if (majorOf(process.versions.node) >= needed) {
  if (wrapped && process.connected) {
    process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
    process.channel.unref();
  }
  await serve();
} else {
  const node = wrapped ? undefined : packagedNode(fileURLToPath(new URL('..', import.meta.url)));
  if (node === undefined)
    fail(
      `Node ${needed} or later is needed, this is ${process.versions.node}, and none lies beside it: install Node ${needed}, or the package \`node@${needed}\` here, and run the command again`,
    );
  else goOnWith(node);
}
