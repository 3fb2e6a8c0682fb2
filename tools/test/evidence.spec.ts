import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const textOf = (file: string): string => readFileSync(`${root}${file}`, 'utf8');
/** Documents in which each row of a table with the last column `shown by` names tests. */
const documents = ['SECURITY.md', 'docs/security-model.md'];

/** The titles of the cases in a test file, as its source writes them. */
const casesOf = (file: string): ReadonlySet<string> => {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest);
  const titles = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^it\b/.test(node.expression.getText(source))) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.add(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return titles;
};

type Row = { readonly row: string; readonly tests: readonly (readonly [file: string, title: string])[] };

/** The rows of the tables whose last column is `shown by`. */
const rowsOf = (text: string): readonly Row[] => {
  const rows: Row[] = [];
  let inside = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) inside = false;
    else if (/\| shown by +\|$/.test(line)) inside = true;
    else if (inside && !/^[| -]+$/.test(line)) {
      const last = line.split(' | ').at(-1) ?? '';
      rows.push({
        row: line.split('|')[1]?.trim() ?? '',
        tests: [...last.matchAll(/`([^`]+\.spec\.ts)`: "([^"]+)"/g)].map(
          ([, file = '', title = '']) => [file, title] as const,
        ),
      });
    }
  }
  return rows;
};

/** The rows without a test, and the named tests that do not exist. */
const faultsIn = (text: string): readonly string[] =>
  rowsOf(text).flatMap(({ row, tests }) =>
    tests.length === 0
      ? [`${row}: names no test`]
      : tests.flatMap(([file, title]) => {
          if (!existsSync(`${root}${file}`)) return [`${row}: there is no ${file}`];
          return casesOf(file).has(title) ? [] : [`${row}: ${file} has no case "${title}"`];
        }),
  );

describe('the evidence of a document', () => {
  it.each(documents)('%s names an existing test for each of its claims', (file) => {
    const text = textOf(file);
    expect(rowsOf(text).length).toBeGreaterThan(10);
    expect(faultsIn(text)).toEqual([]);
  });

  it('is refused without a test, with a missing file, or with a title that no case has', () => {
    const own = 'tools/test/evidence.spec.ts';
    const table = (cell: string): string => `| claim | shown by |\n| --- | --- |\n| a claim | ${cell} |\n`;
    expect(faultsIn(table('of course'))).toEqual(['a claim: names no test']);
    expect(faultsIn(table('`tools/test/gone.spec.ts`: "is"'))).toEqual([
      'a claim: there is no tools/test/gone.spec.ts',
    ]);
    expect(faultsIn(table(`\`${own}\`: "is not"`))).toEqual([`a claim: ${own} has no case "is not"`]);
    expect(faultsIn(table(`\`${own}\`: "%s names an existing test for each of its claims"`))).toEqual([]);
  });
});
