import { parsePosition, type Position, positionOrNull } from '@interlock/kernel';
import { NatsError, type KV, type NatsConnection } from 'nats';
import { openRelayBucket } from '../connection/relay-buckets.js';

/** Milliseconds that a lease lives without a renewal; after that, another instance takes over. */
const leaseMs = 3000;
const renewEveryMs = 700;
const key = 'active';
/** JetStream's error for a key that another process changed. */
const wrongRevision = 10_071;

const openBucket = (connection: NatsConnection): Promise<KV> =>
  openRelayBucket(connection, 'interlock_relay', leaseMs);
const noteOf = (instance: string, position: Position | null): string =>
  JSON.stringify({ instance, position: positionOrNull(position) });

/**
 * The lease that lets one instance relay at a time. NATS drops it when its holder stops renewing.
 */
export class RelayLock {
  readonly #connection: NatsConnection;
  readonly #instance: string;
  readonly #position: () => Position | null;

  /** The content of the lease: its holder, and how far it has relayed. */
  constructor(connection: NatsConnection, instance: string, position: () => Position | null) {
    this.#connection = connection;
    this.#instance = instance;
    this.#position = position;
  }

  /**
   * Tries to become the active instance; `undefined` while another is. Throws the errors of NATS.
   */
  async acquire(): Promise<Lease | undefined> {
    const kv = await openBucket(this.#connection);
    const began = performance.now();
    const note = (): string => noteOf(this.#instance, this.#position());
    try {
      return new Lease(kv, note, await kv.create(key, note()), began);
    } catch (error) {
      if ((await kv.get(key).catch(() => null)) !== null) return undefined;
      throw error;
    }
  }
}

/** A held lease. It is renewed in the background; `lost` when that did not succeed in time. */
export class Lease {
  readonly lost: AbortSignal;
  readonly #kv: KV;
  readonly #note: () => string;
  readonly #lost = new AbortController();
  #revision: number;
  #renewedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(kv: KV, note: () => string, revision: number, began: number) {
    this.#kv = kv;
    this.#note = note;
    this.#revision = revision;
    this.#renewedAt = began;
    this.lost = this.#lost.signal;
    this.#timer = setInterval(() => {
      this.#renewing = this.#renew();
    }, renewEveryMs);
  }

  /**
   * INVARIANT: the time counts from before the request that renewed it, so it never lasts longer
   * here than on the server.
   */
  get valid(): boolean {
    return !this.lost.aborted && performance.now() - this.#renewedAt < leaseMs - renewEveryMs;
  }

  /** Returns the lease, so that another instance need not wait for its end. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    const held = !this.#lost.signal.aborted;
    this.#lost.abort();
    if (held) await this.#kv.delete(key, { previousSeq: this.#revision }).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const began = performance.now();
    try {
      this.#revision = await this.#kv.update(key, this.#note(), this.#revision);
      this.#renewedAt = began;
    } catch (error) {
      if (error instanceof NatsError && error.api_error?.err_code === wrongRevision) this.#giveUp();
    }
    if (!this.valid) this.#giveUp();
  }

  #giveUp(): void {
    clearInterval(this.#timer);
    this.#lost.abort();
  }
}

/** Takes the lease from its holder, which notices at its next renewal. */
export const dropLease = async (connection: NatsConnection): Promise<void> => {
  await (await openBucket(connection)).purge(key);
};

/**
 * The holder of the lease, its content, and the time of its last renewal; null if nobody holds it.
 */
export const readLease = async (
  connection: NatsConnection,
): Promise<{
  readonly instance: string;
  readonly position: Position | null;
  readonly renewed: string;
} | null> => {
  const entry = await (await openBucket(connection)).get(key);
  if (entry === null || entry.operation !== 'PUT') return null;
  const { instance, position } = entry.json<{
    readonly instance: string;
    readonly position: string | null;
  }>();
  return {
    instance,
    position: position === null ? null : (parsePosition(position) ?? null),
    renewed: entry.created.toISOString(),
  };
};
