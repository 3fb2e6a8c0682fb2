import type { AccessList } from './metadata.js';
import { describedBy } from './model.js';
import type { Streams } from './streams.js';
import type { Principal } from './users.js';

/** What may be done to a stream. */
export type Access = 'read' | 'write' | 'delete';

const EVERYONE = '$all';
const DEFAULT_ROLES = [EVERYONE];
const SYSTEM_ROLES = ['$admins'];

/** A metastream is guarded by the metadata rights of the stream that it describes. */
function rightOf(access: Access, metastream: boolean): keyof AccessList {
  if (!metastream) return access;
  return access === 'read' ? 'metaRead' : 'metaWrite';
}

/** Whether somebody may do this to a stream: as its `$acl` says, else everyone, but for streams that begin with `$`. */
export function mayAccess(streams: Streams, principal: Principal, access: Access, stream: string): boolean {
  if (principal.admin) return true;
  const described = describedBy(stream);
  const guarded = described ?? stream;
  const acl = streams.metadata(streams.get(guarded)).acl;
  const roles = acl?.[rightOf(access, described !== undefined)] ?? (guarded.startsWith('$') ? SYSTEM_ROLES : DEFAULT_ROLES);
  return roles.some((role) => role === EVERYONE || principal.roles.has(role));
}
