import { streamName, type Reason } from '@interlock/contracts';
import { collect, type EventStore, type RecordedEvent, isTexts } from '@interlock/kernel';

type Granted = { readonly action_id?: unknown; readonly keys?: unknown; readonly expires_at?: unknown };
type Released = { readonly action_id?: unknown; readonly fencing?: unknown };

/** The keys of a lease; null if they cannot be read. */
const keysIn = ({ keys }: Granted): readonly string[] | null => (isTexts(keys) ? keys : null);

/**
 * Why the lease of an execution no longer holds, from the events of the tenant's leases since the
 * fencing number; null if it holds. A later grant of one of its keys shows that this lease was
 * given up, whether or not its holder was told. Unreadable keys may be any keys.
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
 * Reads whether the lease of a started execution still holds; `started` is the data of its
 * `ExecutionStarted`. Throws the store's error if the log cannot be read, because an executor never
 * acts on an unknown state.
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
