import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

import { bundle } from '../bundle.mjs';
import { images } from '../deploy/images.mjs';
import { countingLine } from '../jest/counts.mjs';
import { suitesWith } from './chaos.mjs';
import { fail } from './failure.mjs';
import { root } from './node.mjs';
import { run, say } from './process.mjs';

/** The variable that suites read which start containers. */
const sign = 'INTERLOCK_CONTAINERS';
/** What runs first, because it shows the most, should the time not suffice for all. */
const first = ['apps/e2e/test/containers.int.spec.ts', 'apps/e2e/test/three.int.spec.ts'];
/** What runs last, because it builds the image from nothing. */
const last = ['apps/e2e/test/image.int.spec.ts'];
/** The images that a suite may need. Compose pulls or builds the others. */
const wanted = [images.node, images.nats, images.postgres, images.eventstoredb];
/** The image with the programs of libs/testing/bin, which is built on that of Node. */
const programsImage = 'interlock-programs:local';
/** The programs by their compiled files, which suites talk to over the network. */
const programs = {
  'identity-provider': join(root, 'libs/testing/bin/identity-provider.js'),
  's3-server': join(root, 'libs/testing/bin/s3-server.js'),
};

const docker = (...args) => execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' }).trim();

const succeeds = (work) => {
  try {
    work();
    return true;
  } catch {
    return false;
  }
};

/** True if the engine has an image, or could pull it. */
const hasImage = (image) =>
  succeeds(() => docker('image', 'inspect', image)) || succeeds(() => docker('pull', '--quiet', image));

/** True if a process runs. */
const isRunning = (pid) => succeeds(() => process.kill(pid, 0));

/**
 * Removes the projects of compose that interrupted runs have left (`apps/e2e/test/compose.ts` names
 * them by its process): an engine starts their containers again whenever it starts.
 */
function removeForgotten() {
  const label = 'com.docker.compose.project';
  const listed = (...args) =>
    docker(...args)
      .split('\n')
      .filter(Boolean);
  const projects = new Set(listed('ps', '--all', '--format', `{{.Label "${label}"}}`));
  for (const project of projects) {
    const pid = /^interlock-test-(\d+)-/.exec(project)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    say(`removing ${project}, which an interrupted run has left`);
    const of = ['--quiet', '--filter', `label=${label}=${project}`];
    for (const [kind, list, remove] of [
      ['container', ['ls', '--all'], ['rm', '--force', '--volumes']],
      ['network', ['ls'], ['rm']],
      ['volume', ['ls'], ['rm']],
    ]) {
      const found = listed(kind, ...list, ...of);
      if (found.length > 0) docker(kind, ...remove, ...found);
    }
  }
}

/** Copies the image's nats-server into a folder: it is one static program. */
function takeNatsServer(folder) {
  const container = docker('create', images.nats);
  try {
    const path = docker('run', '--rm', '--entrypoint', 'sh', images.nats, '-c', 'command -v nats-server');
    docker('cp', '--follow-link', `${container}:${path}`, join(folder, 'nats-server'));
  } finally {
    docker('rm', container);
  }
  const version = execFileSync(join(folder, 'nats-server'), ['--version'], { encoding: 'utf8' }).trim();
  say(`the suites of the bus run on ${version}`);
}

/** Builds the image of the programs. */
async function buildPrograms(folder) {
  const context = join(folder, 'programs');
  await bundle(programs, context);
  writeFileSync(join(context, 'package.json'), '{ "type": "module" }\n');
  writeFileSync(
    join(context, 'Dockerfile'),
    `FROM ${images.node}\nCOPY . /programs\nUSER node\nENTRYPOINT ["node"]\n`,
  );
  docker('build', '--quiet', '--tag', programsImage, context);
}

const specs = (pattern) => globSync(pattern, { cwd: root }).sort();

/**
 * What runs, one after the other: each suite that starts containers; the bus's suites on the
 * nats-server of its image; the database's suites on the Postgres of its image; those of the
 * archive and the identity provider on programs in the image of Node; those of the log's protocol
 * on a real EventStoreDB; the build of our own image. A group with `missing` is skipped, and that
 * is the reason.
 * @param {string} folder for the programs of images
 * @returns {{ title: string, suites?: readonly string[], env?: Record<string, string>,
 * prepare?: () => Promise<void>, missing?: string }[]}
 */
