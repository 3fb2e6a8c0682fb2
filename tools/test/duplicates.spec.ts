import { describe, expect, it } from '@jest/globals';
import { codeLines, duplicates, readSources, shortest } from '../duplicates.mjs';
import { root } from '../run/node.mjs';

const lines = (count: number, name: string): string =>
  Array.from({ length: count }, (_, n) => `  ${name}(${n});`).join('\n');
const text = (body: string, name: string): string => `export const ${name} = () => {\n${body}\n};\n`;

describe('the search for repetitions', () => {
  it('finds equal lines in two files, whatever their indentation', () => {
    expect(
      duplicates({
        'a.ts': text(lines(shortest, 'same'), 'a'),
        'b.ts': `\n${text(lines(shortest, 'same').replaceAll('  same', '\t\tsame'), 'b')}`,
      }),
    ).toEqual(['a.ts:2 and b.ts:3: 13 equal lines; say them once']);
  });

  it('finds equal lines in two places of one file', () => {
    expect(
      duplicates({
        'a.ts': `${text(lines(shortest, 'same'), 'a')}${text(lines(shortest, 'same'), 'b')}`,
      }),
    ).toHaveLength(1);
  });

  it('names every pair of three places', () => {
    const body = lines(shortest, 'same');
    expect(
      duplicates({ 'a.ts': text(body, 'a'), 'b.ts': text(body, 'b'), 'c.ts': text(body, 'c') }),
    ).toHaveLength(3);
  });

  it('passes a run that is one line shorter', () => {
    const body = lines(shortest - 2, 'same');
    expect(duplicates({ 'a.ts': text(body, 'a'), 'b.ts': text(body, 'b') })).toEqual([]);
  });

  it('passes a run that two different lines interrupt', () => {
    const body = (name: string): string =>
      `${lines(shortest - 2, 'same')}\n  ${name}();\n${lines(shortest - 2, 'like')}`;
    expect(duplicates({ 'a.ts': text(body('one'), 'a'), 'b.ts': text(body('two'), 'b') })).toEqual([]);
  });

  it('does not count imports, re-exports, comments and blank lines', () => {
    expect(
      codeLines(
        [
          'import { a,',
          "  b } from './b.js';",
          "export { c } from './c.js';",
          'export type {',
          '  D,',
          "} from './d.js';",
          '',
          '/**',
          ' * A comment.',
          ' */',
          '// Another one.',
          'export const e   = 1;',
        ].join('\n'),
      ),
    ).toEqual([{ text: 'export const e = 1;', number: 12 }]);
  });

  it('finds a planted repetition in the sources of this repository', () => {
    const sources = readSources(root);
    const [name = '', source = ''] =
      Object.entries(sources).find(([file]) => file.startsWith('libs/rails/')) ?? [];
    expect(duplicates({ ...sources, 'libs/rails/src/planted.ts': source })).toContainEqual(
      expect.stringContaining(`${name}:`),
    );
  });

  it('reads no generated file and no test', () => {
    const names = Object.keys(readSources(root));
    expect(names).toContain('tools/duplicates.mjs');
    expect(names).not.toContain('libs/api-types/src/openapi.ts');
    expect(names.filter((name) => name.endsWith('.spec.ts'))).toEqual([]);
  });
});
