import { elementBuilder, NETCONF_NS, rpcFault, type NetconfRpcError } from '@interlock/netconf';

export type Store = 'running' | 'candidate' | 'startup';

const nc = elementBuilder(NETCONF_NS);

/** Returns a refusal that names the holder; 0 is an entity outside NETCONF. */
export const lockDenied = (holder: number, message: string): NetconfRpcError =>
  rpcFault('lock-denied', message, { type: 'protocol', info: nc('error-info', nc('session-id', holder)) });

/** The holder of each datastore's lock. Sessions are numbers. */
export class Locks {
  readonly #holders = new Map<Store, number>();

  holder(store: Store): number | undefined {
    return this.#holders.get(store);
  }

  take(session: number, store: Store): void {
    const holder = this.#holders.get(store);
    if (holder !== undefined) throw lockDenied(holder, `${store} is locked`);
    this.#holders.set(store, session);
  }

  release(session: number, store: Store): void {
    if (this.#holders.get(store) !== session)
      throw rpcFault('operation-failed', `this session holds no lock on ${store}`, { type: 'protocol' });
    this.#holders.delete(store);
  }

  /** Releases all locks of a session. */
  releaseAll(session: number): void {
    for (const [store, holder] of this.#holders) if (holder === session) this.#holders.delete(store);
  }

  clear(): void {
    this.#holders.clear();
  }

  /** Takes or releases a lock for a holder outside NETCONF. */
  holdFromOutside(store: Store, held: boolean): void {
    if (held) this.#holders.set(store, 0);
    else if (this.#holders.get(store) === 0) this.#holders.delete(store);
  }

  /**
   * Checks that no other session holds one of the locks.
   * @throws NetconfRpcError `in-use`
   */
  assertFree(session: number, ...stores: readonly Store[]): void {
    for (const store of stores) {
      const holder = this.#holders.get(store);
      if (holder !== undefined && holder !== session) {
        throw rpcFault('in-use', `${store} is locked by session ${holder}`, {
          type: 'protocol',
          info: nc('error-info', nc('session-id', holder)),
        });
      }
    }
  }
}
