#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { writeAnswers } from './answers.mjs';
import { writeApiTypes } from './api-types.mjs';

// Builds the libraries and services, and writes the generated documents from them. The contract of
// the API comes first, because its clients compile against the types that follow from it. So a
// command and the route that it calls are written in one change.
const root = fileURLToPath(new URL('..', import.meta.url));

/** Compiles the projects in these folders and those that they refer to; without a folder, all. */
const compile = (...folders) => {
  const { status } = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', ...folders], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(1);
};

await writeApiTypes();
writeAnswers();
const { contractProjects } = await import('./docs/contract-projects.mjs');
compile(...contractProjects);
const { mergedOpenApi, openApiFile } = await import('./docs/openapi.mjs');
writeFileSync(openApiFile.file, openApiFile.render(await mergedOpenApi('dist')));
process.stdout.write(`${openApiFile.name}\n`);
if (await writeApiTypes()) process.stdout.write('libs/api-types/src/openapi.ts\n');
compile();

const { documents } = await import('./docs/documents.mjs');
for (const { name, file, render } of documents) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, render());
  process.stdout.write(`docs/${name}\n`);
}
process.exit(0);
