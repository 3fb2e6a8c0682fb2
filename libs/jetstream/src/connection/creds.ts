import { accessSync, constants, readFileSync } from 'node:fs';
import { ProblemError } from '@interlock/kernel';
import { nkeys } from 'nats';
import type { BusAddress, BusTls } from './connect.js';

type Environment = { readonly [name: string]: string | undefined };

const refuse = (detail: string, why: string): ProblemError =>
  new ProblemError('validation-failed', `the environment has 1 fault: NATS_CREDS_FILE ${why}`, {
    violations: [{ pointer: '/NATS_CREDS_FILE', detail }],
    remedy: 'name the creds file of this user, as `interlock bus accounts` made it',
  });

const parts =
  /-{3,}BEGIN NATS USER JWT-{3,}\s+(\S+)\s+-{3,}END NATS USER JWT-{3,}[\s\S]*-{3,}BEGIN USER NKEY SEED-{3,}\s+(\S+)\s+-{3,}END USER NKEY SEED-{3,}/;

/** The user and key of a JWT; `undefined` for any other text. The server checks its signature. */
const claimsOf = (jwt: string): { readonly name: unknown; readonly sub: unknown } | null | undefined => {
  try {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      readonly name: unknown;
      readonly sub: unknown;
    };
  } catch {
    return undefined;
  }
};

const publicKeyOf = (seed: string): string | undefined => {
  try {
    return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey();
  } catch {
    return undefined;
  }
};

/**
 * Throws `validation-failed` if a text is not a creds file of one user of the bus, without quoting
 * its content.
 */
const checkCreds = (text: string, user: string): void => {
  const [, jwt = '', seed = ''] = parts.exec(text) ?? [];
  const claims = claimsOf(jwt);
  if (claims === undefined || claims === null || claims.sub === undefined || claims.sub !== publicKeyOf(seed))
    throw refuse("must hold a user's JWT and the seed of its key", 'names a file that is not a creds file');
  // Answers come on subjects with the user's name; under another name, none would arrive.
  if (claims.name !== user)
    throw refuse(`must be of the user \`${user}\``, `names a file of another user than \`${user}\``);
};

/** The text of a creds file of one user of the bus. Throws `validation-failed`. */
export const readCreds = (file: string, user: string): string => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw refuse('must be a file that can be read', 'names no file that can be read');
  }
  checkCreds(text, user);
  return text;
};

const tlsFiles = ['NATS_CA_FILE', 'NATS_CERT_FILE', 'NATS_KEY_FILE'] as const;

/**
 * The files for TLS to the bus, from the environment: `NATS_CA_FILE`, `NATS_CERT_FILE` and
 * `NATS_KEY_FILE`. Undefined if none is named. Throws `validation-failed`.
 */
export const readBusTls = (environment: Environment): BusTls | undefined => {
  const [caFile = '', certFile = '', keyFile = ''] = tlsFiles.map((name) => environment[name] ?? '');
  const refuseTls = (name: string, detail: string): ProblemError =>
    new ProblemError('validation-failed', `the environment has 1 fault: ${name} ${detail}`, {
      violations: [{ pointer: `/${name}`, detail }],
      remedy: 'name the certificates for TLS to the bus as files in PEM',
    });
  if ((certFile === '') !== (keyFile === ''))
    throw refuseTls(
      certFile === '' ? 'NATS_CERT_FILE' : 'NATS_KEY_FILE',
      'must be set, because a client certificate and its key belong together',
    );
  for (const name of tlsFiles) {
    const file = environment[name] ?? '';
    if (file === '') continue;
    try {
      accessSync(file, constants.R_OK);
    } catch {
      throw refuseTls(name, 'names no file that can be read');
    }
  }
  if (caFile === '' && certFile === '') return undefined;
  return {
    ...(caFile === '' ? {} : { caFile }),
    ...(certFile === '' ? {} : { certFile, keyFile }),
  };
};

/**
 * How a user logs in, from the environment: `NATS_URL`, either `NATS_CREDS_FILE` or
 * `NATS_PASSWORD`, and the files for TLS. Throws `validation-failed` if a file cannot be used, or
 * both logins are set.
 */
export const readBusAddress = (environment: Environment, user: string): BusAddress => {
  const { NATS_URL: url = '', NATS_PASSWORD: password = '', NATS_CREDS_FILE: credsFile = '' } = environment;
  const tls = readBusTls(environment);
  const address = { url, user, ...(tls === undefined ? {} : { tls }) };
  if (credsFile === '') return { ...address, password };
  if (password !== '')
    throw refuse('must not be set beside NATS_PASSWORD', 'is set, and so is NATS_PASSWORD');
  readCreds(credsFile, user);
  return { ...address, credsFile };
};
