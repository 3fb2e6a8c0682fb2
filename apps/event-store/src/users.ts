import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Metadata } from '@grpc/grpc-js';
import { accessDenied, unauthenticated } from './errors.js';

/** A user as the users file holds them; the hash is made by `hashPassword`. Members of `$admins` may do everything. */
export type User = {
  readonly name: string;
  readonly password_hash: string;
  readonly groups?: readonly string[];
};

/** Who makes a call; `unrestricted` on a server without users. */
export type Principal = {
  readonly unrestricted: boolean;
  readonly admin: boolean;
  readonly roles: ReadonlySet<string>;
};

/** Every caller of a server without users. */
export const UNRESTRICTED: Principal = { unrestricted: true, admin: true, roles: new Set() };

/** Before it is known who calls. */
export const NOBODY: Principal = { unrestricted: false, admin: false, roles: new Set() };

const ADMINS = '$admins';
const HASH_BYTES = 32;
const REMEMBERED = 1000;

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** A salted hash of a password, as a line of text. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, HASH_BYTES);
  return `scrypt:${salt.toString('base64')}:${hash.toString('base64')}`;
}

/** The parts of a hash as `hashPassword` makes it; undefined when it is none, which no password would match. */
function parseHash(stored: string): { readonly salt: Buffer; readonly hash: Buffer } | undefined {
  const [, salt = '', hash = ''] = /^scrypt:([\w+/]+=*):([\w+/]+=*)$/.exec(stored) ?? [];
  const parts = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return parts.salt.length > 0 && parts.hash.length === HASH_BYTES ? parts : undefined;
}

async function verify(password: string, stored: string): Promise<boolean> {
  const parts = parseHash(stored);
  return parts !== undefined && timingSafeEqual(await derive(password, parts.salt, HASH_BYTES), parts.hash);
}

/** Reads a users file: a JSON list; throws with what is wrong in it. */
export function parseUsers(text: string): readonly User[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error('the users are not a list');
  const names = new Set<string>();
  return list.map((entry: unknown, index): User => {
    const {
      name,
      password_hash: hash,
      groups = [],
    } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    if (typeof name !== 'string' || !/^[^:$]+$/.test(name) || names.has(name))
      throw new Error(`user ${index + 1} has no name of its own`);
    names.add(name);
    if (typeof hash !== 'string' || parseHash(hash) === undefined)
      throw new Error(`user \`${name}\` has no password_hash`);
    if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string'))
      throw new Error(`the groups of user \`${name}\` are not a list of names`);
    return { name, password_hash: hash, groups };
  });
}

/** Tells who calls, by HTTP's basic authentication. A verified header is remembered by its digest, as the hash is slow by intent. */
export class Users {
  readonly #users: ReadonlyMap<string, User>;
  readonly #verified = new Map<string, Principal>();

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  /** Throws UNAUTHENTICATED when name and password are not valid, and PERMISSION_DENIED when none are given: clients tell the two apart. */
  async authenticate(metadata: Metadata): Promise<Principal> {
    const header = metadata.get('authorization')[0]?.toString();
    if (header === undefined) throw accessDenied();
    const digest = createHash('sha256').update(header).digest('base64');
    const known = this.#verified.get(digest);
    if (known !== undefined) return known;
    const [, encoded = ''] = /^Basic\s+(\S+)$/i.exec(header) ?? [];
    const [, name = '', password = ''] =
      /^([^:]+):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
    const user = this.#users.get(name);
    if (user === undefined || !(await verify(password, user.password_hash))) throw unauthenticated();
    const groups = user.groups ?? [];
    const principal = {
      unrestricted: false,
      admin: groups.includes(ADMINS),
      roles: new Set([name, ...groups]),
    };
    if (this.#verified.size >= REMEMBERED) this.#verified.clear();
    this.#verified.set(digest, principal);
    return principal;
  }
}
