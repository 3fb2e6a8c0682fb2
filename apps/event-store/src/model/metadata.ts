import { DELETED_REVISION } from './model.js';

/** Access lists of a stream; undefined means that the default applies. */
export type AccessList = {
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly delete?: readonly string[];
  readonly metaRead?: readonly string[];
  readonly metaWrite?: readonly string[];
};

/** The access if no list is set. */
export const PUBLIC_ACCESS: readonly string[] = ['$all'];
export const SYSTEM_ACCESS: readonly string[] = ['$admins'];

/** The default lists in the last event of `$settings`. */
export type DefaultAccess = { readonly user?: AccessList; readonly system?: AccessList };

/** The parts of a stream's `$metadata` that the server uses. `maxAgeUs` is in microseconds. */
export type StreamMetadata = {
  readonly softDeleted: boolean;
  readonly truncateBefore: number;
  readonly maxCount: number | undefined;
  readonly maxAgeUs: number | undefined;
  readonly acl: AccessList | undefined;
};

export const NO_METADATA: StreamMetadata = {
  softDeleted: false,
  truncateBefore: 0,
  maxCount: undefined,
  maxAgeUs: undefined,
  acl: undefined,
};

/** A metastream shows only its last event. */
export const METASTREAM_METADATA: StreamMetadata = { ...NO_METADATA, maxCount: 1 };

const roles = (value: unknown): readonly string[] | undefined => {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.filter((role) => typeof role === 'string');
  return undefined;
};

const whole = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined;

function accessList(value: unknown): AccessList | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const lists = value as Record<string, unknown>;
  const acl: Record<string, readonly string[]> = {};
  for (const [key, name] of [
    ['$r', 'read'],
    ['$w', 'write'],
    ['$d', 'delete'],
    ['$mr', 'metaRead'],
    ['$mw', 'metaWrite'],
  ] as const) {
    const list = roles(lists[key]);
    if (list !== undefined) acl[name] = list;
  }
  return acl;
}

/**
 * The object of a metadata event. Data that is not a JSON object counts as empty, as on the real
 * server.
 */
function parseObject(data: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : {};
  } catch {
    return {};
  }
}

/** Reads the data of a stream's last `$metadata` event. */
export function parseMetadata(data: Uint8Array): StreamMetadata {
  const object = parseObject(data);
  const truncateBefore = whole(object['$tb']) ?? 0;
  const maxCount = whole(object['$maxCount']);
  const maxAge = whole(object['$maxAge']);
  return {
    softDeleted: truncateBefore >= Number(DELETED_REVISION),
    truncateBefore,
    maxCount: maxCount === 0 ? undefined : maxCount,
    maxAgeUs: maxAge === undefined || maxAge === 0 ? undefined : maxAge * 1_000_000,
    acl: accessList(object['$acl']),
  };
}

/** Reads the data of the last event of `$settings`. */
export function parseSettings(data: Uint8Array): DefaultAccess {
  const object = parseObject(data);
  const [user, system] = [accessList(object['$userStreamAcl']), accessList(object['$systemStreamAcl'])];
  return { ...(user === undefined ? {} : { user }), ...(system === undefined ? {} : { system }) };
}

/**
 * The metadata of a softly deleted stream. It replaces the previous metadata, as on the real
 * server.
 */
export function deletedMetadata(): Uint8Array {
  return withTruncateBefore(undefined, DELETED_REVISION);
}

/** The same metadata with another `$tb`, which may exceed the exact range of JavaScript numbers. */
export function withTruncateBefore(data: Uint8Array | undefined, truncateBefore: bigint): Uint8Array {
  const { $tb: _replaced, ...rest } = data === undefined ? {} : parseObject(data);
  const others = JSON.stringify(rest).slice(1, -1);
  return Buffer.from(`{${others}${others === '' ? '' : ','}"$tb":${truncateBefore}}`);
}
