import { streamName, type HandlerEnvelope } from '@interlock/contracts';
import { collect, testMetadata, uuidV5, type EventStore } from '@interlock/kernel';

let counter = 0;
/** A number that no other call of this process gets. */
export const nextNumber = (): string => {
  counter += 1;
  return `${counter}`;
};

/** Appends one event, as a service would have; the tenant is that of the stream. */
export const append = async (
  store: EventStore,
  stream: string,
  type: string,
  data: object,
): Promise<void> => {
  await store.append(
    stream,
    [
      {
        id: uuidV5('test', stream, nextNumber()),
        type,
        data,
        metadata: testMetadata({ tenant_id: 'demo', occurred_at: new Date().toISOString() }),
      },
    ],
    'any',
  );
};

/** Grants the action a lease that nobody else wants; answers with its fencing number. */
export const grantLease = async (store: EventStore, tenant: string, actionId: string): Promise<string> => {
  const stream = streamName('lease', tenant, 'all');
  const mark = `mark:${nextNumber()}`;
  await append(store, stream, 'LeaseGranted', {
    action_id: actionId,
    keys: [mark],
    expires_at: new Date(Date.now() + 3_600_000).toISOString(),
  });
  const granted = (await collect(store.read(stream))).find(({ data }) =>
    JSON.stringify(data).includes(`"${mark}"`),
  );
  return `${granted?.revision ?? ''}`;
};

/**
 * Writes that the action is over, and that a person has said yes to its rollback; answers with the
 * rollback's request.
 */
export const startRollback = async (
  store: EventStore,
  tenant: string,
  { action_id, epoch }: HandlerEnvelope,
  number: number,
): Promise<string> => {
  const stream = streamName('action', tenant, action_id);
  const request_id = uuidV5(action_id, 'rollback', `${number}`);
  if (number === 1) await append(store, stream, 'ActionCompleted', { reasons: [] });
  await append(store, stream, 'RollbackStarted', {
    request_id,
    epoch,
    switches: [],
    fencing: await grantLease(store, tenant, action_id),
    leaves_fingerprint: 'as it was shown',
    handler: { service: 'netconf-gateway', name: 'cell_failover' },
  });
  return request_id;
};
