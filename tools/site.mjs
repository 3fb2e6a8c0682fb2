#!/usr/bin/env node
// Builds the documents into a static site; see docs/releasing.md. A link that leads nowhere, in a
// document or in a page, is an error.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';

import { build } from 'vitepress';

import { root } from './run/node.mjs';
import { apiPages } from './site/api.mjs';
import { collectPages } from './site/pages.mjs';
import { playgroundData } from './site/playground-data.mjs';
import { sidebarOf } from './site/sidebar.mjs';
import { readVersions } from './site/versions.mjs';

const usage = `usage: npm run docs -- [--base PATH] [--out FOLDER]

Builds docs/ and the API reference into a static site that any web server can serve.
  --base PATH    where the site is served, for example /0.2.0/ (default: /)
  --out FOLDER   the folder of the site (default: .site/html)
`;

/** Writes the sources of the site and returns their folder. */
function stage(folder, base) {
  rmSync(folder, { recursive: true, force: true });
  const pages = collectPages(root);
  const generated = apiPages(root);
  for (const [path, text] of [...pages.texts, ...generated]) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  pages.copyFiles(folder);
  writeFileSync(join(folder, 'public/playground.json'), JSON.stringify(playgroundData()));
  const settings = {
    base,
    versions: readVersions(root),
    sidebar: sidebarOf(pages.titles, new Map(generated)),
  };
  const from = relative(join(folder, '.vitepress'), join(root, 'tools/site'));
  mkdirSync(join(folder, '.vitepress/theme'), { recursive: true });
  writeFileSync(
    join(folder, '.vitepress/config.mjs'),
    `import { configOf } from '${from}/config.mjs';\nexport default configOf(${JSON.stringify(settings)});\n`,
  );
  writeFileSync(
    join(folder, '.vitepress/theme/index.mjs'),
    `export { default } from '../${from}/theme/index.mjs';\n`,
  );
}

const { values } = parseArgs({
  options: { base: { type: 'string' }, out: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help === true) {
  process.stdout.write(usage);
} else {
  const out = resolve(values.out ?? join(root, '.site/html'));
  const folder = join(root, '.site/pages');
  stage(folder, values.base ?? '/');
  await build(folder, { outDir: out });
  process.stdout.write(`wrote the site to ${out}\n`);
}
