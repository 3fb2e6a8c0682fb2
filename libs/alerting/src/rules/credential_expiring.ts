import { parseStream, type Timestamp } from '@interlock/contracts';
import { detailOf } from '../detail.js';
import {
  between,
  elapsedMs,
  hourMs,
  rule,
  runbookOf,
  seenOf,
  withKey,
  type Condition,
  type Seen,
} from '../rule.js';

type Held = { readonly seen: Seen; readonly credential: string; readonly expires_at: Timestamp };
type Credentials = { readonly [key: string]: Held };

const issued: ReadonlySet<string> = new Set(['CredentialIssued', 'CredentialRotated']);
const types = [...issued, 'CredentialRevoked'];

/** Days before its expiry at which a credential is reported. */
const warnDays = 7;

/**
 * A credential expires within seven days, or has expired. The alert ends when it is issued again
 * with a later expiry, or revoked. A credential without `expires_at` does not expire.
 */
export const credentialExpiring = rule<Credentials>({
  name: 'credential_expiring',
  condition: 'A credential expires within 7 days (medium), or within one day or has expired (high)',
  severity: 'high',
  runbook: runbookOf('credential_expiring'),
  events: { tenant: types, person: types },
  figures: [],
  initial: {},
  fold: (known, event) => {
    const { stream, type } = event;
    const data = event.data as { readonly [name: string]: unknown };
    const credential = String(data['credential'] ?? data['credential_id'] ?? parseStream(stream)?.id ?? '');
    const key = `${stream} ${credential}`;
    const { expires_at } = data;
    if (issued.has(type) && typeof expires_at === 'string')
      return withKey(known, key, { seen: seenOf(event), credential, expires_at });
    return known[key] === undefined ? known : withKey(known, key, undefined);
  },
  judge: (known, now) =>
    Object.entries(known).flatMap(([subject, { seen, credential, expires_at }]): readonly Condition[] => {
      const isOver = now >= expires_at;
      const left = elapsedMs(now, expires_at);
      if (left > warnDays * 24 * hourMs) return [];
      return [
        {
          subject,
          firing: seen.cause.event_id,
          severity: left <= 24 * hourMs ? 'high' : 'medium',
          detail: detailOf(
            `credential \`${credential}\` ${isOver ? 'expired' : 'expires'} at ${expires_at}: rotate it, or revoke it`,
          ),
          cause: seen.cause,
          evidence: between(seen),
          page: '/autonomy/agents',
        },
      ];
    }),
});
