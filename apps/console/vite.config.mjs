import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { noticesFile, noticesOf } from '../../tools/notices.mjs';

/** Kilobytes after gzip: design, section 14. */
const budgets = { firstScripts: 260, firstStyles: 30, lazyPage: 150 };

const kilobytes = (text) => gzipSync(text, { level: 9 }).length / 1000;

/**
 * Fails the build where what a browser loads first, or any page loaded later, is larger than its
 * budget.
 */
const budget = () => ({
  name: 'budget',
  generateBundle(_options, bundle) {
    const files = Object.values(bundle);
    const chunks = files.filter(({ type }) => type === 'chunk');
    const first = new Set();
    const visit = (name) => {
      const chunk = bundle[name];
      if (chunk === undefined || first.has(name)) return;
      first.add(name);
      chunk.imports.forEach(visit);
    };
    chunks.filter(({ isEntry }) => isEntry).forEach(({ fileName }) => visit(fileName));
    const scripts = [...first].reduce((sum, name) => sum + kilobytes(bundle[name].code), 0);
    const styles = files
      .filter(({ fileName }) => /^assets\/index-.*\.css$/.test(fileName))
      .reduce((sum, { source }) => sum + kilobytes(source), 0);
    const lazy = chunks
      .filter(({ fileName }) => !first.has(fileName))
      .map(({ fileName, code }) => [fileName, kilobytes(code)]);
    const faults = [
      ...(scripts > budgets.firstScripts
        ? [`the first scripts have ${scripts.toFixed(1)} kB, ${budgets.firstScripts} are allowed`]
        : []),
      ...(styles > budgets.firstStyles
        ? [`the first styles have ${styles.toFixed(1)} kB, ${budgets.firstStyles} are allowed`]
        : []),
      ...lazy
        .filter(([, size]) => size > budgets.lazyPage)
        .map(([name, size]) => `${name} has ${size.toFixed(1)} kB, ${budgets.lazyPage} are allowed`),
    ];
    if (faults.length > 0) this.error(faults.join('; '));
    this.info(`first load ${scripts.toFixed(1)} kB of scripts, ${styles.toFixed(1)} kB of styles, gzip`);
  },
});

const policyLib = createRequire(join(import.meta.dirname, '../../libs/policy/package.json'));

/**
 * The analysis checks bundles by Ajv, which compiles a schema into code at run time; the content
 * policy of the page allows no such thing. So the one schema that is used in the browser is
 * compiled here, and what takes Ajv's place knows it alone. The libraries that make decisions again
 * name other schemas, too, which services judge requests by and no decider does: those throw where
 * they are used, not where they are named.
 */
const compiledSchema = () => ({
  name: 'compiled-schema',
  enforce: 'pre',
  resolveId: (name) => (name === 'ajv' || name === 'ajv/dist/2020.js' ? '\0compiled-schema' : null),
  load: (id) => {
    if (id !== '\0compiled-schema') return null;
    const { Ajv } = policyLib('ajv');
    const { default: standalone } = policyLib('ajv/dist/standalone');
    const file = join(import.meta.dirname, '../../docs/schemas/policy-bundle.schema.json');
    const schema = JSON.parse(readFileSync(file, 'utf8'));
    delete schema.$id;
    const ajv = new Ajv({
      allErrors: true,
      verbose: true,
      strict: true,
      strictTypes: false,
      strictRequired: false,
      validateFormats: false,
      ownProperties: true,
      code: { source: true, esm: true },
    });
    const imports = [];
    const code = standalone(ajv, ajv.compile(schema))
      .replace('"use strict";', '')
      .replace(/const (\w+) = require\("([^"]+)"\)\.default;/g, (_whole, name, path) => {
        imports.push(`import ${name}Module from ${JSON.stringify(policyLib.resolve(path))};`);
        return `const ${name} = ${name}Module.default ?? ${name}Module;`;
      })
      .replace(/export default (\w+);/, '')
      .replace('export const validate', 'const validate');
    return `${imports.join('\n')}\n${code}
const known = ${JSON.stringify(JSON.stringify(schema))};
const sorted = (value) => Array.isArray(value) ? value.map(sorted) : typeof value === 'object' && value !== null
  ? Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])])) : value;
export class Ajv {
  removeKeyword() {}
  addKeyword() {}
  removeSchema() {}
  compile(schema) {
    if (JSON.stringify(sorted(schema)) === JSON.stringify(sorted(JSON.parse(known)))) return validate;
    return () => {
      throw new Error('only the schema of bundles was compiled for the browser');
    };
  }
}
export { Ajv as Ajv2020 };`;
  },
});

/**
 * The manifest names the icon by the name that the icon has once it is built; without it the
 * console cannot be installed.
 */
const installable = () => ({
  name: 'installable',
  generateBundle(_options, bundle) {
    const files = Object.values(bundle).filter(({ type }) => type === 'asset');
    const icon = files.find(({ fileName }) => /icon-[^/]+\.svg$/.test(fileName));
    const manifest = files.find(({ fileName }) => fileName.endsWith('.webmanifest'));
    if (icon === undefined || manifest === undefined) {
      this.error('the manifest or its icon is missing: the console could not be installed');
    }
    const said = JSON.parse(String(manifest.source));
    manifest.source = JSON.stringify({
      ...said,
      icons: said.icons.map((one) => ({ ...one, src: `/${icon.fileName}` })),
    });
  },
});

const modules = new Set();
/** Notes the modules of the page, or of a worker, which is bundled before the page. */
const noted = () => ({
  name: 'noted',
  generateBundle(_options, bundle) {
    // A font is a file of its own, by its path from here.
    for (const { modules: own = {}, originalFileNames: files = [] } of Object.values(bundle))
      for (const id of [...Object.keys(own), ...files]) modules.add(resolve(import.meta.dirname, id));
  },
});
/** Writes the notices of all packages that browsers get. */
const notices = () => ({
  name: 'notices',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: noticesFile, source: noticesOf([...modules]) });
  },
});

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), compiledSchema(), budget(), installable(), noted(), notices()],
  worker: { format: 'iife', plugins: () => [compiledSchema(), noted()] },
  resolve: { conditions: ['@interlock/source', 'module', 'browser'] },
  // Files by their hash alone, no inlined ones: the content policy allows no data but images.
  build: {
    outDir: 'site',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
});
