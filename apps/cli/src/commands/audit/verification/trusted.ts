import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNote, parseVerifier, type VerifierKey } from '@interlock/tree';
import { knownCheckpoint, type KnownCheckpoint } from '@interlock/verify';
import { readText } from '../../../reading.js';
import { CliError, homeOf, pathOf, type Globals } from '../../../connection/session.js';
import { readVerifier } from '../files.js';
import type { Values } from '../../../program/options.js';

/** The log's key that the auditor trusts, and the checkpoints that the auditor holds. */
export const trustedOptions = {
  '--key <key>': "public key of the log, or a file with it; else the home's",
  '--checkpoint <file>': {
    about:
      'a checkpoint from elsewhere (with FILE.tenants beside it, if you have that), or an earlier export; the tree of the files must begin with it (repeatable)',
    several: true,
  },
  '--mirror <folder>': {
    about: 'all checkpoints of a mirror, like --checkpoint (repeatable)',
    several: true,
  },
} as const;
export type Trusted = Values<typeof trustedOptions>;

/** The file of the log's first key in a home; it and its successors are trusted. */
const homeKey = (home: string): string => join(home, 'audit', 'keys', '1.vkey');

/** INVARIANT: the key never comes from the data to verify. */
export const keyOf = (
  options: Pick<Trusted, 'key'>,
  globals: Globals,
): { readonly key: VerifierKey; readonly from: string } => {
  if (options.key !== undefined) return { key: readVerifier(options.key, 'log', '--key'), from: '--key' };
  const file = homeKey(homeOf(globals));
  const key = existsSync(file) ? parseVerifier(readFileSync(file, 'utf8').trim()) : undefined;
  if (key?.kind !== 'note')
    throw new CliError(
      `there is no public key to verify with in ${homeOf(globals)}: get the log's first public key (\`1.vkey\`) from its operator, by another way than the files to verify, and name it with --key`,
      2,
    );
  return { key, from: file };
};

/** The list of tenants that a mirror keeps beside a checkpoint, if there is one. */
const tenantsBeside = (path: string): Pick<KnownCheckpoint, 'tenants'> => {
  const list = `${path}.tenants`;
  return existsSync(list) ? { tenants: readFileSync(list, 'utf8') } : {};
};

/**
 * The notes in a mirror's folder, each with the list of tenants beside it; other files are ignored.
 */
const mirrorNotes = (folder: string): readonly KnownCheckpoint[] => {
  const path = pathOf(folder);
  if (!existsSync(path)) throw new CliError(`there is no folder ${folder}`, 2);
  const notes = readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.split('/').includes('.git'))
    .map((entry) => {
      const name = join(entry.parentPath, entry.name);
      return { name, note: readFileSync(name, 'utf8'), ofMany: true, ...tenantsBeside(name) };
    })
    .filter(({ note }) => parseNote(note) !== undefined);
  if (notes.length === 0) throw new CliError(`there is no checkpoint in ${folder}`, 2);
  return notes;
};

/** The checkpoints in files and mirrors that the options name. */
export const checkpointsOf = ({ checkpoint, mirror }: Trusted): readonly KnownCheckpoint[] => [
  ...checkpoint.map((file) => ({ ...knownCheckpoint(file, readText(file)), ...tenantsBeside(pathOf(file)) })),
  ...mirror.flatMap(mirrorNotes),
];
