import type { RecordPersonAnswer, RecordPersonRequest } from '@interlock/contracts';

/** What people have decided about a change request, by the id of the request that it came from. */
export const decided = new Map<string, 'applied' | 'rejected'>();

/** Stands in for audit: a link for somebody else is recorded once people have approved it. */
export const answerOf = (request: RecordPersonRequest): RecordPersonAnswer => {
  const { change, by, person, request_id } = request;
  const isOwn = by === null || by === person.subject;
  const now = decided.get(request_id);
  if (change.kind !== 'invite' || isOwn || now === 'applied') return { recorded: [], requested: [] };
  return {
    recorded: [],
    requested: person.tenants.map((tenant_id) => ({
      change_id: `${request_id}@${tenant_id}`,
      tenant_id,
      status: now ?? 'open',
      setting: `person-${tenant_id}:x`,
      loosened: [],
      digest: 'd'.repeat(64),
      required_people: 2,
      expires_at: '2030-01-01T00:00:00.000Z',
    })),
  };
};
