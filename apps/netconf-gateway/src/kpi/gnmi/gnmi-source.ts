import { EntrySource, KpiSourceError, type Measurements } from '../kpi-source.js';
import type { GnmiEntry } from '../kpi-sources-file.js';
import { mostUpdates, subscribe, updatesIn } from './gnmi-call.js';
import { GnmiValues, pathsOf, wantedLeaves } from './gnmi-values.js';
import { encodings, listModes, type SubscribeRequest } from './messages.js';

/** For more cells than this, the values of all cells are asked for. */
const mostNamedCells = 100;

/** KPIs from a gNMI target, by a subscription of the mode ONCE for each reading. */
export class GnmiSource extends EntrySource {
  readonly #entry: GnmiEntry;
  readonly #wanted: ReturnType<typeof wantedLeaves>;

  constructor(entry: GnmiEntry) {
    super(entry);
    this.#entry = entry;
    this.#wanted = wantedLeaves(entry);
  }

  async read(cells: readonly string[] | null, at: number): Promise<Measurements> {
    const named = cells === null || cells.length > mostNamedCells ? null : cells;
    const { origin, encoding } = this.#entry;
    const values = new GnmiValues(this.#wanted);
    await this.#once(
      {
        subscribe: {
          ...(origin === undefined ? {} : { prefix: { origin } }),
          subscription: pathsOf(this.#wanted, named),
          mode: listModes.once,
          encoding: encodings[encoding],
        },
      },
      values,
    );
    return values.measured(null, at, Date.now());
  }

  /** Takes in what comes up to `sync_response`. Throws KpiSourceError if that does not come. */
  #once(request: SubscribeRequest, values: GnmiValues): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = mostUpdates;
      const close = subscribe(
        this.#entry,
        request,
        {
          onResponse: (response) => {
            left -= updatesIn(response);
            if (left < 0) {
              close();
              reject(new KpiSourceError(`it sent more than ${mostUpdates} values`));
              return;
            }
            if (response.update !== undefined) values.take(response.update, Date.now());
            if (response.sync_response !== true) return;
            close();
            resolve();
          },
          onEnd: reject,
        },
        this.#entry.timeout_ms,
      );
    });
  }
}
