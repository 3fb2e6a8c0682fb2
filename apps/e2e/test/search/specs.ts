import type { Loader } from './loader.js';

type Body = (...values: readonly unknown[]) => unknown;
/** A collected case of a spec; `title` includes the titles of its describes. */
export type Case = { readonly file: string; readonly title: string; readonly body: () => unknown };

/** A row of a table of cases, in its title. */
const shown = (row: unknown): string =>
  JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
const listed = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row]);

/** The part of Jest's interface that pure specs use; it collects the cases without running them. */
export class Specs {
  readonly #expect: unknown;
  #file = '';
  #path: readonly string[] = [];
  #cases: Case[] = [];

  /** `expect` is Jest's own. */
  constructor(expect: unknown) {
    this.#expect = expect;
  }

  /** The content of `@jest/globals` for a spec. */
  get globals(): { readonly [name: string]: unknown } {
    const it = (title: string, body: () => unknown): void => {
      this.#cases.push({ file: this.#file, title: [...this.#path, title].join(' > '), body });
    };
    const itEach =
      (rows: readonly unknown[]) =>
      (title: string, body: Body): void => {
        for (const row of rows) it(`${title} ${shown(row)}`, () => body(...listed(row)));
      };
    const describe = (title: string, body: () => void): void => {
      const path = this.#path;
      this.#path = [...path, title];
      body();
      this.#path = path;
    };
    const describeEach =
      (rows: readonly unknown[]) =>
      (title: string, body: Body): void => {
        for (const row of rows) describe(`${title} ${shown(row)}`, () => void body(...listed(row)));
      };
    return {
      expect: this.#expect,
      it: Object.assign(it, { each: itEach }),
      test: Object.assign(it, { each: itEach }),
      describe: Object.assign(describe, { each: describeEach }),
    };
  }

  /**
   * The cases of a spec in order. Throws what the spec throws while a loader with these globals
   * loads it.
   */
  casesOf(file: string, loader: Loader): readonly Case[] {
    this.#file = file;
    this.#path = [];
    this.#cases = [];
    loader.load(file);
    return this.#cases;
  }
}
