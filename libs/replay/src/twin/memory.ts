import type { PredictionV1, TraceWeight } from '@interlock/contracts';
import { comparePositions, parsePosition, positionText, type Position } from '@interlock/kernel';
import { DecisionMemory, predict, recompute, requestOf, type TraceV1 } from '@interlock/twin';
import { compared, namesPast, type Finding } from '../finding.js';

type Entry = { readonly trace: TraceV1; readonly position: Position };

/** A memory forgets from this many traces on, and what it then says of past errors depends on when it was first asked. */
const forgets = 1000;
/** How many traces a memory that looks back may lag behind before it is brought forward. */
const mostBehind = 2000;

/** The part of a trace that a prediction repeats, kept as text because there may be many. */
const factsOf = ({
  trace_id,
  impact_delta,
  impact_by_kpi,
  harmed,
}: Pick<TraceWeight, 'trace_id' | 'impact_delta' | 'impact_by_kpi' | 'harmed'>): string =>
  JSON.stringify([
    trace_id,
    impact_delta,
    Object.entries(impact_by_kpi).sort(([a], [b]) => (a < b ? -1 : 1)),
    harmed,
  ]);

/** A decision memory, and how many of the tenant's traces it took in. */
type Reader = { memory: DecisionMemory; taken: number };

/** One tenant's traces in the order of the log, and its decision memory as it was at two places: the latest that was asked for, and one before it. */
class TenantMemory {
  readonly facts = new Map<string, string>();
  #entries: Entry[] = [];
  /** How many were dropped before the first of `#entries`: no memory holds them any more. */
  #dropped = 0;
  #ahead: Reader = { memory: new DecisionMemory(), taken: 0 };
  #behind: Reader = { memory: new DecisionMemory(), taken: 0 };

  add(trace: TraceV1, position: Position): void {
    this.#entries.push({ trace, position });
    this.facts.set(trace.trace_id, factsOf(trace));
  }

  /** The memory as it was when nothing after a position was known; undefined where that is too long ago. */
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

/** Predictions: made again from the very memory that they name, which follows from the traces in the log; where these are not all there, from what they say of them. */
export class MemoryReplay {
  readonly #tenants = new Map<string, TenantMemory>();

  constructor(private readonly whole: boolean) {}

  /** A trace of the log. */
  add(tenant: string, trace: TraceV1, position: Position): void {
    const memory = this.#tenants.get(tenant) ?? new TenantMemory();
    this.#tenants.set(tenant, memory);
    memory.add(trace, position);
  }

  /** `readOnly`: the action is of a type that only reads; undefined where its acceptance is not in the file. */
  check(
    tenant: string,
    prediction: PredictionV1,
    by: Position,
    readOnly: boolean | undefined,
  ): readonly Finding[] {
    const noEffect = prediction.basis === 'no_effect';
    // INVARIANT: no effect is what only reads has, and nothing else: a prediction cannot say it of itself.
    if (readOnly !== undefined && noEffect !== readOnly)
      return [compared('prediction', 'what only reads has no effect, and nothing else', noEffect, readOnly)];
    const again = recompute(prediction);
    if (again === undefined)
      return [{ kind: 'prediction', missing: 'the prediction was not computed from traces' }];
    return [
      compared('prediction', 'prediction', prediction, again),
      ...(this.whole ? this.#remembered(tenant, prediction, by) : this.#facts(tenant, prediction.traces)),
    ];
  }

  /** INVARIANT: which traces count, and how much, is the memory's to say, not the prediction's: else one could be made of the traces that suit. */
  #remembered(tenant: string, prediction: PredictionV1, by: Position): readonly Finding[] {
    const past = namesPast('memory', prediction.memory_version, by);
    if (past !== null) return [past];
    const memory = this.#tenants.get(tenant)?.at(parsePosition(prediction.memory_version)!);
    if (memory === undefined && this.#tenants.has(tenant))
      return [
        ...this.#facts(tenant, prediction.traces),
        { kind: 'memory', missing: 'the decision memory is of too long ago', excused: true },
      ];
    const request = requestOf(tenant, prediction);
    const again = predict(
      memory,
      prediction.basis === 'no_effect' ? { ...request, read_only: true } : request,
    );
    const told = (of: PredictionV1): object => {
      const { half_widths, ...basis } = of.input;
      return {
        memory_version: of.memory_version,
        made_at: of.made_at,
        traces: of.traces,
        ...basis,
        ...((memory?.size ?? 0) < forgets ? { half_widths } : {}),
      };
    };
    return [compared('memory', 'the decision memory behind the prediction', told(prediction), told(again))];
  }

  /** What a prediction says of its traces, against the traces in the file. */
  #facts(tenant: string, used: readonly TraceWeight[]): readonly Finding[] {
    if (used.length === 0) return [];
    const known = used.map(({ trace_id }) => this.#tenants.get(tenant)?.facts.get(trace_id));
    if (known.includes(undefined))
      return [{ kind: 'memory', missing: 'a trace behind the prediction is not in the file' }];
    return [compared('memory', 'the traces behind the prediction', used.map(factsOf), known)];
  }
}
