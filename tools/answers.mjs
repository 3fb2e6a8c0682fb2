#!/usr/bin/env node
// Writes the schemas of each service's answers, which no one edits and git does not hold, from the
// types that its controllers' methods return. `npm run build` runs this before the compiler.
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

import { awaited, isVoid, Schemas } from './answers/schema.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const routes = new Set(['Get', 'Post', 'Put', 'Patch', 'Delete']);

const decoratorsOf = (node) =>
  (ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : []).flatMap(({ expression }) =>
    ts.isCallExpression(expression) ? [{ name: expression.expression.getText(), call: expression }] : [],
  );

/** The compiler's view of the services' sources, which needs no build of the libraries. */
export function programOf(files) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  return ts.createProgram(files, {
    ...options,
    composite: false,
    incremental: false,
    noEmit: true,
    customConditions: ['@interlock/source'],
  });
}

/** What a route answers, by status; `''` is the status that Nest gives it. */
function answersOf(checker, schemas, method) {
  const decorators = decoratorsOf(method);
  const named = decorators.filter(({ name }) => name === 'Answers');
  if (named.length > 0)
    return Object.fromEntries(
      named.map(({ call }) => [
        call.arguments[0]?.getText() ?? '',
        schemas.of(checker.getTypeFromTypeNode(call.typeArguments[0]), call.typeArguments[0]),
      ]),
    );
  // What is no JSON, or has a schema of its own, says so with a decorator of Swagger.
  if (decorators.some(({ name }) => /^Api\w*Response$/.test(name))) return {};
  const signature = checker.getSignatureFromDeclaration(method);
  const type = awaited(checker, checker.getReturnTypeOfSignature(signature));
  if (isVoid(type)) return {};
  // A write that may loosen a setting answers it, or the change request that people approve.
  const change = type.isUnion()
    ? type.types.find(({ symbol }) => symbol?.name === 'ChangeRequestedDto')
    : undefined;
  if (change !== undefined) {
    const [written, ...others] = type.types.filter((part) => part !== change);
    if (written === undefined || others.length > 0)
      throw new Error(`\`${method.name.getText()}\` answers more than a setting or a change request`);
    return { '': schemas.of(written), 202: schemas.of(change) };
  }
  const schema = schemas.of(type, method.type);
  if (Object.keys(schema).length > 0) return { '': schema };
  throw new Error(
    `${method.getSourceFile().fileName}: \`${method.name.getText()}\` has no type of its answer`,
  );
}

/** The answers of one service's routes, and the schemas that they refer to. */
export function describeAnswers(checker, files) {
  const schemas = new Schemas(checker, root);
  const operations = {};
  for (const file of files)
    for (const owner of file.statements) {
      if (!ts.isClassDeclaration(owner) || !decoratorsOf(owner).some(({ name }) => name === 'Controller'))
        continue;
      const controller = owner.name.text.replace(/Controller$/, '').toLowerCase();
      for (const method of owner.members) {
        if (!ts.isMethodDeclaration(method)) continue;
        if (!decoratorsOf(method).some(({ name }) => routes.has(name))) continue;
        const answers = answersOf(checker, schemas, method);
        if (Object.keys(answers).length > 0) operations[`${controller}_${method.name.getText()}`] = answers;
      }
    }
  return { operations, schemas: schemas.named };
}

/**
 * Writes `src/answers.generated.ts` of each service where it differs from what its types say.
 * @returns {number} how many were written
 */
export function writeAnswers() {
  const controllers = globSync('apps/*/src/**/*.controller.ts', { cwd: root }).sort();
  const program = programOf(controllers.map((file) => join(root, file)));
  const checker = program.getTypeChecker();
  let written = 0;
  for (const app of new Set(controllers.map((file) => file.split('/')[1]))) {
    const own = controllers.filter((file) => file.startsWith(`apps/${app}/`));
    const answers = describeAnswers(
      checker,
      own.map((file) => program.getSourceFile(join(root, file))),
    );
    const text = [
      '// Generated from the types of the answers by tools/answers.mjs.',
      "import type { AnswerSchemas } from '@interlock/platform';",
      '',
      `export const answers: AnswerSchemas = ${JSON.stringify(answers, null, 2)};`,
      '',
    ].join('\n');
    const file = join(root, `apps/${app}/src/answers.generated.ts`);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    writeFileSync(file, text);
    written += 1;
  }
  return written;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(`wrote the answers of ${writeAnswers()} services\n`);
