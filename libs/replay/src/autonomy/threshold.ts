import {
  automaticChange,
  earnedCell,
  earnedDecider,
  shiftedThresholds,
  thresholdData,
  thresholdDecided,
  thresholdStream,
  thresholdType,
  withAutomatic,
  type AutoApprovalConfig,
  type AutomaticRecord,
  type EarnedEvent,
  type EarnedState,
  type ThresholdCommand,
  type ThresholdData,
  type ThresholdEvent,
  type ThresholdState,
} from '@interlock/autonomy';
import type { ThresholdShift } from '@interlock/contracts';
import { parsePosition, sameJson, type Recorded, type RecordedEvent } from '@interlock/kernel';
import { compared, namesPast, type Finding } from '../finding.js';
import { StreamReplay, type FoldedStream, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';

const outcomesMissing: Finding = {
  kind: 'threshold',
  missing: 'the outcomes of the action type are not in the file from their beginning',
  excused: true,
};

/** An answer is given a few moments before it is recorded. */
const toleranceMs = 60_000;

/**
 * Returns the figures and the day on which an event of adaptive thresholds is based; null if it is
 * based on none.
 */
const restsOn = ({
  type,
  data,
}: ThresholdEvent): { readonly data: ThresholdData; readonly day: string } | null => {
  switch (type) {
    case 'ThresholdAdapted':
    case 'ThresholdProposed':
    case 'ThresholdSigned':
      return data;
    case 'AdaptiveThresholdsEnabled':
    case 'AdaptiveThresholdsDisabled':
      return null;
  }
};

/**
 * Replays adaptive thresholds. It decides each move again, from the outcomes in the log up to the
 * position that the move names.
 */
export class ThresholdReplay {
  readonly settings: StreamReplay<ThresholdCommand, ThresholdEvent, ThresholdState>;
  /** The automatic outcomes of the type, by the thresholds' stream. */
  readonly #records = new Map<string, Versions<AutomaticRecord>>();
  /** The types for which the file lacks the first events of a record. */
  readonly #cut = new Set<string>();
  /** The values that decisions name, by stream; null if the tenant has not opted in. */
  readonly #shifts = new Map<string, Versions<ThresholdShift | null>>();

  constructor(private readonly whole: boolean) {
    this.settings = new StreamReplay({
      ...thresholdDecided,
      also: (event, _before, of) => this.#restsOn(event, of),
    });
  }

  /** Takes events of `autonomy-<tenant>:threshold=<action_type>`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.settings.take(event, of);
    const folded = this.settings.of(event.stream);
    if (folded?.whole !== true) return findings;
    const versions = this.#shifts.get(event.stream) ?? new Versions<ThresholdShift | null>();
    if (!this.#shifts.has(event.stream)) versions.addFirst(null);
    this.#shifts.set(event.stream, versions);
    const { target_share, shift } = folded.state;
    versions.add(
      event.position,
      event.metadata.occurred_at,
      target_share === null ? null : { shift, revision: `${event.revision}` },
    );
    return findings;
  }

  /** Takes an event of earned autonomy; `before` is its stream's state before it. */
  outcome(event: RecordedEvent, of: StreamOf, before: FoldedStream<EarnedState> | undefined): void {
    const cell = earnedCell(of.id);
    if (cell === undefined) return;
    const stream = thresholdStream(of.tenant, cell.action_type);
    if (before?.whole === false || (before === undefined && event.revision !== 0n)) {
      this.#cut.add(stream);
      return;
    }
    const change = automaticChange(
      before?.state ?? earnedDecider.initial,
      event as unknown as Recorded<EarnedEvent>,
    );
    if (change === null) return;
    const versions = this.#records.get(stream) ?? new Versions<AutomaticRecord>();
    if (!this.#records.has(stream)) versions.addFirst([]);
    this.#records.set(stream, versions);
    versions.add(event.position, event.metadata.occurred_at, withAutomatic(versions.present ?? [], change));
  }

  /**
   * Returns the auto-approval settings for an action type with the shift that a decision names. It
   * does not check whether the shift was in force.
   */
  adapted(config: AutoApprovalConfig, shift: ThresholdShift | undefined): AutoApprovalConfig {
    return shift === undefined
      ? config
      : {
          ...config,
          confidence_thresholds: shiftedThresholds(config.confidence_thresholds, shift.shift),
        };
  }

  /**
   * Describes an error in the shift that a decision names or omits. Null if there is none, or if
   * the file cannot tell.
   */
  otherThan(
    tenant: string,
    actionType: string,
    at: string,
    named: ThresholdShift | undefined,
  ): string | null {
    const stream = thresholdStream(tenant, actionType);
    const versions = this.#shifts.get(stream);
    if (versions === undefined && (!this.whole || this.settings.of(stream) !== undefined)) return null;
    const held = versions?.within(at, toleranceMs) ?? [null];
    return held.some((one) => sameJson(one, named ?? null))
      ? null
      : `the adaptive thresholds were ${JSON.stringify(held[0] ?? null)}, not ${JSON.stringify(named ?? null)}`;
  }

  #restsOn(event: Recorded<ThresholdEvent> & RecordedEvent, of: StreamOf): readonly Finding[] {
    const rests = restsOn(event);
    if (rests === null || thresholdType(of.id) === undefined) return [];
    const { data, day } = rests;
    const unnamed = namesPast('threshold', data.position, event.position);
    if (unnamed !== null) return [unnamed];
    const records = this.#records.get(event.stream);
    if (this.#cut.has(event.stream) || (records === undefined && !this.whole)) return [outcomesMissing];
    const position = parsePosition(data.position);
    const { known, value } =
      records === undefined || position === undefined
        ? { known: true, value: undefined }
        : records.at(position);
    if (!known) return [{ kind: 'threshold', missing: 'the figures are of too long ago', excused: true }];
    const again = thresholdData(value ?? [], data.after, day, data.position);
    // A part of a log may lack the outcomes of a whole account.
    if (!this.whole && !sameJson(data, again)) return [outcomesMissing];
    return [compared('threshold', 'the outcomes that the thresholds were moved by', data, again)];
  }
}
