#!/usr/bin/env node
// First step of every npm script: dependency-free, runs on Node 20 and later, and continues on the
// pinned Node 24.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

import { build } from './run/build.mjs';
import { answerEarly } from './run/early.mjs';
import { Failure, fail } from './run/failure.mjs';
import { ensureNatsServer } from './run/nats.mjs';
import { commandLine, findPinnedNode, majorOf, root, stack } from './run/node.mjs';
import { ensurePackages } from './run/packages.mjs';
import { become, run, say } from './run/process.mjs';

/**
 * Node's compile cache, shared by every program started from here. It saves parsing, above all for
 * the CLI and the stack.
 */
const compiled = join(root, 'node_modules/.cache/interlock/compiled');

const usage = `usage: node tools/run.mjs <command> [arguments]

  setup   install what is missing and build
  start   the whole stack on this machine (npm start -- --help)
  test    lint, type-check, build, and every test (npm test -- [--repeat <times>] <path or jest option>)
  chaos   the long form of the suites that have one (npm run test:chaos -- <path>)
  containers   the suites that need a container engine (npm run test:containers)
  mutation  faults in the pure libraries, which their tests must find (npm run test:mutation -- <library>)
  build   build every project
  lint    lint every project (--fix: put right what a tool can)
  docs    the site of the documents (npm run docs -- --help)
  bench   the benchmarks (npm run bench -- <name>)
  cli     the command line client (npm run -s interlock -- --help)
`;

function becomeScript(path, args) {
  const file = join(root, path);
  if (!existsSync(file)) fail(`\`${path}\` is missing; run: npm run build`);
  return become([file, ...args]);
}

const commands = {
  async setup() {
    await ensureNatsServer();
    await build();
    say('set up');
  },
  async start(args) {
    await ensureNatsServer();
    await build();
    return becomeScript(stack, args);
  },
  async test(args) {
    await ensureNatsServer({ required: false });
    const { test } = await import('./run/test.mjs');
    return test(args);
  },
  async chaos(args) {
    await ensureNatsServer({ required: false });
    await build();
    const { chaos } = await import('./run/chaos.mjs');
    return chaos(args);
  },
  async containers(args) {
    await ensureNatsServer({ required: false });
    await build();
    const { containers } = await import('./run/containers.mjs');
    return containers(args);
  },
  async mutation(args) {
    const { mutation } = await import('./run/mutation.mjs');
    return mutation(args);
  },
  async build() {
    await build({ force: true });
  },
  async lint(args) {
    const { lint } = await import('./run/lint.mjs');
    return (await lint(args)) ? 0 : 1;
  },
  async docs(args) {
    await build();
    return becomeScript('tools/site.mjs', args);
  },
  async bench(args) {
    await ensureNatsServer();
    await build();
    return becomeScript('bench/run.mjs', args);
  },
  async cli(args) {
    await build();
    return becomeScript(commandLine, args);
  },
};

async function main() {
  const [command = '', ...args] = process.argv.slice(2);
  if (!Object.hasOwn(commands, command)) {
    process.stderr.write(usage);
    return command === '' || command === 'help' || command === '--help' ? 0 : 2;
  }
  if (majorOf(process.versions.node) < 20) {
    fail(`node 20 or later is needed, this is ${process.versions.node}`);
  }
  // INVARIANT: only the first process checks the packages; the second one is started from them.
  if (process.env.INTERLOCK_RUN !== '1') {
    const wanted = majorOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies.node);
    const env = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? compiled };
    const answered = await answerEarly(command, args, { nodeMajor: wanted, env });
    if (answered !== undefined) return answered;
    await ensurePackages();
    const node = findPinnedNode(wanted);
    return run(node, [join(root, 'tools/run.mjs'), command, ...args], {
      env: { INTERLOCK_RUN: '1', ...env },
      withParent: process.env.npm_lifecycle_event !== undefined,
    });
  }
  delete process.env.INTERLOCK_RUN;
  return (await commands[command](args)) ?? 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`interlock: ${error.message}\n`);
  process.exitCode = 1;
}
