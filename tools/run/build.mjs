import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

import { fail } from './failure.mjs';
import { withLock } from './lock.mjs';
import { commandLine, root, stack } from './node.mjs';
import { nxRun } from './nx.mjs';
import { prependPath, run, say } from './process.mjs';
import { buildConsole, consoleBuilt } from './console.mjs';
import { hashFile, hashTree, readStamp, writeStamp } from './stamp.mjs';
import { buildable, readProjects } from './workspace.mjs';
import { pythonModels, writePythonModels } from '../python-models.mjs';

/** The scripts that bundle the compiled programs. */
const bundles = ['apps/cli/bundle.mjs', 'apps/interlock/bundle.mjs'].map((file) => join(root, file));
const stampFile = join(root, 'node_modules/.cache/interlock/build');

/** One hash of everything that the build depends on. */
function sourcesHash(projects) {
  const inputs = projects.flatMap(({ folder }) =>
    ['src', 'package.json', 'tsconfig.json'].map((name) => join(root, folder, name)),
  );
  const others = [
    'docs/openapi.json',
    'tools/answers.mjs',
    'tools/answers/schema.mjs',
    'tools/bundle.mjs',
    'tools/python-models.mjs',
    'tsconfig.base.json',
    'tsconfig.json',
  ].map((file) => join(root, file));
  return `${hashFile(join(root, 'package-lock.json'))}:${hashTree([...inputs, ...bundles, ...others])}`;
}

function built(project) {
  return existsSync(join(root, project.folder, 'dist/.tsbuildinfo'));
}

/**
 * Builds every project, or nothing if the sources match the last good build.
 * @param {{ force?: boolean, quiet?: boolean, tolerant?: boolean }} [options]
 * @returns {Promise<boolean>}
 */
export async function build(options = {}) {
  prependPath(dirname(process.execPath));
  if (options.force !== true && upToDate()) return true;
  return withLock(join(root, '.nx/build.lock'), () => buildAll(options), {
    onWait: (pid) => say(`waiting for process ${pid}, which builds`),
  });
}

function upToDate() {
  const projects = buildable(readProjects(root));
  return (
    readStamp(stampFile) === sourcesHash(projects) &&
    projects.every(built) &&
    [commandLine, stack].every((program) => existsSync(join(root, program))) &&
    existsSync(pythonModels) &&
    consoleBuilt()
  );
}

/** Runs the compiler, and then the bundlers. */
async function buildServices() {
  if (!(await nxRun('build-all'))) return false;
  const codes = await Promise.all(bundles.map((file) => run(process.execPath, [file], { cwd: root })));
  return codes.every((code) => code === 0);
}

async function buildAll({ force = false, quiet = false, tolerant = false }) {
  if (!force && upToDate()) return true;
  const { writeApiTypes } = await import('../api-types.mjs');
  const { writeAnswers } = await import('../answers.mjs');
  await writeApiTypes();
  writeAnswers();
  writePythonModels();
  const projects = buildable(readProjects(root));
  const hash = sourcesHash(projects);
  if (projects.length === 0) return true;
  if (!quiet) say(`building ${projects.length} projects …`);
  const [compiled, bundled] = await Promise.all([buildServices(), buildConsole()]);
  if (!compiled || !bundled) {
    if (tolerant) return false;
    fail('the build failed; see above');
  }
  // INVARIANT: the hash is from before the build, so an edit during it is built next time.
  writeStamp(stampFile, hash);
  return true;
}
