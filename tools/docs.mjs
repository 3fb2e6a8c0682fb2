#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { writeAnswers } from './answers.mjs';
import { writeApiTypes } from './api-types.mjs';

// Builds the libraries and services, and writes the generated documents from them.
const root = fileURLToPath(new URL('..', import.meta.url));
await writeApiTypes();
writeAnswers();
const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

const { documents } = await import('./docs/documents.mjs');
for (const { name, file, render } of documents) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, render());
  process.stdout.write(`docs/${name}\n`);
}

const { mergedOpenApi, openApiFile } = await import('./docs/openapi.mjs');
writeFileSync(openApiFile.file, openApiFile.render(await mergedOpenApi('dist')));
process.stdout.write(`${openApiFile.name}\n`);
if (await writeApiTypes()) process.stdout.write('libs/api-types/src/openapi.ts\n');
process.exit(0);
