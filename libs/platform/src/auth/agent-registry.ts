import { setTimeout as delay } from 'node:timers/promises';
import {
  agentCredential,
  registryStream,
  validKeys,
  type AgentKey,
  type Timestamp,
} from '@interlock/contracts';
import { genuine, ProblemError, type EventStore, type RecordedEvent } from '@interlock/kernel';

/** The time in milliseconds for which a read is used, counted from its start. */
const readForMs = 1000;
/**
 * The shorter time, in milliseconds, for which a missing key is remembered. It limits the reads
 * that invented names cause.
 */
const missedForMs = 50;
/** The time in milliseconds after which a revoked key is refused at the latest. */
const staleMs = 2000;

type Keys = ReadonlyMap<string, readonly AgentKey[]>;
type Registry = { readonly keys: Keys; readonly next: bigint; readonly readAt: number };

const prefix = agentCredential('');

/** Returns the keys of each agent's credential after an event of the tenant's registry. */
const keysAfter = (keys: Keys, { type, data }: Pick<RecordedEvent, 'type' | 'data'>): Keys => {
  if (type === 'TenantRemoved') return new Map();
  const { credential, keys: registered } = data as {
    readonly credential?: string;
    readonly keys?: readonly AgentKey[];
  };
  if (credential?.startsWith(prefix) !== true) return keys;
  if (type === 'CredentialIssued') return new Map([...keys, [credential, registered ?? []]]);
  if (type === 'CredentialRevoked') return new Map([...keys].filter(([known]) => known !== credential));
  return keys;
};

const keyIn = ({ keys, readAt }: Registry, name: string, jkt: string): AgentKey | undefined => {
  if (performance.now() - readAt > staleMs)
    throw new ProblemError('not-current', 'the log takes too long to say which agents are registered');
  const now: Timestamp = new Date().toISOString();
  return validKeys(keys.get(agentCredential(name)) ?? [], now).find((key) => key.jkt === jkt);
};

const nothing = (): Registry => ({ keys: new Map(), next: 0n, readAt: -Infinity });

/**
 * The registered keys of agents, from the log. A tenant's registry is read on demand, at most once
 * a second, and only from the end of the last read.
 */
export class AgentRegistry {
  readonly #store: EventStore;
  readonly #known = new Map<string, Registry>();
  readonly #reading = new Map<string, Promise<Registry>>();

  constructor(store: EventStore) {
    this.#store = genuine(store);
  }

  /**
   * Returns the agent's key with this thumbprint; undefined if it is not registered, has ended or
   * was revoked. INVARIANT: the answer is at most 2 s old, and a key that was registered before the
   * call is found. Throws `not-current`, and the log's errors.
   */
  async keyOf(tenantId: string, name: string, jkt: string): Promise<AgentKey | undefined> {
    const asked = performance.now();
    const found = keyIn(await this.#current(tenantId, readForMs), name, jkt);
    return found ?? keyIn(await this.#since(tenantId, asked), name, jkt);
  }

  /**
   * Returns the registry from a read that began after the given time. At most one read begins in 50
   * ms.
   */
  async #since(tenantId: string, asked: number): Promise<Registry> {
    let known = await this.#current(tenantId, missedForMs);
    while (known.readAt < asked) {
      await delay(Math.max(0, missedForMs - (performance.now() - known.readAt)));
      known = await this.#current(tenantId, missedForMs);
    }
    return known;
  }

  async #current(tenantId: string, forMs: number): Promise<Registry> {
    const known = this.#known.get(tenantId);
    if (known !== undefined && performance.now() - known.readAt < forMs) return known;
    const open = this.#reading.get(tenantId);
    if (open !== undefined) return open;
    const reading = this.#read(tenantId, known ?? nothing()).finally(() => this.#reading.delete(tenantId));
    this.#reading.set(tenantId, reading);
    return reading;
  }

  async #read(tenantId: string, { keys: known, next: from }: Registry): Promise<Registry> {
    const readAt = performance.now();
    let keys = known;
    let next = from;
    for await (const event of this.#store.read(registryStream(tenantId), { from })) {
      keys = keysAfter(keys, event);
      next = event.revision + 1n;
    }
    const read = { keys, next, readAt };
    // A tenant without a registry is not cached, so that invented names take no memory.
    if (next > 0n) this.#known.set(tenantId, read);
    return read;
  }
}
