import type { CheckpointCosigned, CheckpointPublished } from '@interlock/tree';
import type { RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from '../finding.js';
import { Recent } from '../recent.js';
import type { StreamOf } from '../stream-replay.js';

/** How far the clocks of services, the log and witnesses may differ, in milliseconds. */
const skewMs = 300_000;
const kind = 'metadata';

/** Categories whose streams belong to one action or transaction, and have its correlation. */
export const ofOneCorrelation: ReadonlySet<string> = new Set(['action', 'device_tx']);
/** Categories whose streams may contain an event twice, the second time much later. */
const repeating: ReadonlySet<string> = new Set(['evaluation', 'trace']);
const keptCheckpoints = 64;
/** How many events, and how many streams, are remembered. Causes are usually recent. */
const remembered = 100_000;

type Cause = { readonly correlation: string; readonly at: number };
/**
 * The facts about a stream. `correlation` is that of the latest command, `first` that of the first
 * event in the file.
 */
type StreamFacts = {
  readonly first: string;
  readonly correlation: string;
  readonly command: string;
  readonly causation: string;
  readonly latest: number;
};

const timeOf = ({ metadata }: RecordedEvent): number => Date.parse(metadata.occurred_at);
/** Adds a finding that says by how much a time is too early, if it is. */
const notBefore = (findings: Finding[], what: string, time: number, bound: number): void => {
  if (Number.isFinite(time) && time >= bound - skewMs) return;
  findings.push(
    compared(
      kind,
      what,
      Number.isFinite(time) ? new Date(time).toISOString() : 'no time',
      `${new Date(bound).toISOString()} or later`,
    ),
  );
};

/**
 * Checks the metadata that no decision uses. An event has the correlation of its cause, of its
 * command and, for an action, of its stream. It does not occur before its cause or earlier events
 * of its stream, or after the log stored it. The log stores events in order, and no checkpoint
 * after a witness cosigned it. Times may differ by the skew of clocks.
 */
export class MetadataReplay {
  readonly #causes = new Recent<string, Cause>(remembered);
  readonly #streams = new Recent<string, StreamFacts>(remembered);
  /** When the log stored its latest event. */
  #stored = -Infinity;
  /** When the log stored its latest checkpoints, by size. */
  readonly #published = new Recent<number, number>(keptCheckpoints);

  /** `checks`: true for a stream whose events are checked. The others are only causes. */
  constructor(private readonly checks: (stream: string) => boolean) {}

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const { metadata } = event;
    const known = this.#streams.get(event.stream);
    // The known text is kept instead of an equal one, which halves what is remembered.
    const correlation =
      known?.correlation === metadata.$correlationId ? known.correlation : metadata.$correlationId;
    const causation = metadata.$causationId ?? metadata.command_id;
    const at = timeOf(event);
    const created = Date.parse(event.created);
    if (!this.checks(event.stream)) {
      this.#witnessed([], event, created);
      this.#stored = Math.max(this.#stored, created);
      this.#causes.set(event.id, { correlation, at });
      return [];
    }
    const cause = this.#causes.get(causation);
    const isSameCommand = known?.command === metadata.command_id;
    const findings: Finding[] = [];
    this.#correlated(findings, event, of, { known, cause, isSameCommand });
    if (isSameCommand && known.causation !== causation)
      findings.push(compared(kind, 'the cause of one command', causation, known.causation));
    if (cause !== undefined) notBefore(findings, 'it occurs after its cause', at, cause.at);
    if (known !== undefined && !repeating.has(of.category))
      notBefore(findings, 'it occurs after earlier events of its stream', at, known.latest);
    notBefore(findings, 'the log stores it after it occurs', created, at);
    if (this.#stored !== -Infinity)
      notBefore(findings, 'the log stores it after the events before it', created, this.#stored);
    this.#witnessed(findings, event, created);
    this.#stored = Math.max(this.#stored, created);
    this.#causes.set(event.id, { correlation, at });
    const facts = {
      first: known?.first ?? correlation,
      correlation,
      command: metadata.command_id,
      causation,
      latest: Math.max(known?.latest ?? -Infinity, at),
    };
    this.#streams.set(event.stream, facts);
    return findings;
  }

  #correlated(
    findings: Finding[],
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
  ): void {
    const { $correlationId: correlation, change } = metadata;
    const expect = (expected: string | undefined): boolean => {
      if (expected === undefined || expected === correlation) return false;
      findings.push(compared(kind, 'the correlation that follows from its cause', correlation, expected));
      return true;
    };
    // The event that applies a change comes first, and has the change's id as its correlation.
    if (change?.id !== correlation && expect(cause?.correlation)) return;
    if (isSameCommand && expect(known?.correlation)) return;
    if (ofOneCorrelation.has(category)) expect(known?.first);
  }

  #witnessed(findings: Finding[], { type, data }: RecordedEvent, created: number): void {
    if (type === 'CheckpointPublished') {
      const { tree_size: size } = data as CheckpointPublished;
      this.#published.set(size, created);
    } else if (type === 'CheckpointCosigned') {
      const { tree_size: size, at } = data as CheckpointCosigned;
      const stored = this.#published.get(size);
      if (stored !== undefined)
        notBefore(findings, 'a witness cosigns after the log stores the checkpoint', Date.parse(at), stored);
    }
  }
}
