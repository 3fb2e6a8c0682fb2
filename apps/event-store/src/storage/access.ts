import { type AccessList, PUBLIC_ACCESS, SYSTEM_ACCESS } from '../model/metadata.js';
import type { Filter } from '../model/filter.js';
import { ALL_STREAM, describedBy, type ProposedEvent } from '../model/model.js';
import type { Streams } from './streams.js';
import type { Principal, Rights } from '../model/users.js';

/** An operation on a stream. */
export type Access = 'read' | 'write' | 'delete';

const EVERYONE = '$all';
const OPERATIONS = '$ops';

/** A metastream is guarded by the metadata rights of its stream; nobody may delete it. */
function rightOf(access: Access, metastream: boolean): keyof AccessList | undefined {
  if (!metastream) return access;
  return access === 'read' ? 'metaRead' : access === 'write' ? 'metaWrite' : undefined;
}

const begins =
  (name: string) =>
  (prefix: string): boolean =>
    name.startsWith(prefix);

/**
 * A user who may write a stream's events may also write its metadata, to limit how long they are
 * kept.
 */
function isWithin({ reads, writes, truncates = [] }: Rights, access: Access, stream: string): boolean {
  const described = describedBy(stream);
  const guarded = described ?? stream;
  if (access === 'read') return reads === 'all' || reads.some(begins(guarded));
  if (access === 'write' && described !== undefined && truncates.some(begins(guarded))) return true;
  return access === 'write' && Object.values(writes).flat().some(begins(guarded));
}

/** True if the user may have the server remove truncated events. */
export function mayScavenge({ unrestricted, admin, roles, rights }: Principal): boolean {
  if (unrestricted) return true;
  return rights === undefined ? admin || roles.has(OPERATIONS) : (rights.truncates ?? []).length > 0;
}

/**
 * True if the user may read `$all` through this filter. A user with rights to some prefixes needs a
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
 * The metadata that a user with rights may set. It limits how long events are kept, and cannot
 * delete the stream or open it to others.
 */
const RETENTION: readonly string[] = ['$maxAge', '$maxCount'];

/**
 * True if the user may write these events under the writer names in them. Only a user with rights
 * is bound to names. The official client writes a stream's metadata without a name, so that may
 * only limit how long events are kept; and truncate the stream, where the user has that right.
 */
export function mayClaim({ rights }: Principal, stream: string, events: readonly ProposedEvent[]): boolean {
  if (rights === undefined) return true;
  const described = describedBy(stream);
  if (described !== undefined)
    return events.every(({ data }) => {
      const members = membersOf(data);
      const names = Object.keys(members);
      if ((rights.truncates ?? []).some(begins(described)))
        return names.length === 1 && Number.isSafeInteger(members['$tb']);
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
 * True if the user may do this to a stream. The user's own rights decide if there are any;
 * otherwise the stream's `$acl`, then the default lists of `$settings`. Without a list everyone
 * may, but only administrators for streams that begin with `$`. `$all` cannot be written, even on a
 * server without users.
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
