import { fileURLToPath } from 'node:url';

import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

import { depConstraints } from './tools/eslint/boundaries.mjs';
import { proseWidth } from './tools/eslint/prose.mjs';
import { impureGlobals, impureImports, impureProperties, impureSyntax } from './tools/eslint/purity.mjs';
import { isPure, readProjects } from './tools/run/workspace.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
// What needs types, and circles of imports, Oxlint finds (.oxlintrc.json).

const projects = readProjects(root);
const pure = projects.filter(isPure).map(({ folder }) => `${folder}/src/**/*.ts`);

const shape = [
  { selector: 'TSEnumDeclaration', message: 'use a union of strings' },
  { selector: 'ExportDefaultDeclaration', message: 'named exports only' },
  { selector: 'ExportAllDeclaration', message: 'name what is exported' },
  {
    selector:
      'TSInterfaceDeclaration:not(TSModuleBlock *):not(:has(TSMethodSignature)):not(:has(TSFunctionType))',
    message: 'use `type` for data; an interface is for a port',
  },
];

const reachable = [
  {
    selector:
      'JSXOpeningElement[name.name=/^([a-z].*|Link|.*Button|.*Input|Textarea|NativeSelect)$/] > JSXAttribute[name.name="title"]',
    message: 'keyboards and touch screens do not reach a `title`; use `Tooltip`',
  },
];

const tests = [
  {
    selector:
      'MemberExpression[object.name=/^(describe|it|test)$/][property.name=/^(only|skip|todo|failing)$/]',
    message:
      'no focused or skipped tests; what needs a part that may be missing says so through @interlock/testing',
  },
  {
    selector: 'CallExpression[callee.name=/^(fit|xit|fdescribe|xdescribe|xtest)$/]',
    message: 'no focused or skipped tests',
  },
];

const boundaries = (options) => [
  'error',
  {
    enforceBuildableLibDependency: false,
    depConstraints: depConstraints(options),
    // A lib's tests use the test parts, which are built on that lib: no circle, for no source
    // follows it.
    ignoredCircularDependencies:
      options?.tests === true ? projects.map(({ nx: name }) => [name, 'testing']) : [],
  },
];

/** The rules of this repository. */
const interlock = { rules: { 'prose-width': proseWidth } };

const always = {
  eqeqeq: 'error',
  'max-lines': ['error', { max: 400, skipComments: true }],
  'interlock/prose-width': 'error',
  'no-console': 'error',
  'no-debugger': 'error',
  'no-var': 'error',
  'object-shorthand': 'error',
  'prefer-const': 'error',
  'no-restricted-syntax': ['error', ...shape],
  '@nx/enforce-module-boundaries': boundaries(),
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unused-vars': [
    'error',
    {
      argsIgnorePattern: '^_',
      varsIgnorePattern: '^_',
      destructuredArrayIgnorePattern: '^_',
      ignoreRestSiblings: true,
    },
  ],
  '@typescript-eslint/ban-ts-comment': 'error',
  '@typescript-eslint/no-namespace': 'error',
};

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      'apps/console/site/**',
      'apps/*/run*/**',
      '**/node_modules/**',
      '**/coverage/**',
      '.nx/**',
      '.interlock/**',
      '**/*.d.ts',
      'apps/*/src/answers.generated.ts',
      'libs/api-types/src/openapi.ts',
    ],
  },
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['{libs,apps}/**/*.{ts,tsx}', 'tools/**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin, '@nx': nx, interlock },
    languageOptions: { parser: tseslint.parser },
    rules: always,
  },
  {
    files: pure,
    rules: {
      'no-restricted-imports': impureImports,
      'no-restricted-globals': impureGlobals,
      'no-restricted-properties': impureProperties,
      'no-restricted-syntax': ['error', ...shape, ...impureSyntax],
    },
  },
  {
    files: ['apps/console/src/**/*.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...shape, ...reachable] },
  },
  {
    files: ['**/test/**/*.ts', '**/*.spec.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...shape, ...tests],
      '@nx/enforce-module-boundaries': boundaries({ tests: true }),
    },
  },
  {
    files: [
      'tools/**/*.mjs',
      'bench/**/*.mjs',
      'deploy/**/*.mjs',
      '*.mjs',
      '{libs,apps}/*/bin/*.js',
      'apps/*/*.mjs',
    ],
    plugins: { interlock },
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipComments: true }],
      'interlock/prose-width': 'error',
      'no-console': 'error',
      'no-debugger': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
);
