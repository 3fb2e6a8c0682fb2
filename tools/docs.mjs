#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// Writes the generated documents from the libraries as they are now, so it builds these first.
const root = fileURLToPath(new URL('..', import.meta.url));
const libraries = ['alerting', 'autonomy', 'network', 'policy', 'posture', 'rails', 'tree'].map(
  (name) => `libs/${name}`,
);
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...libraries], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

const { documents } = await import('./docs/documents.mjs');
for (const { name, file, render } of documents) {
  writeFileSync(file, render());
  process.stdout.write(`docs/${name}\n`);
}
