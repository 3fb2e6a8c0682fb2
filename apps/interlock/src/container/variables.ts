import { readFileSync } from 'node:fs';
import { ProblemError } from '@interlock/kernel';

export type Environment = { readonly [name: string]: string | undefined };

/** The variables that hold a secret. Each may come from the file that `NAME_FILE` names. */
export const secretVariables = [
  'ALERTMANAGER_TOKEN',
  'AUDIT_ARCHIVE_S3_ACCESS_KEY_ID',
  'AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY',
  'DATABASE_PASSWORD',
  'EDGE_SESSION_KEY',
  'HMAC_SECRET',
  'INTERLOCK_OIDC_CLIENT_SECRET',
  'NATS_PASSWORD',
] as const;

const readText = (file: string): string => readFileSync(file, 'utf8');

/**
 * Returns the environment with the secrets from their files. One line break at a file's end is
 * dropped. Throws `validation-failed` with every variable that is set twice, and every file that is
 * unreadable or empty.
 */
export const withSecretFiles = (environment: Environment, read = readText): Environment => {
  const violations: { pointer: string; detail: string }[] = [];
  const found: { [name: string]: string } = {};
  for (const name of secretVariables) {
    const file = environment[`${name}_FILE`] ?? '';
    if (file === '') continue;
    const refuse = (detail: string): void => {
      violations.push({ pointer: `/${name}_FILE`, detail });
    };
    if ((environment[name] ?? '') !== '') {
      refuse(`must not be set beside ${name}`);
      continue;
    }
    try {
      const text = read(file).replace(/\r?\n$/, '');
      if (text === '') refuse('names an empty file');
      else found[name] = text;
    } catch {
      refuse('names no file that can be read');
    }
  }
  if (violations.length === 0) return { ...environment, ...found };
  throw new ProblemError(
    'validation-failed',
    `the environment has ${violations.length} faults: ${violations.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`).join('; ')}`,
    { violations },
  );
};

/** Returns a variable that must be set. Throws `validation-failed`. */
export const needed = (environment: Environment, name: string): string => {
  const value = environment[name] ?? '';
  if (value === '')
    throw new ProblemError('validation-failed', `${name} is not set`, {
      violations: [{ pointer: `/${name}`, detail: 'must be set' }],
    });
  return value;
};

/**
 * Returns the database's address with the password of `DATABASE_PASSWORD`, which may contain any
 * characters. Throws `validation-failed` if it is no address, or if both contain a password.
 */
export const databaseUrl = (environment: Environment, user?: string, password?: string): string => {
  const text = needed(environment, 'DATABASE_URL');
  // INVARIANT: no error quotes the address, which may hold a password. That of `new URL` does.
  if (!URL.canParse(text))
    throw new ProblemError('validation-failed', 'DATABASE_URL is not an address', {
      violations: [{ pointer: '/DATABASE_URL', detail: 'must be an address' }],
      remedy: 'name the database as `postgres://USER@HOST:PORT/DATABASE`',
    });
  const url = new URL(text);
  const secret = password ?? environment['DATABASE_PASSWORD'] ?? '';
  if (user !== undefined) url.username = encodeURIComponent(user);
  if (secret === '') return url.href;
  if (url.password !== '')
    throw new ProblemError(
      'validation-failed',
      'DATABASE_URL names a password, and so does DATABASE_PASSWORD',
      {
        violations: [
          { pointer: '/DATABASE_PASSWORD', detail: 'must not be set beside a password in the URL' },
        ],
        remedy: 'leave the password out of DATABASE_URL',
      },
    );
  url.password = encodeURIComponent(secret);
  return url.href;
};

const numberOf = (environment: Environment, name: string, otherwise: number): number => {
  const text = environment[name] ?? '';
  if (text === '') return otherwise;
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new ProblemError('validation-failed', `${name} is not a whole number from 1 to 99999`, {
      violations: [{ pointer: `/${name}`, detail: 'must be a whole number from 1 to 99999' }],
    });
  return Number(text);
};

/** Returns milliseconds from a variable in whole seconds. */
export const secondsIn = (environment: Environment, name: string, otherwiseMs: number): number =>
  numberOf(environment, name, otherwiseMs / 1000) * 1000;

/** Returns how many connections the process's pool may open, `DATABASE_POOL_MAX`. */
export const poolMaxIn = (environment: Environment): number => numberOf(environment, 'DATABASE_POOL_MAX', 40);

/** Returns how many instances of a service run, `NAME_REPLICAS`. */
export const replicasIn = (environment: Environment, service: string): number =>
  numberOf(environment, `${service.toUpperCase().replaceAll('-', '_')}_REPLICAS`, 1);

/** Returns how many servers of the bus keep each stream, `NATS_STREAM_REPLICAS`. */
export const streamReplicasIn = (environment: Environment): number =>
  numberOf(environment, 'NATS_STREAM_REPLICAS', 1);
