import { expect } from '@jest/globals';
import fastCheck from 'fast-check';
import * as fastCheckNames from 'fast-check';
import { Loader, type Replaced } from './loader.js';

type Body = (...values: readonly unknown[]) => unknown;
type Case = { readonly title: string; readonly body: () => unknown };

const listed = (row: unknown): readonly unknown[] => (Array.isArray(row) ? row : [row]);

/** The part of Jest's interface that pure specs use: it collects the cases, and runs nothing. */
const collector = (collect: (one: Case) => void) => {
  const it = (title: string, body: () => unknown): void => {
    collect({ title, body });
  };
  const itEach =
    (rows: readonly unknown[]) =>
    (title: string, body: Body): void => {
      for (const row of rows) it(`${title} ${JSON.stringify(row)}`, () => body(...listed(row)));
    };
  const describe = (_title: string, body: () => void): void => {
    body();
  };
  const describeEach =
    (rows: readonly unknown[]) =>
    (_title: string, body: Body): void => {
      for (const row of rows) body(...listed(row));
    };
  return {
    expect,
    it: Object.assign(it, { each: itEach }),
    test: Object.assign(it, { each: itEach }),
    describe: Object.assign(describe, { each: describeEach }),
  };
};

/** Runs pure specs on the sources as they stand, or with one of them replaced. Returns what fails first; null where nothing does. */
export const firstFailure = async (
  files: readonly string[],
  replaced: Replaced | null,
): Promise<string | null> => {
  let cases: Case[] = [];
  const collecting = collector((one) => {
    cases.push(one);
  });
  const loader = new Loader(replaced, {
    '@jest/globals': collecting,
    'fast-check': { ...fastCheckNames, default: fastCheck, __esModule: true },
  });
  for (const file of files) {
    cases = [];
    try {
      loader.load(file);
    } catch (error) {
      return `${file}: ${String(error).slice(0, 200)}`;
    }
    for (const { title, body } of cases) {
      try {
        await body();
      } catch {
        return `${file}: ${title.slice(0, 200)}`;
      }
    }
  }
  return null;
};
