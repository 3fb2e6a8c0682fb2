import type { CheckpointCosigned, CheckpointPublished } from '@interlock/tree';
import type { RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from './finding.js';
import type { StreamOf } from './stream-replay.js';

/** How far the clocks of services, the log and witnesses may be apart. */
const skewMs = 300_000;
const kind = 'metadata';

/** Categories whose streams belong to one action or transaction, and have its correlation. */
const ofOneCorrelation: ReadonlySet<string> = new Set(['action', 'device_tx']);
/** Categories whose streams may hold an event twice, the second time much later. */
const repeating: ReadonlySet<string> = new Set(['evaluation', 'trace']);
const keptCheckpoints = 64;
/** How many events, and streams, are remembered: causes are recent. */
const remembered = 100_000;

/** Sets a value as the newest; the oldest are forgotten beyond the given number. */
const remember = <K, V>(map: Map<K, V>, name: K, value: V, most: number): void => {
  map.delete(name);
  map.set(name, value);
  if (map.size > most) map.delete(map.keys().next().value!);
};

type Cause = { readonly correlation: string; readonly at: number };
/** `correlation`: of the latest command; `first`: of the first event in the file. */
type StreamFacts = {
  readonly first: string;
  readonly correlation: string;
  readonly command: string;
  readonly causation: string;
  readonly latest: number;
};

const timeOf = ({ metadata }: RecordedEvent): number => Date.parse(metadata.occurred_at);
/** The time of a finding, as a text that says how far it is off; null where it is not. */
const notBefore = (what: string, time: number, bound: number): readonly Finding[] =>
  Number.isFinite(time) && time >= bound - skewMs
    ? []
    : [
        compared(
          kind,
          what,
          Number.isFinite(time) ? new Date(time).toISOString() : 'no time',
          `${new Date(bound).toISOString()} or later`,
        ),
      ];

/**
 * Checks the metadata that no decision uses. An event has the correlation of its cause, of its
 * command and, for an action, of its stream. It does not occur before its cause or earlier events
 * of its stream, or after the log stored it. The log stores events in their order, and no
 * checkpoint after a witness cosigned it. Times may differ by the skew of clocks.
 */
export class MetadataReplay {
  readonly #causes = new Map<string, Cause>();
  readonly #streams = new Map<string, StreamFacts>();
  /** When the log stored its latest event. */
  #stored = -Infinity;
  /** By size, when the log stored its latest checkpoints. */
  readonly #published = new Map<number, number>();

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const { metadata } = event;
    const correlation = metadata.$correlationId;
    const causation = metadata.$causationId ?? metadata.command_id;
    const at = timeOf(event);
    const created = Date.parse(event.created);
    const known = this.#streams.get(event.stream);
    const cause = this.#causes.get(causation);
    const isSameCommand = known?.command === metadata.command_id;
    const findings: readonly Finding[] = [
      ...this.#correlated(event, of, { known, cause, isSameCommand }),
      ...(isSameCommand && known.causation !== causation
        ? [compared(kind, 'the cause of one command', causation, known.causation)]
        : []),
      ...(cause === undefined ? [] : notBefore('it occurs after its cause', at, cause.at)),
      ...(known === undefined || repeating.has(of.category)
        ? []
        : notBefore('it occurs after earlier events of its stream', at, known.latest)),
      ...notBefore('the log stores it after it occurs', created, at),
      ...(this.#stored === -Infinity
        ? []
        : notBefore('the log stores it after the events before it', created, this.#stored)),
      ...this.#witnessed(event),
    ];
    this.#stored = Math.max(this.#stored, created);
    remember(this.#causes, event.id, { correlation, at }, remembered);
    const facts = {
      first: known?.first ?? correlation,
      correlation,
      command: metadata.command_id,
      causation,
      latest: Math.max(known?.latest ?? -Infinity, at),
    };
    remember(this.#streams, event.stream, facts, remembered);
    return findings;
  }

  #correlated(
    { metadata }: RecordedEvent,
    { category }: StreamOf,
    {
      known,
      cause,
      isSameCommand,
    }: {
      readonly known: StreamFacts | undefined;
      readonly cause: Cause | undefined;
      readonly isSameCommand: boolean;
    },
  ): readonly Finding[] {
    const { $correlationId: correlation, change } = metadata;
    const expected = [
      // What applies a change begins with it, and has its id as the correlation.
      ...(cause === undefined || change?.id === correlation ? [] : [cause.correlation]),
      ...(known !== undefined && isSameCommand ? [known.correlation] : []),
      ...(known !== undefined && ofOneCorrelation.has(category) ? [known.first] : []),
    ].find((one) => one !== correlation);
    return expected === undefined
      ? []
      : [compared(kind, 'the correlation that follows from its cause', correlation, expected)];
  }

  #witnessed({ type, created, data }: RecordedEvent): readonly Finding[] {
    if (type === 'CheckpointPublished') {
      const { tree_size: size } = data as CheckpointPublished;
      remember(this.#published, size, Date.parse(created), keptCheckpoints);
      return [];
    }
    if (type !== 'CheckpointCosigned') return [];
    const { tree_size: size, at } = data as CheckpointCosigned;
    const stored = this.#published.get(size);
    return stored === undefined
      ? []
      : notBefore('a witness cosigns after the log stores the checkpoint', Date.parse(at), stored);
  }
}
