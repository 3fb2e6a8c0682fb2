import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openStore, S3Store, type ArchiveStore } from '@interlock/archive';
import { isProblem } from '@interlock/kernel';
import type { Environment } from '../container/variables.js';
import { failed, ok, skipped, warning, withoutTls, type Finding, type Part } from './check.js';

/** The archive of the log that is examined. */
export type ArchiveSource = { readonly place: string; readonly variables: Environment };
type Open = { readonly store: ArchiveStore };

const isBucket = (place: string): boolean => place.startsWith('s3://');

/**
 * Throws if the folder cannot be used. A missing one is fine, because the first segment creates it.
 */
const checkFolder = async (folder: string): Promise<void> => {
  const mode = constants.R_OK | constants.W_OK;
  await access(folder, mode).catch(async (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await access(dirname(resolve(folder)), mode);
  });
};

const open = async ({ place, variables }: ArchiveSource): Promise<{ part: Open; found: string }> => {
  if (!isBucket(place)) await checkFolder(place.startsWith('file:') ? fileURLToPath(place) : place);
  const store = openStore(place, variables);
  try {
    let isEmpty = true;
    for await (const name of store.list('')) {
      isEmpty = name === '';
      break;
    }
    return { part: { store }, found: `${store.location} can be listed${isEmpty ? ', and is empty' : ''}` };
  } catch (error) {
    store.close();
    throw error;
  }
};

const tls = ({ store }: Open, endpoint: string | undefined): Finding => {
  if (!(store instanceof S3Store)) return skipped('a folder is reached over no network');
  // Without a setting the store is that of AWS, which is reached over TLS.
  const url = endpoint === undefined || endpoint === '' ? undefined : new URL(endpoint);
  if (url === undefined || url.protocol === 'https:')
    return ok("TLS, and the store's certificate is verified");
  return withoutTls(
    [url.hostname],
    failed(
      'no TLS: the network can read the archived log',
      'name an address with `https:` in AUDIT_ARCHIVE_S3_ENDPOINT',
    ),
  );
};

const versions = async ({ store }: Open): Promise<Finding> => {
  if (!(store instanceof S3Store)) return skipped('only a bucket has versions');
  const { versioning } = await store.protection();
  if (versioning === 'unknown')
    return skipped('the store, or its policy, does not tell whether it keeps versions');
  return versioning === 'on'
    ? ok('the bucket keeps versions')
    : failed('the bucket keeps no versions, so a replaced file is lost', 'turn on versioning for the bucket');
};

const lock = async ({ store }: Open): Promise<Finding> => {
  if (!(store instanceof S3Store)) return skipped('only a bucket has object lock');
  const { lock: mode } = await store.protection();
  if (mode === 'unknown') return skipped('the store, or its policy, does not tell whether it locks objects');
  return mode === 'COMPLIANCE'
    ? ok('object lock is in compliance mode')
    : warning(
        mode === 'off' ? 'the bucket has no default object lock' : 'object lock is in governance mode',
        "set a default object lock in compliance mode, with your regulator's retention",
      );
};

/** Returns the checks of the audit's archive. They only list and read. */
export const archivePart = (source: ArchiveSource | undefined): Part<Open> => {
  const given: ArchiveSource = source ?? { place: '', variables: {} };
  const remedy = 'let the credentials read the settings of the bucket';
  return {
    name: 'archive',
    absent: source === undefined ? 'AUDIT_ARCHIVE is not set' : undefined,
    open: () => open(given),
    tls: { authority: 'NODE_EXTRA_CA_CERTS', address: 'AUDIT_ARCHIVE_S3_ENDPOINT' },
    remedyOf: (error) =>
      (isProblem(error) ? error.remedy : undefined) ??
      'name a folder that this user may write, or a bucket, in AUDIT_ARCHIVE',
    close: ({ store }) => {
      store.close();
      return Promise.resolve();
    },
    checks: [
      {
        name: 'tls',
        remedy,
        look: (part) => tls(part, given.variables['AUDIT_ARCHIVE_S3_ENDPOINT']),
      },
      { name: 'versioning', remedy, look: versions },
      { name: 'object lock', remedy, look: lock },
    ],
  };
};
