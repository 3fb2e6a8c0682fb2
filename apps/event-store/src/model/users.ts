import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { accessDenied, unauthenticated } from './errors.js';

/** The headers of a call. */
type Headers = { readonly get: (name: string) => readonly (string | Buffer)[] };

/**
 * The rights of a user who has their own; `$acl`s and groups do not apply then, and the user cannot
 * delete streams. `writes`: the stream prefixes that may be written under each writer's name, which
 * every event carries as `metadata.writer`. `reads`: the stream prefixes that may be read, and that
 * a filter of `$all` must keep to; `all` is every stream, with and without a filter.
 */
export type Rights = {
  readonly writes: { readonly [writer: string]: readonly string[] };
  readonly reads: 'all' | readonly string[];
  /**
   * The stream prefixes that may be truncated (`$tb`). A user with one may also start a scavenge.
   */
  readonly truncates?: readonly string[];
};

/**
 * A user in the users file; `hashPassword` makes the hash. Members of `$admins` may do everything.
 */
export type User = {
  readonly name: string;
  readonly password_hash: string;
  readonly groups?: readonly string[];
  readonly rights?: Rights;
};

/** The caller of a call; `unrestricted` on a server without users. */
export type Principal = {
  readonly unrestricted: boolean;
  readonly admin: boolean;
  readonly roles: ReadonlySet<string>;
  readonly rights?: Rights;
};

/** Every caller of a server without users. */
export const UNRESTRICTED: Principal = { unrestricted: true, admin: true, roles: new Set() };

/** The principal before the caller is known. */
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

/**
 * The parts of a hash from `hashPassword`; undefined for any other text, which no password matches.
 */
function parseHash(stored: string): { readonly salt: Buffer; readonly hash: Buffer } | undefined {
  const [, salt = '', hash = ''] = /^scrypt:([\w+/]+=*):([\w+/]+=*)$/.exec(stored) ?? [];
  const parts = { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
  return parts.salt.length > 0 && parts.hash.length === HASH_BYTES ? parts : undefined;
}

async function verify(password: string, stored: string): Promise<boolean> {
  const parts = parseHash(stored);
  return parts !== undefined && timingSafeEqual(await derive(password, parts.salt, HASH_BYTES), parts.hash);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isListOfPrefixes = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string' && /^[^$]/.test(one));

function parseRights(value: unknown, name: string): Rights {
  const { writes, reads, truncates, ...others } = isObject(value) ? value : {};
  if (
    Object.keys(others).length > 0 ||
    !isObject(writes) ||
    !Object.values(writes).every(isListOfPrefixes) ||
    (reads !== 'all' && !isListOfPrefixes(reads)) ||
    (truncates !== undefined && !isListOfPrefixes(truncates))
  )
    throw new Error(
      `the rights of user \`${name}\` are not { "writes": { WRITER: [PREFIX] }, "reads": "all" or [PREFIX], "truncates"?: [PREFIX] }`,
    );
  return { writes: writes as Rights['writes'], reads, ...(truncates === undefined ? {} : { truncates }) };
}

/** Reads a users file, a JSON list; throws an error that names the fault. */
export function parseUsers(text: string): readonly User[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    // The error would quote the text, and with it a hash.
    throw new Error('the users are not JSON');
  }
  if (!Array.isArray(list)) throw new Error('the users are not a list');
  const names = new Set<string>();
  return list.map((entry: unknown, index): User => {
    const {
      name,
      password_hash: hash,
      groups = [],
      rights,
    } = (typeof entry === 'object' && entry !== null ? entry : {}) as Record<string, unknown>;
    if (typeof name !== 'string' || !/^[^:$]+$/.test(name) || names.has(name))
      throw new Error(`user ${index + 1} has no name of its own`);
    names.add(name);
    if (typeof hash !== 'string' || parseHash(hash) === undefined)
      throw new Error(`user \`${name}\` has no password_hash`);
    if (!Array.isArray(groups) || !groups.every((group) => typeof group === 'string'))
      throw new Error(`the groups of user \`${name}\` are not a list of names`);
    if (rights !== undefined && groups.length > 0)
      throw new Error(`user \`${name}\` has groups and rights: groups have no effect beside rights`);
    return {
      name,
      password_hash: hash,
      groups,
      ...(rights === undefined ? {} : { rights: parseRights(rights, name) }),
    };
  });
}

/**
 * Identifies the caller by HTTP's basic authentication. A verified header is cached by its digest,
 * because the hash is slow by intent.
 */
export class Users {
  readonly #users: ReadonlyMap<string, User>;
  readonly #verified = new Map<string, Principal>();
  readonly #verifying = new Map<string, Promise<Principal>>();

  constructor(users: readonly User[]) {
    this.#users = new Map(users.map((user) => [user.name, user]));
  }

  /**
   * Throws UNAUTHENTICATED for a wrong name or password, and PERMISSION_DENIED if none are given:
   * clients distinguish the two.
   */
  async authenticate(metadata: Headers): Promise<Principal> {
    const header = metadata.get('authorization')[0]?.toString();
    if (header === undefined) throw accessDenied();
    const digest = createHash('sha256').update(header).digest('base64');
    const known = this.#verified.get(digest);
    if (known !== undefined) return known;
    // Simultaneous calls of one client are verified once.
    const verifying =
      this.#verifying.get(digest) ??
      this.#verify(header, digest).finally(() => this.#verifying.delete(digest));
    this.#verifying.set(digest, verifying);
    return verifying;
  }

  async #verify(header: string, digest: string): Promise<Principal> {
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
      ...(user.rights === undefined ? {} : { rights: user.rights }),
    };
    if (this.#verified.size >= REMEMBERED) this.#verified.clear();
    this.#verified.set(digest, principal);
    return principal;
  }
}
