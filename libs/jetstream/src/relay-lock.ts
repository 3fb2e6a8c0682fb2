import { randomUUID } from 'node:crypto';
import { NatsError, type KV, type NatsConnection } from 'nats';

/** Milliseconds that a lease lives without being renewed: after that another instance takes over. */
export const leaseMs = 3000;
const renewEveryMs = 700;
const bucket = 'interlock_relay';
const key = 'active';
/** JetStream's error for a key that was changed by another. */
const wrongRevision = 10_071;

/** The lease that lets one instance relay at a time. NATS drops it when its holder stops renewing. */
export class RelayLock {
  readonly #connection: NatsConnection;
  readonly #holder = randomUUID();

  constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** Tries to become the active one; `undefined` while another is. Throws the errors of NATS. */
  async acquire(): Promise<Lease | undefined> {
    const kv = await this.#connection.jetstream().views.kv(bucket, { ttl: leaseMs, history: 1 });
    const began = performance.now();
    try {
      return new Lease(kv, this.#holder, await kv.create(key, this.#holder), began);
    } catch (error) {
      if ((await kv.get(key).catch(() => null)) !== null) return undefined;
      throw error;
    }
  }
}

/** A held lease: renewed in the background, `lost` when that did not work in time. */
export class Lease {
  readonly lost: AbortSignal;
  readonly #kv: KV;
  readonly #holder: string;
  readonly #lost = new AbortController();
  #revision: number;
  #renewedAt: number;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();

  constructor(kv: KV, holder: string, revision: number, began: number) {
    this.#kv = kv;
    this.#holder = holder;
    this.#revision = revision;
    this.#renewedAt = began;
    this.lost = this.#lost.signal;
    this.#timer = setInterval(() => { this.#renewing = this.#renew(); }, renewEveryMs);
  }

  /** INVARIANT: counted from before the request that renewed it, so it never lasts longer here than on the server. */
  get valid(): boolean {
    return !this.lost.aborted && performance.now() - this.#renewedAt < leaseMs - renewEveryMs;
  }

  /** Gives the lease back, so that another need not wait for its end. */
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
      this.#revision = await this.#kv.update(key, this.#holder, this.#revision);
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

/** Takes the lease from whoever holds it; that one notices at its next renewal. */
export const dropLease = async (connection: NatsConnection): Promise<void> => {
  const kv = await connection.jetstream().views.kv(bucket, { ttl: leaseMs, history: 1 });
  await kv.purge(key);
};
