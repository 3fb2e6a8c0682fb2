import { contentHash } from '@interlock/kernel';
import type { KillSwitchState } from './kill-switch.js';

/**
 * Returns the digest of what a person releases: the switch, since when and why it is engaged, and
 * who has requested the release. Lower-case hex SHA-256.
 */
export const releaseDigest = (stream: string, { since, reason, release }: KillSwitchState): string =>
  contentHash({
    stream,
    since,
    reason,
    requested: release === undefined ? null : { by: release.by, expires_at: release.expires_at },
  });
