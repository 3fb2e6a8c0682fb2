import { randomUUID } from 'node:crypto';
import { tenantOfUser } from '@interlock/contracts';
import { testMetadata, type EventStore } from '@interlock/kernel';
import { busCredential, tenantStream, type TenantEvent } from '@interlock/rails';

/** Registers a user of the bus for these signals, as safety-rails writes it. */
export const registerUser = async (
  store: EventStore,
  user: string,
  signals: readonly string[],
): Promise<void> => {
  const tenant = tenantOfUser(user)!;
  const event: TenantEvent = {
    type: 'CredentialIssued',
    data: { credential: busCredential(user), agents: [], accounts: [], public_key: null, signals },
  };
  await store.append(
    tenantStream(tenant),
    [{ id: randomUUID(), ...event, metadata: testMetadata({ tenant_id: tenant }) }],
    'any',
  );
};
