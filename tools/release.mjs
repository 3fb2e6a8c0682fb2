#!/usr/bin/env node
// Makes a release from a built checkout; see docs/releasing.md.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { auditToday } from './release/audit.mjs';
import { foreignLicences, licenceList, licencesOf } from './release/licences.mjs';
import { notesOf } from './release/notes.mjs';
import { sbomOf } from './release/sbom.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** The projects that are packages of a release. */
const packed = ['apps/cli', 'apps/event-store', 'apps/interlock', 'libs/client', 'libs/netconf'];
const usage = `usage: node tools/release.mjs VERSION FOLDER

Writes into FOLDER: the notes from CHANGELOG.md, the SBOM (CycloneDX), the list of licences, the
packages that can be installed by themselves, and SHA512SUMS over all of them.
Writes nothing if the version, the checkout, a licence or npm audit refuses the release.
Run \`npm run build\` first. npm audit needs the network.
`;

const readJson = (file) => JSON.parse(readFileSync(join(root, file), 'utf8'));

/** The reasons why this checkout is not the version. */
const versionFaults = (version) =>
  ['package.json', ...packed.map((folder) => `${folder}/package.json`)]
    .map((file) => ({ file, found: readJson(file).version }))
    .filter(({ found }) => found !== version)
    .map(({ file, found }) => `${file} is version ${found}`);

/** Why the next release could not show that it starts a home of this one. */
const homeFaults = (version) =>
  existsSync(join(root, 'fixtures/homes', version, 'manifest.json'))
    ? []
    : [`there is no golden home of ${version}: node tools/golden-home.mjs`];

/** Why the files would not be those of one commit. */
const checkoutFaults = () => {
  const changed = execFileSync('git', ['status', '--porcelain'], { cwd: root, encoding: 'utf8' });
  return changed === '' ? [] : ['the checkout has changes that are not committed'];
};

/** Why the checksums would cover files of another release. */
const folderFaults = (folder) =>
  existsSync(folder) && readdirSync(folder).length > 0 ? [`${folder} is not empty`] : [];

/** What a check has to say: its result, or the message of what it threw. */
const faultsOf = (check) => {
  try {
    return check();
  } catch (error) {
    return [error.message];
  }
};

const [version, target] = process.argv.slice(2);
if (version === undefined || target === undefined || process.argv.includes('--help')) {
  process.stderr.write(usage);
  process.exit(2);
}

const folder = resolve(target);
const packages = licencesOf(root);
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const faults = [
  ...versionFaults(version),
  ...homeFaults(version),
  ...faultsOf(checkoutFaults),
  ...folderFaults(folder),
  ...faultsOf(() => {
    notesOf(changelog, version);
    return [];
  }),
  ...foreignLicences(packages).map(
    ({ name, version: of, licence }) => `${name} ${of}: the licence ${licence} is not on the list`,
  ),
  ...auditToday(root),
];
if (faults.length > 0) {
  process.stderr.write(`${faults.map((fault) => `${fault}\n`).join('')}nothing was released\n`);
  process.exit(1);
}

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'NOTES.md'), `${notesOf(changelog, version)}\n`);
writeFileSync(join(folder, 'sbom.cdx.json'), sbomOf(root));
writeFileSync(join(folder, 'LICENCES.txt'), licenceList(packages));
for (const of of packed)
  execFileSync(process.execPath, [join(root, of, 'pack.mjs'), folder], { cwd: root, stdio: 'inherit' });
const sums = readdirSync(folder)
  .filter((name) => name !== 'SHA512SUMS')
  .sort()
  .map(
    (name) =>
      `${createHash('sha512')
        .update(readFileSync(join(folder, name)))
        .digest('hex')}  ${name}\n`,
  );
writeFileSync(join(folder, 'SHA512SUMS'), sums.join(''));
process.stdout.write(`wrote ${sums.length + 1} files to ${folder}\n`);
