import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

import { root } from '../run/node.mjs';

const validated = new Set(['Body', 'Query', 'Param', 'Payload']);

/** Messages of Interlock's own services, which they have checked when they made them. */
const trusted = new Set(['BusMessage', 'DefineToolRequest']);

/** The names that a file has at compile time only. */
const typesOf = (file: ts.SourceFile): ReadonlySet<string> =>
  new Set(
    file.statements.flatMap((statement) => {
      if (ts.isTypeAliasDeclaration(statement) || ts.isInterfaceDeclaration(statement))
        return [statement.name.text];
      if (!ts.isImportDeclaration(statement)) return [];
      const { importClause: clause } = statement;
      if (clause?.namedBindings === undefined || !ts.isNamedImports(clause.namedBindings)) return [];
      return clause.namedBindings.elements
        .filter((one) => clause.isTypeOnly || one.isTypeOnly)
        .map((one) => one.name.text);
    }),
  );

/** What Nest checks of a message, in the order of the source: the text of each parameter's type. */
const checkedIn = (file: ts.SourceFile): readonly string[] => {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isParameter(node) && node.type !== undefined) {
      const names = (ts.getDecorators(node) ?? []).map(({ expression }) =>
        ts.isCallExpression(expression) ? expression.expression.getText() : '',
      );
      if (names.some((name) => validated.has(name))) found.push(node.type.getText());
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
};

/** The parameters of a source that have no class at run time, so that Nest checks nothing. */
const unchecked = (name: string, text: string): readonly string[] => {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const types = typesOf(file);
  return checkedIn(file).filter((type) => types.has(type) && !trusted.has(type));
};

describe('what a route or a method of the bus takes', () => {
  it('has a class at run time, without which nothing of it would be checked', () => {
    const files = globSync('apps/*/src/**/*.ts', { cwd: root });
    const sources = files.map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);
    expect(sources.filter(([, text]) => text.includes('@Body()')).length).toBeGreaterThan(20);
    expect(
      sources.flatMap(([name, text]) => unchecked(name, text).map((type) => `${name}: ${type}`)),
    ).toEqual([]);
  });

  it('is found where a class is imported as a type, or where there is none', () => {
    const route = 'class A { @Post() post(@Body() body: BodyDto) {} }';
    expect(unchecked('a.ts', `import type { BodyDto } from './a.js';\n${route}`)).toEqual(['BodyDto']);
    expect(unchecked('a.ts', `import { type BodyDto } from './a.js';\n${route}`)).toEqual(['BodyDto']);
    expect(unchecked('a.ts', `type BodyDto = { a: string };\n${route}`)).toEqual(['BodyDto']);
    expect(unchecked('a.ts', `import { BodyDto } from './a.js';\n${route}`)).toEqual([]);
  });
});
