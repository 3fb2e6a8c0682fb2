// Modules of our libraries that a worker evaluates once and shares between its suites, as it does
// with packages (runtime.cjs). Loading them anew for each suite would be a fifth of all processor
// time.
const path = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');

const sources = path.join(__dirname, '../../libs') + path.sep;
const ofLibrary = /^[^/\\]+[/\\]src[/\\].*\.ts$/;

/**
 * What a module must not import, itself or through others, to be shared. These packages keep what a
 * suite has set or registered, or belong to the suite's runtime.
 */
const kept = new Set([
  '@jest/globals',
  '@opentelemetry/api',
  'class-transformer',
  'class-validator',
  'module',
  'node:module',
]);

/** The shared modules by their key in Jest's registry, which is their URL. */
const shared = new Map();
/** By key: whether a module and all that it imports can be shared. */
const decided = new Map();

const isOfLibrary = (key) => {
  if (!key.startsWith('file:')) return false;
  const file = fileURLToPath(key);
  return file.startsWith(sources) && ofLibrary.test(file.slice(sources.length));
};

/**
 * Decides for a module, and for those that it imports.
 * @param {string} key
 * @param {Map<string, any>} registry
 * @param {(from: string, specifier: string) => string} resolve
 */
const canShare = (key, registry, resolve) => {
  const known = decided.get(key);
  if (known !== undefined) return known;
  const module = registry.get(key);
  if (!isOfLibrary(key) || module?.status !== 'evaluated' || module.importsLater) {
    decided.set(key, false);
    return false;
  }
  // INVARIANT: the members of a cycle are not shared.
  decided.set(key, false);
  const answer = module.moduleRequests.every(({ specifier }) => {
    if (kept.has(specifier)) return false;
    const file = resolve(module.identifier, specifier);
    return !path.isAbsolute(file) || file.includes(`${path.sep}node_modules${path.sep}`)
      ? true
      : canShare(pathToFileURL(file).href, registry, resolve);
  });
  decided.set(key, answer);
  return answer;
};

/** Gives a suite the shared modules. */
const enterShared = (registry) => {
  for (const [key, module] of shared) registry.set(key, module);
};

/** Keeps what a suite has loaded and later suites can share. */
const keepShared = (registry, resolve) => {
  for (const [key, module] of registry)
    if (!shared.has(key) && canShare(key, registry, resolve)) shared.set(key, module);
};

module.exports = { enterShared, keepShared };
