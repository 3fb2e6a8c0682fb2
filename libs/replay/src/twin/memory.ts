import type { SeenPrediction } from '@interlock/contracts';
import { comparePositions, parsePosition, positionText, type Position } from '@interlock/kernel';
import { predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
import { DecisionMemory, predict, recompute, type TraceV1 } from '@interlock/twin';
import { compared, namesPast, type Finding } from '../finding.js';

type Entry = { readonly trace: TraceV1; readonly position: Position };

/**
 * A memory forgets from this many traces on, and what it then says of past errors depends on when
 * it was first asked.
 */
const forgets = 1000;
/** How many traces a memory that looks back may lag behind before it is brought forward. */
const mostBehind = 2000;

/** A decision memory, and how many of the tenant's traces it took in. */
type Reader = { memory: DecisionMemory; taken: number };

/**
 * One tenant's traces in the order of the log, and its decision memory as it was at two places: the
 * latest that was asked for, and one before it.
 */
class TenantMemory {
  #entries: Entry[] = [];
  /** How many were dropped before the first of `#entries`: no memory holds them any more. */
  #dropped = 0;
  #ahead: Reader = { memory: new DecisionMemory(), taken: 0 };
  #behind: Reader = { memory: new DecisionMemory(), taken: 0 };

  add(trace: TraceV1, position: Position): void {
    this.#entries.push({ trace, position });
  }

  /**
   * The memory as it was when nothing after a position was known; undefined where that is too long
   * ago.
   */
  at(position: Position): DecisionMemory | undefined {
    if (this.#known(this.#ahead, position)) return this.#advance(this.#ahead, position);
    if (!this.#known(this.#behind, position)) return undefined;
    return this.#advance(this.#behind, position);
  }

  #entry(index: number): Entry | undefined {
    return this.#entries[index - this.#dropped];
  }

  /** True where a memory has taken in nothing after a position. */
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

  #take(reader: Reader, { trace, position }: Entry): void {
    reader.memory.add(trace, positionText(position));
    reader.taken += 1;
  }
}

/**
 * Predictions: made again from the very memory that they name, which follows from the traces in the
 * log.
 */
export class MemoryReplay {
  readonly #tenants = new Map<string, TenantMemory>();

  constructor(private readonly whole: boolean) {}

  /** A trace of the log. */
  add(tenant: string, trace: TraceV1, position: Position): void {
    const memory = this.#tenants.get(tenant) ?? new TenantMemory();
    this.#tenants.set(tenant, memory);
    memory.add(trace, position);
  }

  /**
   * `of`: the action's acceptance; null where it is not in the file. `kept`: what the record keeps
   * of a prediction.
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
    // INVARIANT: no effect is what only reads has, and nothing else: a prediction cannot say it of
    // itself.
    if (noEffect !== readOnly)
      return compared(kind, 'what only reads has no effect, and nothing else', noEffect, readOnly);
    const past = namesPast(kind, seen.memory_version, by);
    if (past !== null) return past;
    const traces = this.#tenants.get(tenant);
    const memory = traces?.at(parsePosition(seen.memory_version)!);
    if (memory === undefined && traces !== undefined)
      return { kind, missing: 'the decision memory is of too long ago', excused: true };
    // INVARIANT: which traces count, and how much, is the memory's to say, not the prediction's:
    // else one could be made of the traces that suit.
    const made = predict(memory, predictionQuestion(of.intent, readOnly, seen.made_at));
    if (!this.whole && Number(made.input['eligible']) < Number(seen.input['eligible']))
      return { kind, missing: 'a trace behind the prediction is not in the file' };
    const { half_widths } = seen.input;
    const again =
      (memory?.size ?? 0) < forgets || half_widths === undefined
        ? made
        : recompute({ ...made, input: { ...made.input, half_widths } });
    return compared(kind, 'prediction', seen, kept(seenPrediction(again ?? made)));
  }
}
