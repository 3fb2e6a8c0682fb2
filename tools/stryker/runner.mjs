// A test runner of Stryker's for pure specs. Every fault is in the instrumented sources already and is switched on by a number, so that nothing is compiled or started anew for it:
// the specs that reach it are loaded into fresh modules and run in this process, in milliseconds.
import { existsSync, globSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** The object by which instrumented sources learn which fault is on, and say what they came by. */
const instrument = (globalThis.__stryker__ ??= {});

/** TypeScript sources import `./x.js`; in the working tree that file is `./x.ts`. */
const resolveSources = () =>
  registerHooks({
    resolve(specifier, context, next) {
      if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
        const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
        if (existsSync(source)) return next(source.href, context);
      }
      return next(specifier, context);
    },
  });

/** A package as sources that are compiled to CommonJS find it. */
const imported = async (name) => {
  const found = await import(name);
  return { ...found, __esModule: true };
};

/** What the sources and specs of the pure libraries import, beside what the loader has itself. */
const packages = [
  '@noble/hashes/legacy.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/utils.js',
  'canonicalize',
  'fast-check',
];

const messageOf = (error) => String(error?.stack ?? error).slice(0, 2000);

/** Runs the specs of one library (`INTERLOCK_MUTATED`), found in the working directory, which is Stryker's copy of the tree. */
class SpecRunner {
  #parts;
  #files = [];
  /** How long each test took in the first run, ms, by its id: the quick ones are asked first. */
  #took = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    resolveSources();
    const search = (name) =>
      import(pathToFileURL(join(process.cwd(), 'apps/e2e/test/search', `${name}.ts`)).href);
    // Outside of a run of Jest's `@jest/globals` cannot be loaded, and what it is made of can.
    const { jestExpect: expect } = createRequire(import.meta.resolve('@jest/globals'))('@jest/expect');
    const [{ Loader }, { Specs }, ...found] = await Promise.all([
      search('loader'),
      search('specs'),
      ...packages.map(imported),
    ]);
    const more = Object.fromEntries(packages.map((name, index) => [name, found[index]]));
    // A fault is found by one example; nobody needs the smallest.
    more['fast-check'].configureGlobal({ endOnFailure: true });
    this.#parts = { Loader, Specs, expect, more };
    this.#files = globSync(`libs/${process.env.INTERLOCK_MUTATED}/test/**/*.spec.ts`).sort();
  }

  /** Loads these specs into modules of their own. Ids are titles with their files; a title that comes twice has its number behind it. */
  #load(files) {
    const { Loader, Specs, expect, more } = this.#parts;
    const specs = new Specs(expect);
    const loader = new Loader(null, { ...more, '@jest/globals': specs.globals });
    return files.flatMap((file) => {
      const times = new Map();
      return specs.casesOf(file, loader).map(({ title, body }) => {
        const count = (times.get(title) ?? 0) + 1;
        times.set(title, count);
        return { id: `${file} ${title}${count === 1 ? '' : ` #${count}`}`, file, title, body };
      });
    });
  }

  async #failureOf({ id, body }) {
    instrument.currentTestId = id;
    try {
      await body();
      return null;
    } catch (error) {
      return messageOf(error);
    } finally {
      instrument.currentTestId = undefined;
    }
  }

  async dryRun() {
    Object.assign(instrument, { activeMutant: undefined, hitCount: undefined, mutantCoverage: undefined });
    const tests = [];
    for (const test of this.#load(this.#files)) {
      const begin = performance.now();
      const failure = await this.#failureOf(test);
      const timeSpentMs = performance.now() - begin;
      this.#took.set(test.id, timeSpentMs);
      tests.push({
        id: test.id,
        name: test.id,
        fileName: join(process.cwd(), test.file),
        timeSpentMs,
        ...(failure === null ? { status: 0 } : { status: 1, failureMessage: failure }),
      });
    }
    return { status: 'complete', tests, mutantCoverage: instrument.mutantCoverage };
  }

  /** The specs that hold one of these tests, all where none are named. */
  #filesOf(testFilter) {
    if (testFilter === undefined) return this.#files;
    return this.#files.filter((file) => testFilter.some((id) => id.startsWith(`${file} `)));
  }

  async mutantRun({ activeMutant, hitLimit, mutantActivation, testFilter }) {
    const isStatic = mutantActivation === 'static';
    const begin = performance.now();
    Object.assign(instrument, {
      activeMutant: isStatic ? activeMutant.id : undefined,
      hitCount: hitLimit === undefined ? undefined : 0,
      hitLimit,
      mutantCoverage: undefined,
    });
    const duration = () => performance.now() - begin;
    let tests;
    try {
      tests = this.#load(this.#filesOf(testFilter));
    } catch (error) {
      if (!isStatic) throw error;
      return {
        status: 'killed',
        killedBy: ['loading'],
        failureMessage: messageOf(error),
        nrOfTests: 0,
        duration: duration(),
      };
    }
    instrument.activeMutant = activeMutant.id;
    const asked = tests
      .filter(({ id }) => testFilter === undefined || testFilter.includes(id))
      .sort((a, b) => (this.#took.get(a.id) ?? 0) - (this.#took.get(b.id) ?? 0));
    for (const [index, test] of asked.entries()) {
      const failure = await this.#failureOf(test);
      if (hitLimit !== undefined && instrument.hitCount > hitLimit)
        return {
          status: 'timeout',
          reason: `the fault was met over ${hitLimit} times`,
          duration: duration(),
        };
      if (failure !== null)
        return {
          status: 'killed',
          killedBy: [test.id],
          failureMessage: failure,
          nrOfTests: index + 1,
          duration: duration(),
        };
    }
    return { status: 'survived', nrOfTests: asked.length, duration: duration() };
  }
}

const create = () => new SpecRunner();

export const strykerPlugins = [{ kind: 'TestRunner', name: 'specs', factory: create }];
