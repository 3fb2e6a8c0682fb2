import { parseStream } from '@interlock/contracts';
import { comparePositions, positionText, sameJson, sha256Hex, type RecordedEvent } from '@interlock/kernel';
import { contentText } from './canonical-text.js';
import { everyContext } from './contexts.js';
import { DerivedStates } from './derived-states.js';
import { differing, faultOf, type Finding } from './finding.js';
import { ofOneCorrelation } from './checks/metadata.js';
import { NotMadeAgain } from './checks/not-made-again.js';
import { hasOthers, inPart, type ReplayedPart } from './parts.js';
import type { FoldedState, ReplayContexts, ReplayedLog } from './replay-contexts.js';
import type { Difference, ReplayOptions, ReplayReport } from './report.js';

const mostNamed = 10;
/** The kind of difference of an event that cannot be replayed. */
const faulty = 'shape';
type Lacking = Extract<Finding, { readonly missing: string }>;
const timeOf = ({ metadata }: RecordedEvent): number => Date.parse(metadata.occurred_at);

/**
 * Replays recorded decisions, event by event, in log order: pure, offline, from the export alone.
 * It keeps only open states; for an ended action it keeps the stream's name and a hash. The
 * decisions and their rules belong to the contexts.
 */
export class Replay {
  readonly #contexts: ReplayContexts;
  readonly #states: DerivedStates;
  readonly #whole: boolean;
  readonly #byCorrelation: boolean;
  /** True for a stream whose decisions this replay makes again. */
  readonly #checks: (stream: string) => boolean;
  /** Each stream's last revision. */
  readonly #seen = new Map<string, number>();
  readonly #partial = new Set<string>();
  readonly #late: { readonly stream: string; readonly revision: string }[] = [];
  /** Streams with an event that this release does not know. They are not checked any further. */
  readonly #beyond = new Set<string>();
  readonly #counts = {
    checked: {} as { [kind: string]: number },
    itself: {} as { [kind: string]: number },
    unchecked: {} as { [kind: string]: number },
    unknown: {} as { [kind: string]: number },
  };
  readonly #open = new NotMadeAgain();
  /**
   * Findings that depend on events that the log may have deleted by the end of the file, in log
   * order.
   */
  readonly #dropped: { readonly event: RecordedEvent; readonly finding: Lacking; readonly until: number }[] =
    [];
  #last: RecordedEvent | undefined;
  #events = 0;
  #over = false;
  #difference: Difference | null = null;

  constructor(options: ReplayOptions = {}, contexts: (log: ReplayedLog) => ReplayContexts = everyContext) {
    this.#whole = options.whole === true;
    this.#byCorrelation = options.byCorrelation === true;
    this.#checks = inPart(options.part);
    const sha256 = options.sha256 ?? sha256Hex;
    this.#contexts = contexts({
      whole: this.#whole,
      checks: this.#checks,
      checksOthers: hasOthers(options.part),
      contentHash: (value) => sha256(contentText(value)),
      presence: (stream) => this.#presence(stream),
      holds: (stream) => (this.#seen.has(stream) ? !this.#partial.has(stream) : this.#whole),
    });
    this.#states = new DerivedStates(sha256, options.onState);
  }

  /** Takes the next event. Returns false from the first difference on. */
  take(event: RecordedEvent): boolean {
    if (this.#difference !== null) return false;
    if (!this.#contexts.continues(event)) this.#closeAppend();
    if (this.#differs) return false;
    this.#events += 1;
    const of = parseStream(event.stream);
    const isCutUp = this.#byCorrelation && of !== undefined && !ofOneCorrelation.has(of.category);
    this.#order(event, isCutUp);
    if (isCutUp) this.#unchecked(event, of.category, 'its stream has events of other correlations');
    else if (of === undefined) this.#unknown(event, event.stream);
    else if (!this.#contexts.knows(of, event.type, event.metadata.schema_version)) {
      this.#unknown(event, `${of.category}/${event.type}@${event.metadata.schema_version}`);
      this.#beyond.add(event.stream);
    } else if (this.#beyond.has(event.stream))
      this.#unchecked(event, of.category, 'an earlier event of its stream is not known to this release');
    else
      this.#all(
        event,
        this.#guarded(event, () => this.#contexts.take(event, of)),
      );
    return !this.#differs;
  }

  /** Ends the replay: decides the last append again and derives the states that are still open. */
  end(): ReplayReport {
    if (!this.#over && this.#difference === null) {
      this.#over = true;
      this.#closeAppend();
      const now = this.#last === undefined ? 0 : timeOf(this.#last);
      const lacking = this.#dropped.find(({ until }) => until >= now);
      if (!this.#differs && lacking !== undefined) this.#lacks(lacking.event, lacking.finding);
      if (!this.#differs && this.#last !== undefined)
        this.#derived(this.#last, () => {
          for (const open of this.#contexts.openStates()) this.#derive(open);
        });
    }
    return this.report();
  }

  /** Ends the replay of a part of the streams, for `joinParts`. */
  endPart(): ReplayedPart {
    const report = this.end();
    return { report, states: this.#states.hashes };
  }

  report(): ReplayReport {
    const { checked, itself, unchecked, unknown } = this.#counts;
    const owed = this.#contexts.owed();
    return {
      events: this.#events,
      checked: { ...checked },
      itself: { ...itself },
      unchecked: { ...unchecked },
      unknown: { ...unknown },
      owed,
      not_made_again: [
        ...this.#open.list,
        ...Object.entries(owed).map(([kind, count]) => ({
          kind,
          because: 'it must follow from an event of the file, and is not in it',
          count,
          first: null,
        })),
      ],
      begun_late: { count: this.#partial.size, first: [...this.#late] },
      states:
        this.#over && this.#difference === null
          ? { count: this.#states.size, digest: this.#states.digest() }
          : null,
      difference: this.#difference,
    };
  }

  get #differs(): boolean {
    return this.#difference !== null;
  }

  #closeAppend(): void {
    if (this.#last === undefined) return;
    const over = this.#contexts.close();
    if (over !== null)
      this.#derived(over.last, () => {
        this.#derive(over);
        this.#contexts.ended(over);
      });
  }

  /** A state may contain anything that an altered event contained. */
  #derived(event: RecordedEvent, derive: () => void): void {
    this.#all(
      event,
      this.#guarded(event, () => {
        derive();
        return [];
      }),
    );
  }

  /**
   * An altered event may have any shape. If it cannot be replayed, it is a difference of kind
   * `shape`, and a text replaces the replayed side.
   */
  #guarded(event: RecordedEvent, replay: () => readonly Finding[]): readonly Finding[] {
    try {
      return replay();
    } catch (error) {
      return [
        {
          kind: faulty,
          what: `\`${event.type}\` cannot be made again: ${faultOf(error)}`,
          recorded: event.type,
          replayed: null,
        },
      ];
    }
  }

  #all(event: RecordedEvent, findings: readonly Finding[]): void {
    const isChecked = this.#checks(event.stream);
    for (const finding of findings) {
      // INVARIANT: a fault counts in every part, because only one of them may fold the event.
      if (!isChecked && finding.kind !== faulty) continue;
      // INVARIANT: a whole log contains the inputs of all its decisions. A decision with other
      // inputs was invented.
      if ('missing' in finding) {
        if (!this.#whole || finding.excused === true || this.#beyond.size > 0)
          this.#unchecked(event, finding.kind, finding.missing);
        else if (finding.keptForMs !== undefined) this.#mayBeDropped(event, finding, finding.keptForMs);
        else this.#lacks(event, finding);
      } else if (!sameJson(finding.recorded, finding.replayed))
        this.#differ(event, finding.kind, finding.what, finding.recorded, finding.replayed);
      else if (finding.itself === undefined) this.#count('checked', finding.kind);
      else {
        this.#count('itself', finding.kind);
        this.#open.add(event, finding.kind, finding.itself);
      }
      if (this.#differs) return;
    }
  }

  /**
   * Reports missing events that the log deletes after a time only if the file ends before that time
   * is over.
   */
  #mayBeDropped(event: RecordedEvent, finding: Lacking, keptForMs: number): void {
    this.#unchecked(event, finding.kind, finding.missing);
    this.#dropped.push({ event, finding, until: timeOf(event) + keptForMs });
    const now = timeOf(event);
    while (this.#dropped.length > 0 && this.#dropped[0]!.until < now) this.#dropped.shift();
  }

  #lacks(event: RecordedEvent, { kind, missing }: Lacking): void {
    this.#differ(event, kind, `what it rests on is in the whole log: ${missing}`, event.type, null);
  }

  #count(of: 'checked' | 'itself' | 'unchecked' | 'unknown', kind: string): void {
    this.#counts[of][kind] = (this.#counts[of][kind] ?? 0) + 1;
  }

  #unchecked(event: RecordedEvent, kind: string, because: string): void {
    if (!this.#checks(event.stream)) return;
    this.#count('unchecked', kind);
    this.#open.add(event, kind, because);
  }

  #unknown(event: RecordedEvent, name: string): void {
    if (!this.#checks(event.stream)) return;
    this.#count('unknown', name);
    this.#open.add(event, name, 'it is not known to this release');
  }

  #derive({ stream, of, state, last }: FoldedState): void {
    if (!this.#checks(stream)) return;
    this.#states.add({
      stream,
      ...of,
      revision: `${last.revision}`,
      position: positionText(last.position),
      state,
    });
  }

  #presence(stream: string): 'whole' | 'part' | 'none' {
    if (!this.#seen.has(stream)) return 'none';
    return this.#partial.has(stream) ? 'part' : 'whole';
  }

  #differ(event: RecordedEvent, kind: string, what: string, recorded: unknown, replayed: unknown): void {
    const found = differing(recorded, replayed);
    this.#difference ??= {
      stream: event.stream,
      revision: `${event.revision}`,
      position: positionText(event.position),
      id: event.id,
      type: event.type,
      kind,
      what,
      path: found?.path ?? '',
      recorded: found?.recorded ?? null,
      replayed: found?.replayed ?? null,
    };
  }

  /**
   * Checks that the file is in log order and, unless it lacks events within the stream, that the
   * stream's revisions are consecutive.
   */
  #order(event: RecordedEvent, isCutUp: boolean): void {
    const before = this.#seen.get(event.stream);
    if (before === undefined && event.revision > 0n) {
      this.#partial.add(event.stream);
      if (this.#late.length < mostNamed)
        this.#late.push({ stream: event.stream, revision: `${event.revision}` });
      if (this.#whole && !this.#contexts.keptForATime(event.stream))
        this.#differ(event, 'order', 'the stream begins with its first event', `${event.revision}`, '0');
    }
    const revision = Number(event.revision);
    if (before !== undefined && revision !== before + 1 && !isCutUp)
      this.#differ(
        event,
        'order',
        'the revision does not follow the one before',
        `${event.revision}`,
        `${before + 1}`,
      );
    this.#seen.set(event.stream, revision);
    if (this.#last !== undefined && comparePositions(this.#last.position, event.position) > 0)
      this.#differ(
        event,
        'order',
        'the position does not follow the one before',
        `${event.position.commit}`,
        `after ${this.#last.position.commit}`,
      );
    this.#last = event;
  }
}
