// Jest's environment for Node in the process's own context, so that suites share the packages
// that the worker has loaded (runtime.cjs). What a suite changes in the globals and in the
// environment is taken back at its end.
const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
const { ownContext, packageGlobals } = require('./compiled.cjs');
const { restorePackages } = require('./packages.cjs');

const descriptorsOf = () =>
  new Map(Reflect.ownKeys(globalThis).map((key) => [key, Object.getOwnPropertyDescriptor(globalThis, key)]));

module.exports = class {
  constructor({ projectConfig: config }) {
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config, global: globalThis });
    this.exportConditions = () => config.testEnvironmentOptions.customExportConditions;
    this.context = ownContext;
    this.globals = descriptorsOf();
    this.environment = { ...process.env };
  }

  async setup() {
    // Jest keeps a hundred frames of every error, also of those that nobody prints. That costs more
    // processor time than it is worth.
    Error.stackTraceLimit = 20;
  }

  async teardown() {
    this.fakeTimersModern.dispose();
    this.fakeTimersModern = null;
    this.context = null;
    restorePackages();
    for (const key of Reflect.ownKeys(globalThis))
      if (!this.globals.has(key) && !packageGlobals.has(key)) Reflect.deleteProperty(globalThis, key);
    for (const [key, descriptor] of this.globals)
      if (descriptor.configurable) Object.defineProperty(globalThis, key, descriptor);
    for (const name of Object.keys(process.env)) if (!(name in this.environment)) delete process.env[name];
    Object.assign(process.env, this.environment);
  }

  getVmContext() {
    return this.context;
  }
};
