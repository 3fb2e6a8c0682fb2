import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DirectoryStore } from './directory-store.js';
import { unavailable } from './errors.js';
import { S3Store, type S3Credentials } from './s3-store.js';
import type { ArchiveStore } from './store.js';

/** The variables that name the archive's location and credentials. */
export type ArchiveVariables = {
  readonly AUDIT_ARCHIVE_S3_ENDPOINT?: string | undefined;
  readonly AUDIT_ARCHIVE_S3_REGION?: string | undefined;
  readonly AUDIT_ARCHIVE_S3_ACCESS_KEY_ID?: string | undefined;
  readonly AUDIT_ARCHIVE_S3_ACCESS_KEY_ID_FILE?: string | undefined;
  readonly AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY?: string | undefined;
  readonly AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY_FILE?: string | undefined;
  readonly AUDIT_ARCHIVE_S3_PATH_STYLE?: string | undefined;
};

/**
 * How long credentials from files are used before the files are read again, so that a rotated key
 * needs no restart.
 */
const credentialsMs = 60_000;

const set = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

const secret = (
  variables: ArchiveVariables,
  name: 'AUDIT_ARCHIVE_S3_ACCESS_KEY_ID' | 'AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY',
): string | undefined => {
  const file = set(variables[`${name}_FILE`]);
  if (file === undefined) return set(variables[name]);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw unavailable(
      `the file that \`${name}_FILE\` names cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`,
      'let the service read it',
      error,
    );
  }
};

/** Undefined if none are set; the service's environment then supplies the credentials. */
const credentialsOf = (variables: ArchiveVariables): S3Credentials | undefined => {
  const [accessKeyId, secretAccessKey] = [
    secret(variables, 'AUDIT_ARCHIVE_S3_ACCESS_KEY_ID'),
    secret(variables, 'AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY'),
  ];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    throw unavailable(
      "half of the archive's credentials is missing",
      'set both AUDIT_ARCHIVE_S3_ACCESS_KEY_ID and AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY, or neither',
    );
  return accessKeyId === undefined || secretAccessKey === undefined
    ? undefined
    : { accessKeyId, secretAccessKey, expiration: new Date(Date.now() + credentialsMs) };
};

/**
 * The store at a location: a directory as a path or `file:` URL, or `s3://bucket/prefix`. Relative
 * paths are below `base`. Throws `archive-unavailable` if the location is invalid, or half of the
 * credentials are missing. Sends nothing to the store yet.
 */
export const openStore = (
  place: string,
  variables: ArchiveVariables = {},
  options: { readonly base?: string; readonly signal?: AbortSignal } = {},
): ArchiveStore => {
  if (/^[a-z][a-z0-9+.-]+:/i.test(place) && !place.startsWith('s3://')) {
    if (!place.startsWith('file:'))
      throw unavailable('an archive is a directory or `s3://bucket/prefix`', 'name one of these');
    return new DirectoryStore(fileURLToPath(place));
  }
  if (!place.startsWith('s3://')) return new DirectoryStore(resolve(options.base ?? '.', place));
  const [, bucket, path = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,62})(?:\/(.*))?$/.exec(place) ?? [];
  if (bucket === undefined)
    throw unavailable("the archive's bucket does not have a valid name", 'name it as `s3://bucket/prefix`');
  const prefix = path.replace(/^\/+|\/+$/g, '');
  if (prefix.split('/').some((part) => part === '.' || part === '..'))
    throw unavailable("the archive's prefix has a part that is a dot or two", 'name it without');
  const { AUDIT_ARCHIVE_S3_ENDPOINT, AUDIT_ARCHIVE_S3_REGION, AUDIT_ARCHIVE_S3_PATH_STYLE } = variables;
  const [endpoint, region = 'us-east-1', style] = [
    set(AUDIT_ARCHIVE_S3_ENDPOINT),
    set(AUDIT_ARCHIVE_S3_REGION),
    set(AUDIT_ARCHIVE_S3_PATH_STYLE),
  ];
  const credentials = credentialsOf(variables);
  return new S3Store(
    {
      bucket,
      prefix: prefix === '' ? '' : `${prefix}/`,
      region,
      pathStyle: style === undefined ? endpoint !== undefined : style === 'true',
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(credentials === undefined
        ? {}
        : {
            credentials: () => new Promise((resolve) => resolve(credentialsOf(variables) ?? credentials)),
          }),
    },
    options.signal,
  );
};
