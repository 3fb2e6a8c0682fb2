import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const source = fileURLToPath(new URL('../src', import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).map((name) => join(source, name));
const read = (file: string): string => readFileSync(file, 'utf8');
const sheets = files.filter((file) => file.endsWith('.css'));
const modules = sheets.filter((file) => file.endsWith('.module.css'));
const scripts = files.filter((file) => /\.tsx?$/.test(file));

const imported = /import css from '(.*\.module\.css)'/;
/** The module that a script takes its classes from; undefined where it has none. */
const moduleOf = (file: string): string | undefined => {
  const found = imported.exec(read(file))?.[1];
  return found === undefined ? undefined : resolve(dirname(file), found);
};
const namesIn = (text: string, name: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(name)].map(([, found = '']) => found)),
];

describe('the stylesheets', () => {
  it('have no more lines than somebody can keep in mind', () => {
    const lines = sheets.reduce((sum, file) => sum + read(file).trimEnd().split('\n').length, 0);
    expect(lines).toBeGreaterThan(500);
    expect(lines).toBeLessThanOrEqual(2500);
  });

  it.each(modules.map((file) => [relative(source, file), file]))(
    'declare in %s the classes that its components use, and no other',
    (_name, file) => {
      const text = read(file).replaceAll(/\/\*.*?\*\//gs, '');
      const declared = namesIn(text, /\.([a-z][\w-]*)(?=[^{}]*\{)/gi);
      const used = scripts
        .filter((script) => moduleOf(script) === file)
        .flatMap((script) => namesIn(read(script), /\bcss\['([^']+)'\]/g));
      expect([...new Set(used)].sort()).toEqual([...declared].sort());
    },
  );
});
