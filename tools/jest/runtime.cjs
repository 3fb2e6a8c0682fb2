// Jest's runtime, in which packages are loaded by Node itself, once per worker. Jest would load and
// evaluate some thousand files of packages again for each suite. The modules of our pure
// libraries are shared too (modules.cjs); all others of this repository are new for each suite.
const { readFileSync } = require('node:fs');
const { enableCompileCache, isBuiltin } = require('node:module');
const path = require('node:path');
const { types } = require('node:util');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');
const { packageGlobals } = require('./compiled.cjs');
const { enterShared, keepShared } = require('./modules.cjs');
const { rememberPackages } = require('./packages.cjs');

enableCompileCache(path.join(__dirname, '../../node_modules/.cache/interlock/jest/compiled'));

const packages = `${path.sep}node_modules${path.sep}`;

/** Loads a package's module; what it adds to the globals stays for the later suites. */
const load = (file) => {
  if (file in require.cache) return require(file);
  const before = new Set(Reflect.ownKeys(globalThis));
  const loaded = require(file);
  for (const key of Reflect.ownKeys(globalThis)) if (!before.has(key)) packageGlobals.add(key);
  rememberPackages();
  return loaded;
};

/**
 * The exports of a package's module, as an `import` of it sees them. Undefined if it cannot be
 * loaded at once: Jest loads it then.
 */
const exportsOf = (file) => {
  let loaded;
  try {
    loaded = load(file);
  } catch (error) {
    if (error.code === 'ERR_REQUIRE_ASYNC_MODULE') return undefined;
    throw error;
  }
  if (types.isModuleNamespaceObject(loaded)) return { ...loaded };
  const named = loaded !== null && ['object', 'function'].includes(typeof loaded) ? { ...loaded } : {};
  return { ...named, default: loaded };
};

/**
 * True for a file of a package that suites share. The interface of OpenTelemetry keeps the tracer
 * that an earlier suite has set, so it is new for each suite.
 */
const isShared = (file) =>
  file.includes(packages) &&
  !file.includes(`${packages}${path.join('@opentelemetry', 'api')}${path.sep}`) &&
  !file.endsWith('.json');

/** True for the name of a package, other than Jest's globals. */
const isPackage = (specifier) =>
  /^[@\w]/.test(specifier) &&
  !/^(?:data|file|node):/.test(specifier) &&
  specifier !== '@jest/globals' &&
  !isBuiltin(specifier);

module.exports = {
  __esModule: true,
  default: class extends Runtime {
    /** Whether the suite replaces modules, which must not reach other suites. */
    #mocks;

    constructor(...args) {
      super(...args);
      const { esmLoader } = this;
      this.#mocks = readFileSync(this._testPath, 'utf8').includes('unstable_mockModule');
      if (!this.#mocks) enterShared(this.registries.getActiveEsmRegistry());
      const { resolveModule, resolveSpecifierForSyncGraph } = esmLoader;
      esmLoader.resolveModule = (specifier, from, ...rest) => {
        this.#enter(from, specifier);
        return resolveModule.call(esmLoader, specifier, from, ...rest);
      };
      esmLoader.resolveSpecifierForSyncGraph = (from, specifier, ...rest) => {
        this.#enter(from, specifier);
        return resolveSpecifierForSyncGraph.call(esmLoader, from, specifier, ...rest);
      };
    }

    teardown() {
      if (!this.#mocks) keepShared(this.registries.getActiveEsmRegistry());
      super.teardown();
    }

    /** The process is the worker's own, and keeps its `getBuiltinModule`. */
    installGetBuiltinModule() {}

    /**
     * `createRequire` in a module of this repository leads here, and so does each `require` in a
     * package that is new for each suite.
     */
    requireModuleOrMock(from, name) {
      const resolution = this._resolution;
      if (from.includes(packages) || resolution.isCoreModule(name))
        return super.requireModuleOrMock(from, name);
      const file = resolution.resolveCjs(from, name);
      return isShared(file) ? load(file) : super.requireModuleOrMock(from, name);
    }

    /** Enters a package's module in the suite's registry, before Jest looks for it there. */
    #enter(from, specifier) {
      if (!isPackage(specifier)) return;
      const file = this._resolution.resolveEsm(from, specifier);
      const registry = this.registries.getActiveEsmRegistry();
      const key = pathToFileURL(file).href;
      if (!isShared(file) || registry.has(key)) return;
      const exported = exportsOf(file);
      if (exported === undefined) return;
      const entries = Object.entries(exported);
      const module = new vm.SyntheticModule(
        entries.map(([name]) => name),
        () => {
          for (const [name, value] of entries) module.setExport(name, value);
        },
        { identifier: file },
      );
      void module.evaluate();
      registry.set(key, module);
    }
  },
};
