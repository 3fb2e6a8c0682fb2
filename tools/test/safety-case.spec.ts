import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/safety-case.md', root), 'utf8').replace(/\s+/g, ' ');
/** Files and folders in backticks, each with the names after it. */
const named = [
  ...text.matchAll(/`((?:apps|libs|tools|docs|fixtures)\/[^` ]+)`(?:(?:, | \()((?:`\w+`(?:, )?)+))?/g),
].map(([, path = '', names = '']) => ({
  path,
  names: [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
}));

describe('the safety case', () => {
  it('names files, and for each rule where it is enforced', () => {
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ names }) => names.length > 0).length).toBeGreaterThan(25);
  });

  it('names existing files and their content', () => {
    const missing = named.flatMap(({ path, names }) => {
      const file = new URL(path, root);
      if (!existsSync(file)) return [path];
      const held = names.length === 0 ? '' : readFileSync(file, 'utf8');
      return names.filter((name) => !new RegExp(`\\b${name}\\b`).test(held)).map((name) => `${path} ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('is linked from the start page for evaluators', () =>
    expect(readFileSync(new URL('README.md', root), 'utf8')).toContain('(docs/safety-case.md)'));
});
