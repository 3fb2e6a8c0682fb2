import { cutText } from '@interlock/kernel';
import { readFileSync } from 'node:fs';
import { Client, credentials, Metadata, type ChannelCredentials } from '@grpc/grpc-js';
import { EntrySource, KpiSourceError, type Measured, type Measurements } from '../kpi-source.js';
import type { GnmiEntry } from '../kpi-sources-file.js';
import { cellIn, parsePath, pathFor } from './gnmi-path.js';
import {
  decodeResponse,
  encodeRequest,
  encodings,
  onceMode,
  type Notification,
  type PathElem,
  type SubscribeRequest,
  type SubscribeResponse,
  type TypedValue,
} from './messages.js';

/** For more cells than this, the values of all cells are asked for. */
const mostNamedCells = 100;
/** The most values, and the most messages, of one reading. */
const mostUpdates = 200_000;
/** The decimals that a Decimal64 of YANG has at most (RFC 7950). */
const mostDecimals = 18;
/** How far the target's clock may be ahead of ours. */
const clockSkewMs = 1000;

const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ofText = (text: string): number => (numberPattern.test(text) ? Number(text) : NaN);

const ofJson = (bytes: Buffer): number => {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return NaN;
  }
  // RFC 7951 writes 64-bit numbers and decimals as strings.
  return typeof value === 'number' ? value : typeof value === 'string' ? ofText(value) : NaN;
};

/** The number of a value; NaN if it holds none. */
export const numberOf = (value: TypedValue = {}): number => {
  const { decimal_val: decimal, json_val: json, json_ietf_val: ietf } = value;
  const number = value.int_val ?? value.uint_val ?? value.double_val ?? value.float_val;
  if (number !== undefined) return number;
  if (decimal !== undefined) {
    const { digits = 0, precision = 0 } = decimal;
    return precision > mostDecimals ? NaN : digits / 10 ** precision;
  }
  const bytes = ietf ?? json;
  if (bytes !== undefined) return ofJson(bytes);
  return ofText(value.string_val ?? value.ascii_val ?? '');
};

type Wanted = {
  readonly kpi: string;
  readonly elems: readonly PathElem[];
  readonly windowMs: number;
  readonly scale: number;
};

/** KPIs from a gNMI target, by a subscription of the mode ONCE for each reading. */
export class GnmiSource extends EntrySource {
  readonly #entry: GnmiEntry;
  readonly #wanted: readonly Wanted[];

