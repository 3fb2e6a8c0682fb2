// Jest's runtime, in which packages are loaded by Node itself, once per worker. Jest would load and
// evaluate some thousand files of packages again for each suite. The modules of our projects are
// shared too (modules.cjs).
const { enableCompileCache, isBuiltin } = require('node:module');
const path = require('node:path');
const { types } = require('node:util');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');
const { packageGlobals } = require('./compiled.cjs');
const { enterShared, hasOwnModules, isSharedModule, keepShared } = require('./modules.cjs');
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

const telemetry = `${packages}${path.join('@opentelemetry', 'api')}${path.sep}`;

/**
 * True for a file of a package that a suite shares with others. The interface of OpenTelemetry
 * keeps the tracer that a suite sets, so it is new for a suite with modules of its own.
 */
const isShared = (file, hasOwnModules) =>
  file.includes(packages) && !file.endsWith('.json') && !(hasOwnModules && file.includes(telemetry));

/** True for the name of a package, other than Jest's globals. */
const isPackage = (specifier) =>
  /^[@\w]/.test(specifier) &&
  !/^(?:data|file|node):/.test(specifier) &&
  specifier !== '@jest/globals' &&
  !isBuiltin(specifier);

/** Loads what a module imports while it runs, for the suite that runs now. */
let dynamicImportNow;

module.exports = {
  __esModule: true,
  default: class extends Runtime {
    #hasOwnModules;

    constructor(...args) {
      super(...args);
      const { esmLoader } = this;
      this.#hasOwnModules = hasOwnModules(this._testPath);
      if (!this.#hasOwnModules) enterShared(this.registries.getActiveEsmRegistry());
      const { dynamicImport } = esmLoader;
      dynamicImportNow = dynamicImport;
      esmLoader.dynamicImport = (specifier, module, ...rest) =>
        (isSharedModule(module) ? dynamicImportNow : dynamicImport)(specifier, module, ...rest);
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
      if (!this.#hasOwnModules) keepShared(this.registries.getActiveEsmRegistry());
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
      return isShared(file, this.#hasOwnModules) ? load(file) : super.requireModuleOrMock(from, name);
    }

    /** Enters a package's module in the suite's registry, before Jest looks for it there. */
    #enter(from, specifier) {
      if (!isPackage(specifier)) return;
      const file = this._resolution.resolveEsm(from, specifier);
      const registry = this.registries.getActiveEsmRegistry();
      const key = pathToFileURL(file).href;
      if (!isShared(file, this.#hasOwnModules) || registry.has(key)) return;
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
