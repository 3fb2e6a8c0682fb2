import { type AccessList, PUBLIC_ACCESS, SYSTEM_ACCESS } from './metadata.js';
import { ALL_STREAM, describedBy } from './model.js';
import type { Streams } from './streams.js';
import type { Principal } from './users.js';

/** What may be done to a stream. */
export type Access = 'read' | 'write' | 'delete';

const EVERYONE = '$all';

/** A metastream is guarded by the metadata rights of the stream that it describes; nobody deletes it. */
function rightOf(access: Access, metastream: boolean): keyof AccessList | undefined {
  if (!metastream) return access;
  return access === 'read' ? 'metaRead' : access === 'write' ? 'metaWrite' : undefined;
}

/**
 * Whether somebody may do this to a stream: as its `$acl` says, else the default lists of `$settings`, else
 * everyone, but to streams that begin with `$` only administrators. `$all` cannot be written, not even where there are no users.
 */
export function mayAccess(streams: Streams, principal: Principal, access: Access, stream: string): boolean {
  if (stream === ALL_STREAM && access !== 'read') return false;
  if (principal.unrestricted) return true;
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
