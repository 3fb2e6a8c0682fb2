import { streamName, type Reason } from '@interlock/contracts';
import { collect, type EventStore, type RecordedEvent } from '@interlock/kernel';

type Granted = { readonly action_id?: unknown; readonly keys?: unknown; readonly expires_at?: unknown };
type Released = { readonly action_id?: unknown; readonly fencing?: unknown };

/** The keys of a lease; null where they cannot be read. */
const keysIn = ({ keys }: Granted): readonly string[] | null =>
  Array.isArray(keys) && keys.every((key) => typeof key === 'string') ? keys : null;

/**
 * Why the lease of an execution does not hold any more, of the events of the tenant's leases from the fencing number on; null where it holds. A lease that was granted later
 * on one of its keys says that this one was given up, whoever was told. Keys that cannot be read may be any.
 */
export const lostLease = (
  events: readonly Pick<RecordedEvent, 'type' | 'data' | 'revision'>[],
  { action_id, fencing, now }: { readonly action_id: string; readonly fencing: string; readonly now: string },
): Reason | null => {
  const lost = (detail: string): Reason => ({ code: 'lease-lost', detail, fencing });
  const [first, ...later] = events;
  const own: Granted = first?.type === 'LeaseGranted' && `${first.revision}` === fencing ? first.data : {};
  if (own.action_id !== action_id)
    return lost('no lease of this action has the fencing number of its execution');
  if (typeof own.expires_at !== 'string' || own.expires_at <= now)
    return lost('the lease of the execution has expired');
  const keys = keysIn(own);
  if (keys === null) return lost('what the execution had reserved cannot be read');
  for (const { type, data, revision } of later) {
    const { action_id: who, fencing: which }: Released = data;
    if (type === 'LeaseReleased' && who === action_id && (which === undefined || which === fencing))
      return lost('the lease of the execution was released');
    if (type === 'LeaseGranted' && keysIn(data)?.some((key) => keys.includes(key)) !== false)
      return lost(`a later lease, ${revision}, was granted on what the execution had reserved`);
  }
  return null;
};

/**
 * Reads whether the lease that an execution was started under still holds; `started` is the data of its `ExecutionStarted`. Throws the store's error where the log cannot
 * be read: what is unknown never acts.
 */
export const fencedOut = async (
  store: Pick<EventStore, 'read'>,
  tenantId: string,
  actionId: string,
  started: object,
): Promise<Reason | null> => {
  const fencing: unknown = 'fencing' in started ? started.fencing : undefined;
  if (typeof fencing !== 'string' || !/^\d{1,19}$/.test(fencing))
    return { code: 'lease-lost', detail: 'the execution has no fencing number that can be read' };
  const events = await collect(store.read(streamName('lease', tenantId, 'all'), { from: BigInt(fencing) }));
  return lostLease(events, { action_id: actionId, fencing, now: new Date().toISOString() });
};
