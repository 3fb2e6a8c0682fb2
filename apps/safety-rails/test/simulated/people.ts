import type { Principal } from '@interlock/platform';
import { tenant } from './weather.js';

/** A person of the tenant as the doors would have made them out of a token; null for a service. */
export const principalOf = (person: string | null): Principal => ({
  tenant_id: tenant,
  tenants: [tenant],
  subject: person ?? 'operations',
  person_id: person,
  kind: person === null ? 'service' : 'person',
  scopes: ['AUTONOMOUS_KILL'],
  teams: [],
  actor: person === null ? { kind: 'service', service: 'operations' } : { kind: 'person', person_id: person },
  requester: person === null ? 'service:operations' : `person:${person}`,
  refused_as: person === null ? ['service:operations'] : [`person:${person}`],
  people: {
    actorOf: () => Promise.reject(new Error('nobody is looked up here')),
    withNamesake: (_, actor) => Promise.resolve(actor),
    seal: (_, text) => Promise.resolve(text),
    open: () => Promise.reject(new Error('nothing is opened here')),
  },
});
