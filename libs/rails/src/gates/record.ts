import type {
  GateWitnesses,
  GateContext,
  Fact,
  HoldContent,
  Judgement,
  Refusal,
  LookComparison,
  WithReasons,
} from './gate.js';
import {
  gateNames,
  gates,
  type GateAnswer,
  type GateEvent,
  type GateEventType,
  type GateName,
  type GateRecord,
  type GateRefusal,
  type JudgedGate,
  type Look,
  type SeenGate,
} from './table.js';

/** The types of the gates' events, in their order. */
export const gateEventTypes: readonly GateEventType[] = gateNames.map((gate) => gates[gate].event);
const eventTypes: ReadonlySet<string> = new Set(gateEventTypes);
const refusals: ReadonlyMap<string, Refusal> = new Map(
  gateNames.flatMap((gate) => Object.entries<Refusal>(gates[gate].ends)),
);

/** True for the event of a gate. */
export const isGateEvent = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: GateEventType }> => eventTypes.has(event.type);

/** True for an event that ends an action which a gate refuses. */
export const isGateRefusal = <E extends { readonly type: string }>(
  event: E,
): event is Extract<E, { readonly type: GateRefusal['type'] }> => refusals.has(event.type);

/** What a refusal is. */
export const refusalBy = (type: GateRefusal['type']): Refusal => {
  const refusal = refusals.get(type);
  if (refusal === undefined) throw new TypeError(`no gate refuses with \`${type}\``);
  return refusal;
};

/** The event of a judged gate. */
export const gateEvent = (record: GateRecord): GateEvent => ({
  type: gates[record.gate].event,
  data: record,
});

const fault = (gate: GateName, detail: string) => ({
  verdict: 'error' as const,
  hold: null,
  reasons: [{ code: 'gate-error', detail, gate }],
});

/** Returns the judgement. Throws where there is none, because the answer is not one of those that are known. */
const known = (judgement: Judgement | undefined): Judgement => {
  if (judgement === undefined) throw new TypeError('the answer is none that is known');
  return judgement;
};

const judgeSeen = <G extends GateName>({ gate, saw }: SeenGate<G>): GateRecord<G> => {
  try {
    return { gate, ...known(gates[gate].judge(saw)), saw };
  } catch {
    return { gate, ...fault(gate, 'what the gate saw cannot be judged'), saw };
  }
};

/** Judges one look: pure, so that a replay judges the same. A look that threw, or that cannot be judged, is an `error`, never skipped. */
export const judge = (look: Look): GateRecord =>
  'threw' in look ? { gate: look.gate, ...fault(look.gate, look.threw), saw: {} } : judgeSeen(look);

/** True where the gate saw something, be it judged or not. */
export const hasSeen = (record: GateRecord): record is GateRecord & SeenGate =>
  Object.keys(record.saw).length > 0;

/** The look that a record was judged from. */
export const lookOf = (record: GateRecord): Look =>
  record.verdict !== 'error' || hasSeen(record)
    ? record
    : { gate: record.gate, threw: record.reasons[0]?.detail ?? '' };

/** Turns what a gate was told into its look. */
export const seeGate = <G extends GateName>(
  gate: G,
  answer: GateAnswer[G],
  before: GateContext,
): SeenGate<G> => ({
  gate,
  saw: gates[gate].see(answer, before),
});

const refused = <G extends GateName>({ gate, reasons, saw }: JudgedGate<G>): GateRefusal | undefined =>
  gates[gate].refuse?.(reasons, saw);

/** The end that a failed or faulty gate makes: one event per cause. */
export const refusalOf = (
  record: GateRecord,
): GateRefusal | Fact<'ActionDeniedByGateError', WithReasons & { readonly gate: string }> => {
  const { gate, reasons } = record;
  return (
    (record.verdict === 'error' ? undefined : refused(record)) ?? {
      type: 'ActionDeniedByGateError',
      data: { gate, reasons },
    }
  );
};

const contentOf = <G extends GateName>({ gate, saw }: JudgedGate<G>): HoldContent => gates[gate].content(saw);

/** What a judged gate that asks for a person asks about. */
export const holdContentOf = (record: GateRecord): HoldContent =>
  record.verdict === 'error' ? {} : contentOf(record);

const remade = <G extends GateName>(
  { gate, saw }: JudgedGate<G>,
  before: GateContext,
): LookComparison | null => gates[gate].lookAgain(saw, before);

/** Makes again what a gate must have seen, or must have asked with, from the intent and the gates before it. Null where nothing follows from these. */
export const lookAgain = (record: GateRecord, before: GateContext): LookComparison | null =>
  record.verdict === 'error' ? null : remade(record, before);

const askedAgain = <G extends GateName, Finding>(
  { gate, saw }: JudgedGate<G>,
  asked: GateWitnesses<Finding>,
): readonly Finding[] => gates[gate].askAgain(saw, asked);

/** What those who answered a gate say to the same question now. */
export const askAgain = <Finding>(record: GateRecord, asked: GateWitnesses<Finding>): readonly Finding[] =>
  record.verdict === 'error' ? [] : askedAgain(record, asked);

const told = <G extends GateName>({ gate, saw }: SeenGate<G>): readonly string[] => gates[gate].tell(saw);

/** Tells a look to a reader of the trace, one text a line. */
export const tellGate = (record: GateRecord): readonly string[] => (hasSeen(record) ? told(record) : []);
