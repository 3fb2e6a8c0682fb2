// Writes the types of the public API from `docs/openapi.json`. They are generated and not in git.
// `npm run build` runs this before the compiler.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import typesOf, { astToString } from 'openapi-typescript';

const contract = new URL('../docs/openapi.json', import.meta.url);
const types = new URL('../libs/api-types/src/openapi.ts', import.meta.url);

/**
 * Writes `libs/api-types/src/openapi.ts` if it differs from `docs/openapi.json`.
 * @returns {Promise<boolean>} whether it was written
 */
export async function writeApiTypes() {
  const document = JSON.parse(readFileSync(contract, 'utf8'));
  const text = `// Generated from docs/openapi.json by tools/api-types.mjs.\n${astToString(
    await typesOf(document, { immutable: true, exportType: true }),
  )}`;
  if (existsSync(types) && readFileSync(types, 'utf8') === text) return false;
  writeFileSync(types, text);
  return true;
}
