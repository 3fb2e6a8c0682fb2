// A Stryker test runner for pure specs. The instrumented sources already contain every mutation and
// select one by a number, so nothing is compiled or started for it. The specs that reach it are
// loaded into fresh modules and run in this process, in milliseconds.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

/** The object through which instrumented sources read the active mutation and report coverage. */
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

/** A package in the form for sources compiled to CommonJS. */
const imported = async (name) => {
  const found = await import(name);
  return { ...found, __esModule: true };
};

/** The imports of the pure libraries' sources and specs, besides those of the loader. */
const packages = [
  '@noble/hashes/legacy.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/utils.js',
  'canonicalize',
  'fast-check',
];

/**
 * Slow suites and tests, by prefixes of their ids. A mutation that only these would find counts as
 * not found.
 */
const leftOut = [
  'libs/autonomy/test/earned.spec.ts what a record shows > is wrong in at most',
  'libs/rails/test/events.spec.ts ',
  'libs/rails/test/model.spec.ts ',
];

const tookFile = 'took.json';

/** The most examples of a property for each mutation. */
const examplesAtMost = 20;

/**
 * The property library with few examples and without shrinking, so a score is rather too low than
 * too high.
 */
const brief = (fastCheck) => {
  fastCheck.configureGlobal({ endOnFailure: true, seed: 1 });
  const assert = (property, parameters) =>
    fastCheck.assert(property, {
      ...parameters,
      numRuns: Math.min(parameters?.numRuns ?? examplesAtMost, examplesAtMost),
    });
  return { ...fastCheck, assert, default: { ...fastCheck.default, assert } };
};

const messageOf = (error) => String(error?.stack ?? error).slice(0, 2000);

/**
 * Runs the specs of one library (`INTERLOCK_MUTATED`) in the working directory, which is Stryker's
 * copy of the tree.
 */
class SpecRunner {
  #parts;
  #files = [];
  /**
   * How long each test took in the first run, ms, by its id. A file keeps it for the next process
   * after one was stopped because a mutation made it hang.
   */
  #took = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    resolveSources();
    const search = (name) =>
      import(pathToFileURL(join(process.cwd(), 'apps/e2e/test/search', `${name}.ts`)).href);
    // Outside Jest `@jest/globals` cannot be loaded, but its parts can.
    const { jestExpect: expect } = createRequire(import.meta.resolve('@jest/globals'))('@jest/expect');
    const [{ Loader }, { Specs }, ...found] = await Promise.all([
      search('loader'),
      search('specs'),
      ...packages.map(imported),
    ]);
    const more = Object.fromEntries(packages.map((name, index) => [name, found[index]]));
    more['fast-check'] = brief(more['fast-check']);
    this.#parts = { Loader, Specs, expect, more };
    this.#files = globSync(`libs/${process.env.INTERLOCK_MUTATED}/test/**/*.spec.ts`)
      .filter((file) => !leftOut.includes(`${file} `))
      .sort();
    if (existsSync(tookFile)) this.#took = new Map(JSON.parse(readFileSync(tookFile, 'utf8')));
  }

  /**
   * Returns a function that loads specs into their own modules, one after the other. Ids of tests
   * are titles with their files; a repeated title gets a number.
   */
  #loading() {
    const { Loader, Specs, expect, more } = this.#parts;
    const specs = new Specs(expect);
    const loader = new Loader(null, { ...more, '@jest/globals': specs.globals });
    return (file) => {
      const times = new Map();
      return specs.casesOf(file, loader).flatMap(({ title, body }) => {
        const count = (times.get(title) ?? 0) + 1;
        times.set(title, count);
        const id = `${file} ${title}${count === 1 ? '' : ` #${count}`}`;
        return leftOut.some((one) => id.startsWith(one)) ? [] : [{ id, file, body }];
      });
    };
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
    for (const test of this.#files.flatMap(this.#loading())) {
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
    writeFileSync(tookFile, JSON.stringify([...this.#took]));
    return { status: 'complete', tests, mutantCoverage: instrument.mutantCoverage };
  }

  /** The specs of the requested tests, the quick ones first. */
  #asked(testFilter) {
    const asked = new Map();
    for (const id of testFilter ?? this.#took.keys()) {
      const took = this.#took.get(id);
      if (took === undefined) throw new Error(`test \`${id}\` was not in the first run`);
      const file = id.slice(0, id.indexOf(' '));
      const known = asked.get(file) ?? { ids: new Set(), took: 0 };
      asked.set(file, { ids: known.ids.add(id), took: known.took + took });
    }
    return [...asked].sort(([, a], [, b]) => a.took - b.took);
  }

  async mutantRun({ activeMutant, hitLimit, mutantActivation, testFilter }) {
    const isStatic = mutantActivation === 'static';
    const begin = performance.now();
    Object.assign(instrument, {
      activeMutant: undefined,
      hitCount: hitLimit === undefined ? undefined : 0,
      hitLimit,
      mutantCoverage: undefined,
    });
    let nrOfTests = 0;
    const resultOf = (result) => ({ ...result, nrOfTests, duration: performance.now() - begin });
    const killed = (killedBy, failureMessage) =>
      resultOf({ status: 'killed', killedBy: [killedBy], failureMessage });
    const load = this.#loading();
    for (const [file, { ids }] of this.#asked(testFilter)) {
      let tests;
      instrument.activeMutant = isStatic ? activeMutant.id : undefined;
      try {
        tests = load(file);
      } catch (error) {
        if (isStatic) return killed(file, messageOf(error));
        throw error;
      }
      instrument.activeMutant = activeMutant.id;
      for (const test of tests.filter(({ id }) => ids.has(id))) {
        nrOfTests += 1;
        const failure = await this.#failureOf(test);
        if (hitLimit !== undefined && instrument.hitCount > hitLimit)
          return resultOf({ status: 'timeout', reason: `the fault was met over ${hitLimit} times` });
        if (failure !== null) return killed(test.id, failure);
      }
    }
    return resultOf({ status: 'survived' });
  }
}

const create = () => new SpecRunner();

export const strykerPlugins = [{ kind: 'TestRunner', name: 'specs', factory: create }];
