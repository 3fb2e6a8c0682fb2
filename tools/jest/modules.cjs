// A worker evaluates the modules of the pure libraries once, and shares them between its suites, as
// it does with packages (runtime.cjs). They keep only caches, and change nothing outside themselves
// (tools/eslint/purity.mjs). Every other library is loaded anew for each suite, because the patches
// that it makes to packages end with the suite.
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { isPure, readProjects } = require('../run/workspace.mjs');

const root = path.join(__dirname, '../..');
/** The URLs of the folders with the sources of the pure libraries. */
const pure = readProjects(root)
  .filter(isPure)
  .map(({ folder }) => `${pathToFileURL(path.join(root, folder, 'src')).href}/`);

/** The shared modules by their key in Jest's registry, which is their URL. */
const shared = new Map();

/** Gives a suite the shared modules. */
const enterShared = (registry) => {
  for (const [key, module] of shared) registry.set(key, module);
};

/** Keeps what a suite has loaded and later suites can share. */
const keepShared = (registry) => {
  for (const [key, module] of registry)
    if (module.status === 'evaluated' && pure.some((folder) => key.startsWith(folder)))
      shared.set(key, module);
};

module.exports = { enterShared, keepShared };
