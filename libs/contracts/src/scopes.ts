export const scopes = [
  'POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT',
  'AUTONOMOUS_READ', 'AUTONOMOUS_SUBMIT', 'AUTONOMOUS_APPROVE', 'AUTONOMOUS_KILL',
  'AUTONOMY_ADMIN', 'DEVICE_READ', 'DEVICE_WRITE', 'POSTURE_READ', 'POSTURE_WRITE',
  'ALERT_READ', 'ALERT_WRITE', 'AUDIT_READ', 'PRIVACY_ADMIN',
] as const;
/** What a token may do; every route names one (architecture.md, Security). */
export type Scope = (typeof scopes)[number];

export type PrincipalKind = 'person' | 'service';

/** Who acts, as it stands in the metadata of events. People are opaque: `person_id`, never a name. */
export type Actor =
  | { readonly kind: 'person'; readonly person_id: string }
  | { readonly kind: 'service'; readonly service: string };

/** The actor as one string: `person:<person_id>` or `service:<name>`; what requester and approvers are compared by. */
export const actorKey = (actor: Actor): string => (actor.kind === 'person' ? `person:${actor.person_id}` : `service:${actor.service}`);
