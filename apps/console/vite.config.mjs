import { gzipSync } from 'node:zlib';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Kilobytes after gzip: design, section 14. */
const budgets = { firstScripts: 260, firstStyles: 30, lazyPage: 150 };

const kilobytes = (text) => gzipSync(text, { level: 9 }).length / 1000;

/** Fails the build where what a browser loads first, or any page loaded later, is larger than its budget. */
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

/** The manifest names the icon by the name that the icon has once it is built; without it the console cannot be installed. */
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

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  plugins: [react(), budget(), installable()],
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
