import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unknownSteps, type PeopleCopy } from '@interlock/people';

/** A fault of a backup, its sources or its destination, as a sentence for the operator. */
export class BackupFault extends Error {}

/**
 * The format of a backup. It changes if an earlier release cannot read what this release writes.
 */
export const backupFormat = 1;
export const manifestName = 'manifest.json';

/** The parts of a backup. Each part consists of one file or several. */
export type Part = 'log' | 'people' | 'home' | 'keys' | 'secrets';
export type BackupFile = {
  readonly part: Part;
  /** The name in the backup's folder, or the file's own name if it is outside. */
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
};

export type Manifest = {
  readonly kind: 'interlock-backup';
  readonly format: number;
  /** The version of Interlock that made the backup. */
  readonly version: string;
  readonly home_format: string;
  /** RFC 3339. The backup contains at least everything that was acknowledged before `began_at`. */
  readonly began_at: string;
  readonly ended_at: string;
  /** The copied log; null if it is backed up by other means. */
  readonly log: {
    readonly events: number;
    readonly head: { readonly position: number; readonly id: string; readonly time: string } | null;
  } | null;
  readonly people: PeopleCopy;
  readonly files: readonly BackupFile[];
};

/** The names of the files with secrets, which may be outside the folder. */
export const keysFile = 'people-key';
export const secretsFile = 'secrets.tar.zst';

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const filesFault = (files: unknown): string | undefined =>
  Array.isArray(files) &&
  files.every(
    (file: Partial<BackupFile> | null) =>
      isText(file?.name) &&
      /^[\w.-]+$/.test(file.name) &&
      /^[0-9a-f]{64}$/.test(file.sha256 ?? '') &&
      Number.isSafeInteger(file.bytes),
  )
    ? undefined
    : 'its list of files is damaged';

/**
 * The manifest in a backup's folder. Throws a BackupFault if there is none, it is damaged, or a
 * newer release made it.
 */
export const readManifest = (folder: string): Manifest => {
  const path = join(folder, manifestName);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new BackupFault(
      `\`${folder}\` is not a complete backup: it has no ${manifestName}, which is written last`,
      { cause },
    );
  }
  let found: Partial<Manifest> | null;
  try {
    found = JSON.parse(text) as Partial<Manifest> | null;
  } catch (cause) {
    throw new BackupFault(`\`${path}\` is damaged: it is not JSON`, { cause });
  }
  if (found?.kind !== 'interlock-backup') throw new BackupFault(`\`${path}\` is not a backup of Interlock`);
  if (found.format !== backupFormat)
    throw new BackupFault(
      `the backup has format ${String(found.format)} of Interlock ${String(found.version)}, and this release reads format ${backupFormat}: restore it with that release`,
    );
  const fault =
    filesFault(found.files) ??
    (isText(found.home_format) && found.log !== undefined && Array.isArray(found.people?.migrations)
      ? undefined
      : 'a member is missing');
  if (fault !== undefined) throw new BackupFault(`\`${path}\` is damaged: ${fault}`);
  return found as Manifest;
};

/** Returns why this release cannot restore an intact backup; empty if it can. */
export const mismatches = (manifest: Manifest, homeFormat: string): readonly string[] => [
  ...(manifest.home_format === homeFormat
    ? []
    : [
        `the backup has home format ${manifest.home_format} of Interlock ${manifest.version}, and this release has ${homeFormat}: restore it with that release`,
      ]),
  ...unknownSteps(manifest.people).map(
    (step) => `the people's table was made by the step \`${step}\`, which this release does not know`,
  ),
];
