import { randomBytes, scrypt, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LogRights } from '@interlock/contracts';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);
const dayMs = 86_400_000;
const years = (count: number): Date => new Date(Date.now() + count * 365 * dayMs);

/**
 * The arguments and credentials of the embedded log and its clients. Every file is readable only by
 * its owner.
 */
export type LogAccess = {
  /** Arguments of `interlock-event-store`: its certificate and its users. They hold no secret. */
  readonly serverArguments: readonly string[];
  /** The address of the log at a port of this machine, with the authority and no user. */
  readonly address: (port: number) => string;
  /** The address with a user and the password; it must not appear on a command line. */
  readonly addressOf: (port: number, user: string) => string;
  /** The file with a user's password. */
  readonly passwordFile: (user: string) => string;
};

/** Writes a file whole or not at all. */
const writeSecret = (path: string, text: string): void => {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
};

const isValid = (path: string): boolean =>
  existsSync(path) && new X509Certificate(readFileSync(path)).validToDate.getTime() - Date.now() > 30 * dayMs;

/** The library loads slowly, so it is loaded only when a certificate is due. */
const certify = async (
  name: string,
  extensions: NonNullable<NonNullable<Parameters<typeof import('selfsigned').generate>[1]>['extensions']>,
  valid: Date,
  ca?: { readonly cert: string; readonly key: string },
): Promise<{ readonly cert: string; readonly key: string }> => {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: valid,
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { cert: made.cert, key: made.private };
};

const prepareCertificates = async (dir: string, hosts: readonly string[]): Promise<void> => {
  const [caCert, caKey, cert, key] = ['ca.pem', 'ca-key.pem', 'server.pem', 'server-key.pem'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  if (!isValid(caCert) || !existsSync(caKey)) {
    const ca = await certify(
      'Interlock embedded log authority',
      [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
      years(20),
    );
    writeSecret(caKey, ca.key);
    writeSecret(caCert, ca.cert);
  } else if (isValid(cert) && existsSync(key)) return;
  const server = await certify(
    'Interlock embedded log',
    [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          ...hosts.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
    years(10),
    { cert: readFileSync(caCert, 'utf8'), key: readFileSync(caKey, 'utf8') },
  );
  writeSecret(key, server.key);
  writeSecret(cert, server.cert);
};

type StoredUser = { readonly name: string; readonly password_hash: string };

/** The same hash as `interlock-event-store --hash-password` makes. */
const hashOf = async (password: string): Promise<string> => {
  const salt = randomBytes(16);
  return `scrypt:${salt.toString('base64')}:${(await derive(password, salt, 32)).toString('base64')}`;
};

/**
 * Creates the embedded log's credentials in a folder of its own: an authority, the server's
 * certificate, and the users with their rights. Existing files are kept. A user who is no longer
 * named is removed, and a certificate is renewed 30 days before it expires. `administrators` are
 * users without limits, for tests. `hosts` are names of the server beside `localhost`; they take
 * effect when its certificate is made.
 */
export const prepareLogAccess = async (
  dir: string,
  users: { readonly [name: string]: LogRights },
  administrators: readonly string[] = [],
  hosts: readonly string[] = [],
): Promise<LogAccess> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  await prepareCertificates(dir, hosts);
  const passwordFile = (user: string): string => join(dir, `${user}.password`);
  const file = join(dir, 'users.json');
  const known = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly StoredUser[]) : [];
  const hashes = new Map(known.map(({ name, password_hash: hash }) => [name, hash]));
  const fresh = new Map<string, string>();
  const withHash = async (name: string): Promise<StoredUser> => {
    const hash = hashes.get(name);
    if (hash !== undefined && existsSync(passwordFile(name))) return { name, password_hash: hash };
    const password = randomBytes(24).toString('base64url');
    fresh.set(name, password);
    return { name, password_hash: await hashOf(password) };
  };
  const listed = await Promise.all([
    ...Object.entries(users).map(async ([name, rights]) => ({ ...(await withHash(name)), rights })),
    ...administrators.map(async (name) => ({ ...(await withHash(name)), groups: ['$admins'] })),
  ]);
  writeSecret(file, `${JSON.stringify(listed, null, 2)}\n`);
  // INVARIANT: a password is written after its hash, so that both are made again after an
  // interrupted start.
  for (const [name, password] of fresh) writeSecret(passwordFile(name), password);
  const suffix = `tls=true&tlsCAFile=${encodeURIComponent(join(dir, 'ca.pem'))}`;
  return {
    serverArguments: [
      '--tls-cert',
      join(dir, 'server.pem'),
      '--tls-key',
      join(dir, 'server-key.pem'),
      '--users',
      file,
    ],
    address: (port) => `esdb://127.0.0.1:${port}?${suffix}`,
    addressOf: (port, user) =>
      `esdb://${user}:${readFileSync(passwordFile(user), 'utf8')}@127.0.0.1:${port}?${suffix}`,
    passwordFile,
  };
};
