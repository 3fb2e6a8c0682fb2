import type { Reason } from '@interlock/contracts';
import type { WithReasons } from '@interlock/kernel';
import type {
  GateWitnesses,
  GateContext,
  Fact,
  HoldContent,
  Judgement,
  Refusal,
  LookComparison,
} from './gate.js';
import {
  gates,
  type GateAnswer,
  type GateName,
  type GateRecord,
  type GateSight,
  type JudgedGate,
  type Look,
  type RecordedGate,
  type SeenGate,
} from './table.js';

const fault = (gate: GateName, detail: string) => ({
  verdict: 'error' as const,
  hold: null,
  reasons: [{ code: 'gate-error', detail, gate }],
});

/** Returns the judgement. Throws if there is none, because the answer is unknown. */
const known = (judgement: Judgement | undefined): Judgement => {
  if (judgement === undefined) throw new TypeError('the answer is unknown');
  return judgement;
};

const judgeSeen = <G extends GateName>({ gate, saw, reasons = [] }: SeenGate<G>): GateRecord<G> => {
  try {
    return { gate, ...known(gates[gate].judge(saw, reasons)), saw };
  } catch {
    return { gate, ...fault(gate, 'what the gate saw cannot be judged'), saw };
  }
};

/**
 * Judges one look. It is pure, so that a replay gives the same judgement. A look that threw, or
 * that cannot be judged, is an `error` and never skipped.
 */
export const judge = (look: Look): GateRecord =>
  'threw' in look
    ? { gate: look.gate, ...fault(look.gate, look.threw), saw: {}, threw: look.threw }
    : judgeSeen(look);

/** Returns a gate in the form that events contain. */
export const recordedGate = ({ hold, reasons, ...record }: GateRecord): RecordedGate =>
  ({
    ...record,
    ...(hold === null ? {} : { hold }),
    ...(reasons.length === 0 ? {} : { reasons }),
  }) as RecordedGate;

/**
 * Returns a gate of an event, with null and an empty list for the hold and reasons that the event
 * omits.
 */
export const wholeGate = (recorded: RecordedGate): GateRecord =>
  ({ hold: null, reasons: [], ...recorded }) as GateRecord;

/** True for a verdict that ends the walk through the gates. */
export const stops = ({ verdict }: Pick<GateRecord, 'verdict'>): boolean =>
  verdict === 'fail' || verdict === 'error';

/**
 * Returns the part of a look that is kept in a walk that a gate refuses. `refuses`: this gate is
 * the one that refuses.
 */
export const summaryOf = <G extends GateName>(gate: G, saw: GateSight[G], refuses: boolean): GateSight[G] =>
  gates[gate].summary?.(saw, refuses) ?? saw;

const summarised = <G extends GateName>(look: SeenGate<G>, refuses: boolean): SeenGate<G> => ({
  ...look,
  saw: summaryOf(look.gate, look.saw, refuses),
});

/** True for the looks of a walk that a gate refuses. */
export const isRefused = (looks: readonly Look[]): boolean => {
  const last = looks.at(-1);
  return last !== undefined && stops(judge(last));
};

/**
 * Returns the looks of one walk as a command records them: whole, or as summaries if the last one
 * refuses.
 */
export const looksToRecord = (looks: readonly Look[]): readonly Look[] =>
  isRefused(looks)
    ? looks.map((look, place) => ('threw' in look ? look : summarised(look, place === looks.length - 1)))
    : looks;

/** True if the gate saw something, whether it was judged or not. */
const hasSeen = (record: GateRecord): record is GateRecord & SeenGate => Object.keys(record.saw).length > 0;

/** Returns the look on which a record was judged. */
export const lookOf = (record: GateRecord): Look =>
  'threw' in record && record.threw !== undefined
    ? { gate: record.gate, threw: record.threw }
    : ({ gate: record.gate, saw: record.saw, reasons: record.reasons } as SeenGate);

/** Turns the answer to a gate into its look. */
export const seeGate = <G extends GateName>(
  gate: G,
  answer: GateAnswer[G],
  before: GateContext,
): SeenGate<G> => {
  const { see, reasons } = gates[gate];
  const given = reasons?.(answer) ?? [];
  return { gate, saw: see(answer, before), ...(given.length === 0 ? {} : { reasons: given }) };
};

const refused = <G extends GateName>({ gate, reasons, saw }: JudgedGate<G>): Refusal | undefined =>
  gates[gate].refuse?.(reasons, saw);

/** The content of a denial: the gate, whether it refused or failed, and the gate's own details. */
export type ActionDenied = Fact<
  'ActionDenied',
  WithReasons &
    Refusal & {
      /** A gate's name, `handler`, `approval`, `last_look`, or the effect that threw. */
      readonly gate: string;
      readonly verdict: 'fail' | 'error';
    }
>;

/** Returns the end of an action after a gate, or an effect before the execution, threw an error. */
export const deniedByError = (gate: string, reasons: readonly Reason[]): ActionDenied => ({
  type: 'ActionDenied',
  data: { gate, verdict: 'error', status: 'DENIED', reasons },
});

/** Returns the end that a gate with `fail` or `error` gives the action. */
export const refusalOf = (record: GateRecord): ActionDenied => {
  const { gate, reasons } = record;
  const refusal = record.verdict === 'error' ? undefined : refused(record);
  return refusal === undefined
    ? deniedByError(gate, reasons)
    : { type: 'ActionDenied', data: { gate, verdict: 'fail', ...refusal, reasons } };
};

const contentOf = <G extends GateName>({ gate, saw, reasons }: JudgedGate<G>): HoldContent =>
  gates[gate].content(saw, reasons);

/** Returns the content of the hold of a judged gate. */
export const holdContentOf = (record: GateRecord): HoldContent =>
  record.verdict === 'error' ? {} : contentOf(record);

const remade = <G extends GateName>(
  { gate, saw }: JudgedGate<G>,
  before: GateContext,
): LookComparison | null => gates[gate].lookAgain(saw, before);

/**
 * Computes again what a gate must have seen or asked, from the intent and the earlier gates. Null
 * if nothing follows from these.
 */
export const lookAgain = (record: GateRecord, before: GateContext): LookComparison | null =>
  record.verdict === 'error' ? null : remade(record, before);

const askedAgain = <G extends GateName, Finding>(
  { gate, saw, reasons }: JudgedGate<G>,
  asked: GateWitnesses<Finding>,
): readonly Finding[] => gates[gate].askAgain(saw, asked, reasons);

/** Returns what the services that answered a gate now answer to the same question. */
export const askAgain = <Finding>(record: GateRecord, asked: GateWitnesses<Finding>): readonly Finding[] =>
  record.verdict === 'error' ? [] : askedAgain(record, asked);

const linesOf = <G extends GateName>({ gate, saw }: SeenGate<G>): readonly string[] => gates[gate].tell(saw);

/** Describes a look for a reader of the trace, one text per line. */
export const tellGate = (record: GateRecord): readonly string[] => (hasSeen(record) ? linesOf(record) : []);
