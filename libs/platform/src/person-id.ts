import { uuidV5 } from '@interlock/kernel';

/** Opaque id of a person in a tenant. */
export const personIdOf = (tenantId: string, subject: string): string => uuidV5('person', tenantId, subject);