  constructor(entry: GnmiEntry) {
    super(entry);
    this.#entry = entry;
    this.#wanted = entry.kpis.map(({ kpi, path, window_s, scale }) => {
      const parsed = parsePath(path);
      if ('fault' in parsed) throw new Error(`the path of \`${kpi}\` ${parsed.fault}`);
      return { kpi, elems: parsed.elems, windowMs: window_s * 1000, scale };
    });
  }

  async read(cells: readonly string[] | null, at: number): Promise<Measurements> {
    const named = cells === null || cells.length > mostNamedCells ? [null] : cells;
    const { origin, encoding } = this.#entry;
    const measured = new Map<string, Map<string, Measured>>(this.kpis.map((kpi) => [kpi, new Map()]));
    const request = {
      subscribe: {
        ...(origin === undefined ? {} : { prefix: { origin } }),
        subscription: this.#wanted.flatMap(({ elems }) =>
          named.map((cell) => ({ path: { elem: pathFor(elems, cell) } })),
        ),
        mode: onceMode,
        encoding: encodings[encoding],
      },
    };
    await this.#once(request, (notification) => {
      this.#take(notification, { at, latest: Date.now() + clockSkewMs }, measured);
    });
    // A cell whose newest value is no number has no measurement.
    for (const values of measured.values())
      for (const [cell, { value }] of values) if (!Number.isFinite(value)) values.delete(cell);
    return measured;
  }

  /**
   * Takes in the values of a notification. The newest of a cell counts. One that was measured while
   * it was asked for is as new as the question; one from the future keeps its time, and is refused.
   */
  #take(
    { timestamp, prefix, update = [] }: Notification,
    { at, latest }: { readonly at: number; readonly latest: number },
    measured: ReadonlyMap<string, Map<string, Measured>>,
  ): void {
    // A number holds these nanoseconds to a microsecond, which is enough for whole milliseconds.
    const time = Math.round((timestamp ?? 0) / 1e6);
    const to = time > latest ? time : Math.min(time, at);
    for (const { path, val } of update) {
      const elems = [...(prefix?.elem ?? []), ...(path?.elem ?? [])];
      const number = numberOf(val);
      for (const { kpi, elems: own, windowMs, scale } of this.#wanted) {
        const cell = cellIn(own, elems);
        if (cell === undefined) continue;
        const values = measured.get(kpi)!;
        if ((values.get(cell)?.to ?? -Infinity) > to) continue;
        // INVARIANT: a value that is no number is kept until the end, so that no older one counts.
        values.set(cell, { value: number * scale, from: to - windowMs, to });
      }
    }
  }

  /**
   * Hands over the notifications up to `sync_response`. Throws KpiSourceError if it does not come.
   */
  async #once(request: SubscribeRequest, take: (notification: Notification) => void): Promise<void> {
    const { address, timeout_ms, max_bytes } = this.#entry;
    const [trusted, login] = this.#access();
    const client = new Client(address, trusted, {
      'grpc.max_receive_message_length': max_bytes,
      'grpc.enable_http_proxy': 0,
      'grpc.enable_retries': 0,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const call = client.makeBidiStreamRequest<SubscribeRequest, SubscribeResponse>(
          '/gnmi.gNMI/Subscribe',
          encodeRequest,
          decodeResponse,
          login,
          { deadline: Date.now() + timeout_ms },
        );
        let left = mostUpdates;
        const fail = (detail: string): void => {
          reject(new KpiSourceError(detail));
          call.cancel();
        };
        call.on('data', ({ update, sync_response: isComplete }: SubscribeResponse) => {
          left -= 1 + (update?.update?.length ?? 0);
          if (left < 0) {
            fail(`it sent more than ${mostUpdates} values`);
            return;
          }
          if (update !== undefined) {
            if (update.timestamp === undefined || update.timestamp <= 0) {
              fail('a notification has no time');
              return;
            }
            take(update);
          }
          if (isComplete === true) {
            resolve();
            call.cancel();
          }
        });
        call.on('error', ({ details, message }: { readonly details?: string; readonly message: string }) => {
          reject(new KpiSourceError(`it does not answer: ${cutText(details ?? message, 200)}`));
        });
        call.on('end', () => {
          reject(new KpiSourceError('it ended before it had sent everything'));
        });
        call.write(request);
      });
    } finally {
      client.close();
    }
  }

  /**
   * What the call needs besides its address. INVARIANT: an error about a secret is told without its
   * text, which may name the secret.
   */
  #access(): readonly [ChannelCredentials, Metadata] {
    try {
      return [this.#credentials(), this.#metadata()];
    } catch (error) {
      if (error instanceof KpiSourceError) throw error;
      throw new KpiSourceError('its certificates, key or password cannot be used');
    }
  }

  #credentials(): ChannelCredentials {
    const { plain, ca_file: ca, cert_file: cert, key_file: key } = this.#entry;
    if (plain) return credentials.createInsecure();
    const read = (file: string | undefined): Buffer | null => (file === undefined ? null : this.#file(file));
    return credentials.createSsl(read(ca), read(key), read(cert));
  }

  #metadata(): Metadata {
    const { username, password_file: file } = this.#entry;
    const metadata = new Metadata();
    if (username !== undefined) metadata.set('username', username);
    if (file !== undefined) metadata.set('password', this.#file(file).toString('utf8').trim());
    return metadata;
  }

  #file(path: string): Buffer {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new KpiSourceError(`a file cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`);
    }
  }
}
