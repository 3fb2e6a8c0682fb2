import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The versions of the documents, newest first: `docs/versions.json`. The first one is the version
 * of this checkout. The site of an older one is built from its tag with `--base PATH`.
 * @param {string} root
 * @returns {readonly { readonly version: string, readonly path: string }[]}
 */
export function readVersions(root) {
  const versions = JSON.parse(readFileSync(join(root, 'docs/versions.json'), 'utf8'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (versions[0]?.version !== version)
    throw new Error(`docs/versions.json does not begin with version ${version}`);
  return versions;
}
