import {
  judgedOutcomes,
  rememberedOutcomes,
  type ExpectedChange,
  type SeenPrediction,
} from '@interlock/contracts';
import {
  comparePositions,
  isObject,
  parsePosition,
  positionText,
  sameJson,
  type Position,
} from '@interlock/kernel';
import { limitUse, networkHandlerOf } from '@interlock/network';
import { followsLoad, predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
import {
  DecisionMemory,
  isExpectedChange,
  kpiEmbedding,
  largeMemory,
  methodIn,
  predict,
  readCalibration,
  recompute,
  statedIn,
  type TraceEvent,
} from '@interlock/twin';
import { compared, namesPast, ofItself, type Finding } from '../finding.js';

type Entry = { readonly event: TraceEvent; readonly position: Position };

/**
 * With more than this many traces, a memory forgets old ones. Its figures of past errors then
 * depend on when it was first read.
 */
const forgets = 1000;
/** How many traces an earlier memory may lag behind before it is advanced. */
const mostBehind = 2000;

/** A decision memory and the number of the tenant's events that it has taken in. */
type Reader = { memory: DecisionMemory; taken: number };

/**
 * One tenant's events of traces in log order, and its decision memory at two positions: the latest
 * requested one and an earlier one.
 */
class TenantMemory {
  #entries: Entry[] = [];
  /**
   * The number of events dropped before the first of `#entries`. No memory contains them any more.
   */
  #dropped = 0;
  #ahead: Reader = { memory: new DecisionMemory(), taken: 0 };
  #behind: Reader = { memory: new DecisionMemory(), taken: 0 };

  add(event: TraceEvent, position: Position): void {
    this.#entries.push({ event, position });
  }

  /** Returns the memory as it was at a position; undefined if that is too long ago. */
  at(position: Position): DecisionMemory | undefined {
    if (this.#known(this.#ahead, position)) return this.#advance(this.#ahead, position);
    if (!this.#known(this.#behind, position)) return undefined;
    return this.#advance(this.#behind, position);
  }

  #entry(index: number): Entry | undefined {
    return this.#entries[index - this.#dropped];
  }

  /** True if a memory contains nothing from after a position. */
  #known({ taken }: Reader, position: Position): boolean {
    const last = taken === 0 ? undefined : this.#entry(taken - 1);
    return taken === 0 || (last !== undefined && comparePositions(last.position, position) <= 0);
  }

  #advance(reader: Reader, position: Position): DecisionMemory {
    for (
      let next = this.#entry(reader.taken);
      next !== undefined && comparePositions(next.position, position) <= 0;
      next = this.#entry(reader.taken)
    )
      this.#take(reader, next);
    while (this.#ahead.taken - this.#behind.taken > mostBehind)
      this.#take(this.#behind, this.#entry(this.#behind.taken)!);
    const done = this.#behind.taken - 1 - this.#dropped;
    if (done > mostBehind) {
      this.#entries = this.#entries.slice(done);
      this.#dropped += done;
    }
    return reader.memory;
  }

  #take(reader: Reader, { event, position }: Entry): void {
    reader.memory.take(event, positionText(position));
    reader.taken += 1;
  }
}

/**
 * Returns the change that a prediction by a network model rests on, with the share of the limits
 * that it uses by the handler's own limits. Undefined if no model makes such a prediction.
 */
const expectedIn = (seen: SeenPrediction, actionType: string): ExpectedChange | undefined => {
  const handler = networkHandlerOf(actionType);
  const limits = handler?.hasModel === true ? handler.limits : null;
  const { expected } = seen.input;
  if (seen.basis !== 'model' || limits === null || !isExpectedChange(expected)) return undefined;
  const { before, after } = expected;
  return { before, after, limit_use: limitUse(before, after, limits) };
};

/**
 * True if a prediction names an embedding of the network's state by which this version cannot
 * compare states.
 */
const hasUnknownEmbedding = ({ input: { state } }: SeenPrediction): boolean =>
  isObject(state) && state['embedding'] !== kpiEmbedding.name;

/**
 * True if a trace that a part of a log lacks may explain how two predictions differ. The part may
 * lack a person's verdict on a trace, a later version of it, or that it is forgotten. Such an event
 * changes the nearest traces, or what the explanation says of them before the calibration.
 */
const mayLackTraces = (seen: SeenPrediction, made: SeenPrediction): boolean => {
  const [own = [], again = []] = [seen.traces, made.traces];
  const isPossible = own.every(({ weight }) => weight > 0 && weight <= 1);
  const [said, saidAgain] = [seen, made].map(({ explanation }) => explanation?.split(/, and |;/)[0]);
  const isOther = said === undefined || said !== saidAgain || !sameJson(own, again);
  return isPossible && isOther && Number(made.input['eligible']) > 0;
};

/**
 * Replays predictions with the memory version that they name, which follows from the traces in the
 * log.
 */
