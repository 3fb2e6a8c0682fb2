#!/usr/bin/env node
import { writeFileSync } from 'node:fs';

import { documents } from './docs/documents.mjs';

// Writes the generated documents from the built libraries: `npm run build`, then `node tools/docs.mjs`.
for (const { file, render } of documents) {
  writeFileSync(file, render());
  process.stdout.write(`${file}\n`);
}