function groupsOf(folder) {
  const alone = (suite) => ({ title: suite, suites: [suite] });
  const own = [...new Set([...first, ...suitesWith(`'${sign}'`)])]
    .filter((suite) => !last.includes(suite))
    .map(alone);
  if (!succeeds(() => docker('version'))) {
    say('no container engine answers (docker version)');
    return [...own, ...last.map(alone)];
  }
  removeForgotten();
  const present = wanted.filter(hasImage);
  if (present.includes(images.nats)) {
    takeNatsServer(folder);
    const path = [folder, process.env.PATH ?? ''].join(delimiter);
    const suites = specs('libs/jetstream/test/*.int.spec.ts');
    own.push({ title: images.nats, suites, env: { PATH: path } });
  }
  if (present.includes(images.postgres)) {
    const suites = specs('libs/{postgres,people}/test/*.int.spec.ts');
    own.push({ title: images.postgres, suites, env: { INTERLOCK_POSTGRES_IMAGE: images.postgres } });
  }
  if (present.includes(images.node)) {
    const suites = specs(
      '{libs/archive/test/s3,apps/edge/test/oidc,apps/cli/test/login,apps/interlock/test/doctor-external}.int.spec.ts',
    );
    const env = { INTERLOCK_PROGRAMS_IMAGE: programsImage };
    own.push({ title: programsImage, suites, env, prepare: () => buildPrograms(folder) });
  }
  // Skips itself, with the reason, where there is no such image.
  own.push({ title: images.eventstoredb, suites: ['apps/event-store/test/conformance/real.int.spec.ts'] });
  for (const image of [images.node, images.nats, images.postgres])
    if (!present.includes(image)) own.push({ title: `the suites on ${image}`, missing: 'no such image' });
  return [...own, ...last.map(alone)];
}

/** Runs one group in a Jest of its own.
 * @returns {Promise<import('../jest/counts.mjs').Counts>}
 */
async function runGroup({ title, suites, env = {} }, options, folder) {
  const results = join(folder, 'counts.json');
  rmSync(results, { force: true });
  const code = await run(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--config', join(root, 'jest.config.mjs'), '--runInBand', '--testTimeout=7200000'],
      ...options,
      '--runTestsByPath',
      ...suites,
    ],
    {
      cwd: root,
      env: {
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules --no-warnings`.trim(),
        INTERLOCK_BUILT: '1',
        INTERLOCK_COUNTS: results,
        [sign]: 'true',
        ...env,
      },
    },
  );
  if (existsSync(results)) return JSON.parse(readFileSync(results, 'utf8'));
  say(`${title}: jest ended with ${code}, and without a result`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** Minutes after which no further group starts; all of them by default. */
function minutesGiven() {
  const text = process.env.INTERLOCK_CONTAINERS_MINUTES ?? '';
  if (text === '') return Infinity;
  if (!/^\d{1,4}$/.test(text)) fail(`INTERLOCK_CONTAINERS_MINUTES takes whole minutes, not \`${text}\``);
  return Number(text);
}

/**
 * Runs the suites that need a container engine, and no others. What has no image is skipped, with
 * its reason. The counting line comes last.
 * @param {readonly string[]} args paths of suites or names of images, or Jest's options; all if
 * none is named
 * @returns {Promise<number>}
 */
export async function containers(args) {
  const minutes = minutesGiven();
  const options = args.filter((arg) => arg.startsWith('-'));
  const named = args.filter((arg) => !arg.startsWith('-'));
  mkdirSync(tmpdir(), { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'interlock-containers-'));
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    const groups = groupsOf(folder).filter(
      ({ title }) => named.length === 0 || named.some((name) => title.includes(name)),
    );
    if (groups.length === 0) fail(`nothing that is named reads ${sign}, and no image has such a name`);
    const began = performance.now();
    for (const group of groups) {
      const spent = (performance.now() - began) / 60_000;
      const reason = spent >= minutes ? `${minutes} minutes are over` : group.missing;
      if (reason !== undefined) {
        process.stdout.write(`skipped: ${group.title}: ${reason}\n`);
        total.skipped += 1;
        continue;
      }
      say(`${group.title}, after ${Math.round(spent * 60)} s`);
      await group.prepare?.();
      const counts = await runGroup(group, options, folder);
      for (const name of Object.keys(total)) total[name] += counts[name];
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.stdout.write(`${countingLine(total)}\n`);
  return total.failed > 0 ? 1 : 0;
}
