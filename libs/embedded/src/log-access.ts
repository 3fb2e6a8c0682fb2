import { randomBytes, scrypt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LogRights } from '@interlock/contracts';
import { prepareCertificates, writeSecret } from './certificates.js';

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

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
  await prepareCertificates(dir, 'Interlock embedded log', { hosts });
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