export class MemoryReplay {
  readonly #tenants = new Map<string, TenantMemory>();

  constructor(private readonly whole: boolean) {}

  /** Adds an event of the log that holds a trace, or that one is forgotten. */
  add(tenant: string, event: TraceEvent, position: Position): void {
    const memory = this.#tenants.get(tenant) ?? new TenantMemory();
    this.#tenants.set(tenant, memory);
    memory.add(event, position);
  }

  /**
   * Checks a prediction. `of` is the action's acceptance; null if it is not in the file. `kept` is
   * the part of a prediction that the record keeps.
   */
  check(
    tenant: string,
    seen: SeenPrediction,
    by: Position,
    of: Pick<IntentAcceptedData, 'intent' | 'action_type'> | null,
    kept: (again: SeenPrediction) => SeenPrediction,
  ): Finding {
    const kind = 'prediction';
    if (of === null) return { kind, missing: 'the intent is not in the file' };
    const readOnly = of.action_type.read_only;
    const noEffect = seen.basis === 'no_effect';
    // INVARIANT: only read-only actions have the basis `no_effect`, and all of them do. A
    // prediction cannot claim it.
    if (noEffect !== readOnly)
      return compared(kind, 'what only reads has no effect, and nothing else', noEffect, readOnly);
    // INVARIANT: this is not excused, so that nobody escapes the check of a whole log by a name.
    if (hasUnknownEmbedding(seen))
      return { kind, missing: "the embedding of the network's state is not known to this version" };
    const past = namesPast(kind, seen.memory_version, by);
    if (past !== null) return past;
    const traces = this.#tenants.get(tenant);
    const memory = traces?.at(parsePosition(seen.memory_version)!);
    if (memory === undefined && traces !== undefined)
      return { kind, missing: 'the decision memory is of too long ago', excused: true };
    // INVARIANT: the memory decides which traces count, and how much. Otherwise a prediction could
    // be based on selected traces.
    const expected = expectedIn(seen, of.intent.action_type);
    const state = statedIn(seen);
    const record = memory?.recordOf(of.intent.action_type);
    // Outcomes of other triggers of the action type count for the vote and for the intervals. In a
    // part of a log, nothing else says whether they are all there.
    const mayLackOutcomes = !this.whole && (record?.outcomes ?? 0) < judgedOutcomes;
    const takesErrors = (memory?.size ?? 0) >= forgets || mayLackOutcomes;
    const method = methodIn(seen);
    const made = predict(
      memory,
      {
        ...predictionQuestion(of.intent, readOnly, seen.made_at),
        ...(expected === undefined ? {} : { expected }),
        ...(state === undefined ? {} : { state }),
      },
      takesErrors ? state !== undefined || seen.lacks_state === true : undefined,
      method,
    );
    const isBehind =
      comparePositions(parsePosition(made.memory_version)!, parsePosition(seen.memory_version)!) < 0;
    if (!this.whole && (isBehind || Number(made.input['eligible']) < Number(seen.input['eligible'])))
      return { kind, missing: 'a trace behind the prediction is not in the file' };
    if (mayLackOutcomes && !sameJson(made.lost_vote ?? null, seen.lost_vote ?? null))
      return { kind, missing: 'an outcome behind the vote of the twin is not in the file' };
    const { half_widths } = seen.input;
    const takesWidths =
      (memory?.size ?? 0) >= forgets ||
      (mayLackOutcomes && isObject(half_widths) && isObject(made.input['half_widths']));
    const widths = (takesWidths ? half_widths : undefined) ?? made.input['half_widths'] ?? null;
    // A part of a log may lack outcomes, but these must be able to make the stated calibration.
    const scored = record?.scored ?? 0;
    const mayLackScores =
      !this.whole &&
      method === 'nearest' &&
      scored < rememberedOutcomes &&
      Number(made.input['eligible']) >= largeMemory;
    const claimed = mayLackScores
      ? readCalibration(seen.input['risk'], made.raw_risk ?? made.risk_score, scored)
      : null;
    const risk = claimed ?? made.input['risk'];
    const { risk: _, ...basis } = made.input;
    const input = { ...basis, half_widths: widths, ...(risk === undefined ? {} : { risk }) };
    const again = sameJson(input, made.input) ? made : recompute({ ...made, input });
    const replayed = kept(seenPrediction(again ?? made));
    if (!this.whole && !sameJson(seen, replayed) && mayLackTraces(seen, replayed))
      return { kind, missing: 'a trace behind the prediction, or a later version of it, is not in the file' };
    const finding = compared(kind, 'prediction', seen, replayed);
    if (method !== 'nearest') return ofItself(finding, 'the method that the prediction names is in no log');
    return followsLoad(made)
      ? ofItself(finding, 'the KPIs that the prediction rests on are in no log')
      : finding;
  }
}
