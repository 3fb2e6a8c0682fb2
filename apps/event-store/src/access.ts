import { type AccessList, PUBLIC_ACCESS, SYSTEM_ACCESS } from './metadata.js';
import type { Filter } from './filter.js';
import { ALL_STREAM, describedBy, type ProposedEvent } from './model.js';
import type { Streams } from './streams.js';
import type { Principal, Rights } from './users.js';

/** What may be done to a stream. */
export type Access = 'read' | 'write' | 'delete';

const EVERYONE = '$all';

/**
 * A metastream is guarded by the metadata rights of the stream that it describes; nobody deletes
 * it.
 */
function rightOf(access: Access, metastream: boolean): keyof AccessList | undefined {
  if (!metastream) return access;
  return access === 'read' ? 'metaRead' : access === 'write' ? 'metaWrite' : undefined;
}

const begins =
  (name: string) =>
  (prefix: string): boolean =>
    name.startsWith(prefix);

/**
 * Metadata of a stream may be written, to bound how long its events are kept, by a user who may
 * write its events.
 */
function isWithin({ reads, writes }: Rights, access: Access, stream: string): boolean {
  const guarded = describedBy(stream) ?? stream;
  if (access === 'read') return reads === 'all' || reads.some(begins(guarded));
  return access === 'write' && Object.values(writes).flat().some(begins(guarded));
}

/**
 * Whether somebody may read `$all` through this filter: a user with rights to some prefixes needs a
 * filter that lets nothing else through.
 */
export function mayReadAll(streams: Streams, principal: Principal, filter: Filter | undefined): boolean {
  const { rights } = principal;
  if (rights === undefined) return mayAccess(streams, principal, 'read', ALL_STREAM);
  if (rights.reads === 'all') return true;
  if (filter?.on !== 'stream' || !('prefixes' in filter.by) || filter.by.prefixes.length === 0) return false;
  const { reads } = rights;
  return filter.by.prefixes.every((prefix) => reads.some(begins(prefix)));
}

function membersOf(json: Uint8Array): { readonly [name: string]: unknown } {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.length).toString());
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

/**
 * What a user with rights may say of a stream: how long its events are kept, and nothing that
 * deletes it or opens it to others.
 */
const RETENTION: readonly string[] = ['$maxAge', '$maxCount'];

/**
 * Whether somebody may write these events under the names of the writers that they carry. Only a
 * user with rights is bound to names; the metadata of a stream, which the official client writes
 * without a name, may bound its events only.
 */
export function mayClaim({ rights }: Principal, stream: string, events: readonly ProposedEvent[]): boolean {
  if (rights === undefined) return true;
  if (describedBy(stream) !== undefined)
    return events.every(({ data }) => {
      const names = Object.keys(membersOf(data));
      return names.length > 0 && names.every((name) => RETENTION.includes(name));
    });
  return events.every(({ metadata }) => {
    const { writer } = membersOf(metadata);
    return (
      typeof writer === 'string' &&
      Object.hasOwn(rights.writes, writer) &&
      rights.writes[writer]!.some(begins(stream))
    );
  });
}

/**
 * Whether somebody may do this to a stream: as their own rights say, where they have some; else as
 * its `$acl` says, else the default lists of `$settings`, else everyone, but to streams that begin
 * with `$` only administrators. `$all` cannot be written, not even where there are no users.
 */
export function mayAccess(streams: Streams, principal: Principal, access: Access, stream: string): boolean {
  if (stream === ALL_STREAM && access !== 'read') return false;
  if (principal.unrestricted) return true;
  if (principal.rights !== undefined) return isWithin(principal.rights, access, stream);
  const described = describedBy(stream);
  const right = rightOf(access, described !== undefined);
  if (right === undefined) return false;
  if (principal.admin) return true;
  const guarded = described ?? stream;
  const { system, user } = streams.defaultAccess();
  const acl = streams.metadata(streams.get(guarded)).acl;
  const isSystem = guarded.startsWith('$');
  const roles =
    acl?.[right] ?? (isSystem ? system : user)?.[right] ?? (isSystem ? SYSTEM_ACCESS : PUBLIC_ACCESS);
  return roles.some((role) => role === EVERYONE || principal.roles.has(role));
}
