import { status } from '@grpc/grpc-js';
import { GnmiTarget, update, type Call, type Request } from './gnmi-target.js';

const leaves = ['latency', 'load'];
const prefix = { elem: [{ name: 'cells' }] };
const nanoseconds = (ms: number): number => ms * 1e6;
const json = (value: unknown) => ({ json_ietf_val: Buffer.from(JSON.stringify(value)) });

/** What is wrong with a subscription, as a target says it; null if nothing is. */
const refusalOf = ({ subscribe }: Request): { readonly code: status; readonly details: string } | null => {
  if (subscribe === undefined)
    return { code: status.INVALID_ARGUMENT, details: 'the first message must be a subscription' };
  if (subscribe.mode !== 0) return { code: status.UNIMPLEMENTED, details: 'only STREAM is served' };
  for (const { path, mode, sample_interval: sample = 0 } of subscribe.subscription) {
    const [cells, cell, state, leaf] = path.elem;
    const isKnown =
      path.elem.length === 4 &&
      cells?.name === 'cells' &&
      cell?.name === 'cell' &&
      cell.key['id'] === '*' &&
      state?.name === 'state' &&
      leaves.includes(leaf!.name);
    if (!isKnown) return { code: status.INVALID_ARGUMENT, details: 'there is no such path' };
    if (mode !== 1 && (mode !== 2 || sample < 1e9))
      return { code: status.INVALID_ARGUMENT, details: 'a sample interval is at least a second' };
  }
  return null;
};

/** A target that keeps subscriptions open, and sends what the test sets. */
export class GnmiStreamTarget {
  readonly #target = new GnmiTarget();
  readonly #values = new Map<string, { readonly value: unknown; readonly at: number }>();
  readonly #calls = new Set<Call>();
  /** False: a new subscription gets no `sync_response`. */
  syncs = true;
  /** True: a new subscription ends after its `sync_response`. */
  ends = false;

  async start(): Promise<string> {
    this.#target.answers((call, request) => {
      const refusal = refusalOf(request);
      if (refusal !== null) {
        call.emit('error', Object.assign(new Error(refusal.details), refusal));
        return;
      }
      this.#calls.add(call);
      const forget = (): void => void this.#calls.delete(call);
      call.on('cancelled', forget);
      call.on('close', forget);
      for (const [key, { value, at }] of this.#values) this.#update(call, key, value, at);
      if (this.syncs) call.write({ sync_response: true });
      if (this.ends) call.end();
    });
    return this.#target.start();
  }

  get requests(): readonly Request[] {
    return this.#target.requests.map(({ request }) => request);
  }

  /** When each request arrived, in milliseconds since the process began. */
  get times(): readonly number[] {
    return this.#target.requests.map(({ at }) => at);
  }

  get open(): number {
    return this.#calls.size;
  }

  /** Sets a leaf of a cell, and sends it with its time. */
  set(cell: string, leaf: string, value: unknown, at = Date.now()): void {
    const key = `${cell} ${leaf}`;
    this.#values.set(key, { value, at });
    for (const call of this.#calls) this.#update(call, key, value, at);
  }

  /** Removes a cell, and sends that its list entry is deleted. */
  remove(cell: string, at = Date.now()): void {
    for (const leaf of leaves) this.#values.delete(`${cell} ${leaf}`);
    this.send({
      update: {
        timestamp: nanoseconds(at),
        prefix,
        delete: [{ elem: [{ name: 'cell', key: { id: cell } }] }],
      },
    });
  }

  send(response: object): void {
    for (const call of this.#calls) call.write(response);
  }

  /** Ends every subscription, as a target does that restarts. */
  drop(): void {
    for (const call of this.#calls) call.end();
    this.#calls.clear();
  }

  stop(): void {
    this.#target.stop();
  }

  #update(call: Call, key: string, value: unknown, at: number): void {
    const [cell = '', leaf = ''] = key.split(' ');
    call.write({
      update: { timestamp: nanoseconds(at), prefix, update: [update(cell, leaf, json(value))] },
    });
  }
}
