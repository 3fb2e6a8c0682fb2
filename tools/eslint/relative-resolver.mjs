import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Resolver for import-x: relative imports only, `./x.js` being `./x.ts`. Cycles between projects are Nx's to refuse.
 */
export const relativeResolver = {
  interfaceVersion: 3,
  name: 'relative',
  resolve(source, file) {
    if (!source.startsWith('.')) return { found: false };
    const bare = resolve(dirname(file), source.replace(/\.js$/, ''));
    const path = [`${bare}.ts`, `${bare}.tsx`].find((candidate) => existsSync(candidate));
    return path === undefined ? { found: false } : { found: true, path };
  },
};
