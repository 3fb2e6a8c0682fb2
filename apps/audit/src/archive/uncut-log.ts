import { contradiction } from '@interlock/archive';
import { cutCategories } from '@interlock/contracts';
import {
  collect,
  comparePositions,
  cutThrough,
  isCutAfter,
  parsePosition,
  positionText,
  ProblemError,
  type EventStore,
  type LogSubscription,
  type RecordedEvent,
  type SubscribeOptions,
  type SubscriptionHandlers,
} from '@interlock/kernel';
import { LogView, type ReadAllOptions, type ReadOptions } from '../log-view.js';
import type { Archived, ArchivedLog } from './archived-log.js';

/**
 * The log as it was before its streams were cut. Missing events come from the archive; intact
 * streams are read from the log alone. INVARIANT: no event is left out silently. A read fails with
 * `archive-unavailable` or `archive-contradicted` if the archive is missing or does not cover the
 * cuts.
 */
export class UncutLog extends LogView {
  constructor(
    store: EventStore,
    private readonly archived: Archived | null,
    private readonly filled: ArchivedLog,
  ) {
    super(store);
  }

  override async *read(stream: string, options: ReadOptions = {}): AsyncGenerator<RecordedEvent> {
    const { from = 0n, limit = Infinity, backwards = false } = options;
    if (backwards || !cutCategories.some((category) => stream.startsWith(`${category}-`))) {
      yield* this.store.read(stream, options);
      return;
    }
    const [first] = await collect(this.store.read(stream, { from, limit: 1 }));
    if (first === undefined || first.revision === from) {
      yield* this.store.read(stream, options);
      return;
    }
    await this.#requireArchive();
    let left = limit;
    for await (const event of this.filled.readAll()) {
      if (event.stream !== stream || event.revision < from) continue;
      if (left <= 0) return;
      left -= 1;
      yield event;
      if (event.revision + 1n === first.revision) break;
    }
    if (left > 0) yield* this.store.read(stream, { from: first.revision, limit: left });
  }

  override async *readAll(options: ReadAllOptions = {}): AsyncGenerator<RecordedEvent> {
    const isCut = options.backwards !== true && (await isCutAfter(this.store, options.after ?? null, null));
    if (isCut) await this.#requireArchive();
    yield* (isCut ? this.filled : this.store).readAll(options);
  }

  override subscribe(options: SubscribeOptions, handlers: SubscriptionHandlers): LogSubscription {
    let isStopped = false;
    let live: LogSubscription | undefined;
    const { prefixes, ...all } = options;
    const reads = (stream: string): boolean =>
      prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));
    const begin = async (): Promise<void> => {
      const isCut = await isCutAfter(this.store, options.after, prefixes ?? null);
      if (isCut) await this.#requireArchive();
      if (isStopped) return;
      live = isCut
        ? this.filled.subscribe(all, {
            ...handlers,
            onEvent: (event) => (reads(event.stream) ? handlers.onEvent(event) : undefined),
          })
        : this.store.subscribe(options, handlers);
    };
    const begun = begin().catch((error: unknown) => handlers.onFailure?.(error));
    return {
      stop: async () => {
        isStopped = true;
        await begun;
        await live?.stop();
      },
    };
  }

  async #requireArchive(): Promise<void> {
    const through = await cutThrough(this.store);
    if (through === null) return;
    if (this.archived === null)
      throw new ProblemError(
        'archive-unavailable',
        `the log was cut up to position ${positionText(through)}, and no archive is configured`,
        { remedy: 'name the archive of the log with AUDIT_ARCHIVE' },
      );
    const last = await this.archived.archive.last();
    const end = last === null ? undefined : parsePosition(last.manifest.last_position);
    if (end === undefined || comparePositions(end, through) < 0)
      throw contradiction(
        null,
        `the log was cut up to position ${positionText(through)}, and the archive ends at ${end === undefined ? 'nothing' : positionText(end)}`,
      );
  }
}
