/** The limits of what is remembered, and how many wrong calls end the turn of a device. */
const most = { keys: 1024, networks: 1024, misses: 4 } as const;
/** How many keys are drawn at most to find a device without a waiting connection. */
const draws = 8;

type Options = {
  /** True if the device with this key has a connection that waits to be used. */
  readonly isWaiting: (key: string) => boolean;
  /** Returns a number from 0 to below 1; `Math.random` if absent. */
  readonly random?: () => number;
};

/** What is known of one network. */
type Network = {
  /** The keys of devices that called from there, the latest last. */
  keys: readonly string[];
  /** By key, the longest ago first: devices that must call again, with the wrong calls since. */
  readonly turns: Map<string, number>;
};

/**
 * Chooses whose client certificate a caller over TLS is shown, before the caller is known. Devices
 * behind one address may accept different certificates, so any choice may be wrong.
 *
 * Half of the calls get the certificate of the device that was told to call again longest ago,
 * because devices call at regular intervals. The others get one at random, so that no order of
 * calls keeps a device out. A device that stays away loses its turn after a few wrong calls.
 */
export class Offers {
  readonly #options: Options;
  /** By network, the latest caller's last. */
  readonly #networks = new Map<string, Network>();
  /** The key of the device that called last. */
  #last: string | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Returns the key of the device to expect from a network; undefined if no device has called. */
  expected(network: string): string | undefined {
    const known = this.#networks.get(network);
    if (known === undefined) return this.#last;
    const next = this.#nextTurn(known);
    return next !== undefined && this.#random() < 0.5 ? next : this.#drawn(known);
  }

  /**
   * Notes that a device has called from a network. `expected` is the key that was expected then.
   * `mustCallAgain` is true if the device accepts another certificate.
   */
  called(
    network: string,
    key: string,
    { expected, mustCallAgain }: { readonly expected: string | undefined; readonly mustCallAgain: boolean },
  ): void {
    const known = this.#networks.get(network) ?? { keys: [], turns: new Map<string, number>() };
    this.#networks.delete(network);
    const [oldest] = this.#networks.keys();
    if (oldest !== undefined && this.#networks.size >= most.networks) this.#networks.delete(oldest);
    this.#networks.set(network, known);
    this.#last = key;
    const { turns } = known;
    known.keys = [...known.keys.filter((one) => one !== key), key].slice(-most.keys);
    if (mustCallAgain && expected !== undefined) this.#miss(turns, expected);
    turns.delete(key);
    if (!mustCallAgain) return;
    turns.set(key, 0);
    const [first] = turns.keys();
    if (turns.size > most.keys) turns.delete(first!);
  }

  /** Forgets a device in a network until it calls from there again. */
  forget(network: string, key: string): void {
    const known = this.#networks.get(network);
    if (this.#last === key) this.#last = undefined;
    if (known === undefined) return;
    known.keys = known.keys.filter((one) => one !== key);
    known.turns.delete(key);
  }

  /** Ends the turn of a device after too many calls of others. */
  #miss(turns: Map<string, number>, key: string): void {
    const misses = turns.get(key);
    if (misses === undefined) return;
    if (misses + 1 < most.misses) turns.set(key, misses + 1);
    else turns.delete(key);
  }

  #nextTurn({ turns }: Network): string | undefined {
    for (const key of turns.keys()) {
      if (!this.#options.isWaiting(key)) return key;
      turns.delete(key);
    }
    return undefined;
  }

  /** Returns a key at random, of a device without a waiting connection if one is found soon. */
  #drawn({ keys }: Network): string | undefined {
    let drawn: string | undefined;
    for (let n = 0; n < draws; n += 1) {
      drawn = keys[Math.floor(this.#random() * keys.length)];
      if (drawn === undefined || !this.#options.isWaiting(drawn)) return drawn;
    }
    return drawn;
  }

  #random(): number {
    return (this.#options.random ?? Math.random)();
  }
}
