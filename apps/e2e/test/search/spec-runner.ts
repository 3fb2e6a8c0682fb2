import { expect } from '@jest/globals';
import fastCheck from 'fast-check';
import * as fastCheckNames from 'fast-check';
import { Loader, type Replaced } from './loader.js';
import { Specs, type Case } from './specs.js';

/**
 * Runs pure specs on the sources, with at most one replaced. Returns the first failure; null if
 * there is none.
 */
export const firstFailure = async (
  files: readonly string[],
  replaced: Replaced | null,
): Promise<string | null> => {
  const specs = new Specs(expect);
  const loader = new Loader(replaced, {
    '@jest/globals': specs.globals,
    'fast-check': { ...fastCheckNames, default: fastCheck, __esModule: true },
  });
  for (const file of files) {
    let cases: readonly Case[] = [];
    try {
      cases = specs.casesOf(file, loader);
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
