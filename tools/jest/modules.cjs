// A worker evaluates the modules of our projects once, and shares them between its suites, as it does
// with packages (runtime.cjs). They keep no state but caches and what belongs to an object, and what
// they set up in the process stays for the later suites. So their code is also compiled only once.
// Tests and their helpers are new for each suite. A suite that replaces modules, or sets up the
// process in another way, has modules of its own: it says `@own-modules` in a comment.
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { readProjects } = require('../run/workspace.mjs');

const root = path.join(__dirname, '../..');
/** The URLs of the folders with the sources of our projects. */
const sources = readProjects(root).map(
  ({ folder }) => `${pathToFileURL(path.join(root, folder, 'src')).href}/`,
);

/** The shared modules by their key in Jest's registry, which is their URL. */
const shared = new Map();

const isSource = (key) => sources.some((folder) => key.startsWith(folder));

/** True for a suite that does not share modules with others. */
const hasOwnModules = (suite) => /unstable_mockModule|@own-modules/.test(readFileSync(suite, 'utf8'));

/** Gives a suite the shared modules. */
const enterShared = (registry) => {
  for (const [key, module] of shared) registry.set(key, module);
};

/** Keeps what a suite has loaded and later suites can share. */
const keepShared = (registry) => {
  for (const [key, module] of registry)
    if (module.status === 'evaluated' && isSource(key)) shared.set(key, module);
};

/** True for a module that suites share. */
const isSharedModule = (module) => shared.get(pathToFileURL(module.identifier).href) === module;

module.exports = { enterShared, hasOwnModules, isSharedModule, keepShared };
