import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { foundBy, licencesOf } from './licences.mjs';

/** The package URL of an npm package. */
const purlOf = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** A checksum of the lockfile as CycloneDX writes it: hexadecimal. */
function hashesOf(integrity = '') {
  const [, algorithm, content] = /^(sha\d+)-([^ ]+)/.exec(integrity) ?? [];
  if (algorithm === undefined) return [];
  return [{ alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(content, 'base64').toString('hex') }];
}

/**
 * The software bill of materials of the shipped npm packages, as CycloneDX 1.6 in JSON. It comes
 * from the lockfile alone, needs no network, and is the same each time: it has no time and no
 * random serial number. `npm sbom` refuses this lockfile because of a peer dependency of a tool.
 * @param {string} root the folder of the repository
 */
export function sbomOf(root) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = licencesOf(root).filter((one) => one.shipped);
  const refs = new Set(shipped.map(purlOf));
  const refAt = new Map(
    Object.entries(packages).map(([path, entry]) => [
      path,
      purlOf({ name: path.split('node_modules/').at(-1), version: entry.version ?? '' }),
    ]),
  );
  const edges = new Map();
  const integrity = new Map();
  for (const [path, entry] of Object.entries(packages)) {
    const ref = refAt.get(path);
    if (!refs.has(ref)) continue;
    integrity.set(ref, entry.integrity ?? integrity.get(ref));
    const needed = Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .map((name) => refAt.get(foundBy(packages, path, name)))
      .filter((one) => refs.has(one));
    edges.set(ref, new Set([...(edges.get(ref) ?? []), ...needed]));
  }
  const own = `pkg:npm/interlock@${version}`;
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': own,
        name: 'interlock',
        version,
        purl: own,
        licenses: [{ license: { id: 'Apache-2.0' } }],
      },
    },
    components: shipped.map((one) => ({
      type: 'library',
      'bom-ref': purlOf(one),
      name: one.name,
      version: one.version,
      purl: purlOf(one),
      hashes: hashesOf(integrity.get(purlOf(one))),
      licenses: [{ expression: one.licence }],
    })),
    dependencies: [
      { ref: own, dependsOn: [...refs] },
      ...[...edges].map(([ref, needed]) => ({ ref, dependsOn: [...needed].sort() })),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
