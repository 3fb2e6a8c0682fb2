import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { contractProjects } from '../docs/contract-projects.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The folders to which a project refers, and those to which these refer. */
const referredBy = (folder: string, known = new Set<string>()): ReadonlySet<string> => {
  const { references = [] } = JSON.parse(readFileSync(join(root, folder, 'tsconfig.json'), 'utf8')) as {
    readonly references?: readonly { readonly path: string }[];
  };
  for (const { path } of references) {
    const referred = join(folder, path);
    if (known.has(referred)) continue;
    known.add(referred);
    referredBy(referred, known);
  }
  return known;
};

describe('the contract of the API', () => {
  it('is compiled without the types that follow from it', () => {
    expect(contractProjects.length).toBeGreaterThan(10);
    for (const folder of contractProjects) expect([...referredBy(folder)]).not.toContain('libs/api-types');
    expect([...referredBy('apps/cli')]).toContain('libs/api-types');
  });
});
