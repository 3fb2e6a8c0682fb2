import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import * as contracts from '@interlock/contracts';
import * as kernel from '@interlock/kernel';
import * as linearPattern from '@interlock/kernel/linear-pattern';

/** The root of the workspace. */
const root = fileURLToPath(new URL('../../../..', import.meta.url));

type Exports = { [name: string]: unknown };
type Body = (exports: Exports, require: (specifier: string) => unknown, url: string) => void;
/** A replacement for a source file's text; the path is relative to the workspace's root. */
export type Replaced = { readonly file: string; readonly text: string };

const ofRails = createRequire(join(root, 'libs/rails/package.json'));
const outside: { readonly [specifier: string]: unknown } = {
  ajv: ofRails('ajv'),
  'ajv/dist/2020.js': ofRails('ajv/dist/2020.js'),
  'node:fs': { readFileSync },
  '@interlock/contracts': contracts,
  '@interlock/kernel': kernel,
  '@interlock/kernel/linear-pattern': linearPattern,
};

const sources = new Map<string, string>();
const bodies = new Map<string, Body>();

/** The text of a source file; the path is relative to the workspace's root. */
export const sourceOf = (file: string): string => {
  const known = sources.get(file) ?? readFileSync(join(root, file), 'utf8');
  sources.set(file, known);
  return known;
};

const compiled = (file: string, text: string): Body => {
  const { code } = transformSync(text.replaceAll('import.meta.url', 'url'), {
    swcrc: false,
    filename: file,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  });
  return new Function('exports', 'require', 'url', code) as Body;
};

/**
 * Loads the workspace's TypeScript sources, with at most one replaced, into their own modules.
 * Writes nothing; the packages `contracts` and `kernel` are the caller's. `more` are further
 * packages by name.
 */
export class Loader {
  readonly #modules = new Map<string, Exports>();
  readonly #replaced: Replaced | null;
  readonly #more: { readonly [specifier: string]: unknown };

  constructor(replaced: Replaced | null = null, more: { readonly [specifier: string]: unknown } = {}) {
    this.#replaced = replaced;
    this.#more = more;
  }

  load(file: string): Exports {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const exports: Exports = {};
    this.#modules.set(file, exports);
    const url = pathToFileURL(join(root, file)).href;
    this.#bodyOf(file)(exports, (specifier) => this.#require(file, specifier), url);
    return exports;
  }

  #bodyOf(file: string): Body {
    if (this.#replaced?.file === file) return compiled(file, this.#replaced.text);
    const known = bodies.get(file) ?? compiled(file, sourceOf(file));
    bodies.set(file, known);
    return known;
  }

  #require(from: string, specifier: string): unknown {
    if (specifier.startsWith('.')) return this.load(join(dirname(from), specifier).replace(/\.js$/, '.ts'));
    const found = this.#more[specifier] ?? outside[specifier];
    if (found === undefined) throw new Error(`\`${from}\` imports \`${specifier}\`, which is not provided`);
    return found;
  }
}
