import { readFileSync } from 'node:fs';
import { isObject, cutText } from '@interlock/kernel';
import { createOutbound, OutboundError, type Outbound } from '@interlock/outbound';
import { EntrySource, KpiSourceError, type Measured, type Measurements } from './kpi-source.js';
import type { PrometheusEntry, PrometheusKpi } from './kpi-sources-file.js';

/** Networks in which a Prometheus may be; a public address is reached by TLS only. */
const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
];

/**
 * A regular expression, inside a string of PromQL, that matches these texts only. Every character
 * but letters and digits is written as its code, so that no cell's id can change the query.
 */
export const cellsPattern = (cells: readonly string[] | null): string =>
  cells === null
    ? '.+'
    : cells
        .map((cell) =>
          [...cell]
            .map((one) => (/^[A-Za-z0-9]$/.test(one) ? one : `\\\\x{${one.codePointAt(0)!.toString(16)}}`))
            .join(''),
        )
        .join('|');

type Sample = { readonly cell: string; readonly value: number };

/** The samples of an answer of the query API. Throws KpiSourceError for anything else. */
export const samplesOf = (status: number, body: string, cellLabel: string): readonly Sample[] => {
  const no = (detail: string): never => {
    throw new KpiSourceError(detail);
  };
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return no(`it answered ${status} and no JSON`);
  }
  if (!isObject(answer) || answer['status'] !== 'success' || status !== 200) {
    const why = isObject(answer) && typeof answer['error'] === 'string' ? answer['error'] : 'no reason given';
    return no(`it answered ${status}: ${cutText(why, 200)}`);
  }
  // A part of the data may be missing, and nothing says which.
  if (Array.isArray(answer['warnings']) && answer['warnings'].length > 0)
    return no(`it answered with a warning: ${cutText(String(answer['warnings'][0]), 200)}`);
  const data = answer['data'];
  if (!isObject(data) || data['resultType'] !== 'vector' || !Array.isArray(data['result']))
    return no('the answer is not a vector');
  return data['result'].map((series: unknown): Sample => {
    const metric = isObject(series) ? series['metric'] : undefined;
    const value: unknown = isObject(series) ? series['value'] : undefined;
    const cell = isObject(metric) ? metric[cellLabel] : undefined;
    if (typeof cell !== 'string') return no(`a series has no label \`${cellLabel}\``);
    const text: unknown = Array.isArray(value) ? value[1] : undefined;
    if (typeof text !== 'string') return no('a series has no value');
    return { cell, value: /^[+-]?\d/.test(text) ? Number(text) : NaN };
  });
};

/** KPIs from the HTTP API of Prometheus (`/api/v1/query`). */
export class PrometheusSource extends EntrySource {
  readonly #entry: PrometheusEntry;
  readonly #outbound: Outbound;

  constructor(entry: PrometheusEntry) {
    super(entry);
    this.#entry = entry;
    this.#outbound = createOutbound({
      allowed: privateNetworks,
      own: [],
      ...(entry.ca_file === undefined ? {} : { ca: readFileSync(entry.ca_file, 'utf8') }),
    });
  }

  async read(cells: readonly string[] | null, at: number): Promise<Measurements> {
    return new Map(
      await Promise.all(
        this.#entry.kpis.map(async (kpi) => [kpi.kpi, await this.#measured(kpi, cells, at)] as const),
      ),
    );
  }

  async #measured(
    { query, measured_by: timed = query, window_s: window = 0 }: PrometheusKpi,
    cells: readonly string[] | null,
    at: number,
  ): Promise<ReadonlyMap<string, Measured>> {
    const ask = (text: string): Promise<readonly Sample[]> =>
      this.#query(
        text.replaceAll('$cells', () => cellsPattern(cells)),
        at,
      );
    // INVARIANT: the time is read first. A scrape between the two then makes the value newer than
    // its time, never older.
    const times = await ask(`timestamp(${timed})`);
    const values = await ask(query);
    const oldest = new Map<string, number>();
    for (const { cell, value } of times) oldest.set(cell, Math.min(value, oldest.get(cell) ?? Infinity));
    const measured = new Map<string, Measured>();
    for (const { cell, value } of values) {
      if (measured.has(cell))
        throw new KpiSourceError(`the query has several values for cell \`${cutText(cell, 64)}\``);
      const seconds = oldest.get(cell);
      if (!Number.isFinite(value) || seconds === undefined || !Number.isFinite(seconds)) continue;
      measured.set(cell, { value, from: (seconds - window) * 1000, to: seconds * 1000 });
    }
    return measured;
  }

  async #query(query: string, at: number): Promise<readonly Sample[]> {
    const { url, token_file: tokenFile, timeout_ms, max_bytes, cell_label } = this.#entry;
    try {
      const { status, body } = await this.#outbound.post({
        url: `${url.replace(/\/+$/, '')}/api/v1/query`,
        headers: {
          accept: 'application/json',
          'content-type': 'application/x-www-form-urlencoded',
          ...(tokenFile === undefined
            ? {}
            : { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }),
        },
        body: new URLSearchParams({ query, time: new Date(at).toISOString() }).toString(),
        deadlineMs: timeout_ms,
        maxBytes: max_bytes,
      });
      return samplesOf(status, body, cell_label);
    } catch (error) {
      if (error instanceof OutboundError) throw new KpiSourceError(error.message);
      if ((error as NodeJS.ErrnoException).syscall !== undefined)
        throw new KpiSourceError(`its token cannot be read: ${(error as NodeJS.ErrnoException).code ?? ''}`);
      throw error;
    }
  }
}
