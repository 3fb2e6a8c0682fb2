import type { Reason } from '@interlock/contracts';
import { autoApprovalGate } from './auto-approval.js';
import { autonomyModeGate } from './autonomy-mode.js';
import { blastRadiusGate } from './blast-radius.js';
import { budgetGate } from './budget.js';
import { confidenceGate } from './confidence.js';
import type { Gate, Judgement } from './gate.js';
import { killSwitchGate } from './kill-switch.js';
import { policyGate } from './policy.js';
import { postureGate } from './posture.js';
import { predictionGate } from './prediction.js';

/** Gates 1–9 of safety-rails.md, in their order: names, looks and refusals all come from here. */
const table = {
  kill_switch: killSwitchGate,
  posture: postureGate,
  autonomy_mode: autonomyModeGate,
  prediction: predictionGate,
  policy: policyGate,
  blast_radius: blastRadiusGate,
  confidence: confidenceGate,
  auto_approval: autoApprovalGate,
  budget: budgetGate,
} as const;
type Table = typeof table;

export type GateName = keyof Table;
/** What each gate is told when it is asked. */
export type GateAnswer = { readonly [G in GateName]: Parameters<Table[G]['see']>[0] };
/** What each gate looked at: enough to judge it again from the event alone. */
export type GateSight = { readonly [G in GateName]: Parameters<Table[G]['judge']>[0] };

/** The gates by name. */
export const gates: {
  readonly [G in GateName]: Gate<GateAnswer[G], GateSight[G]>;
} = table;

const keysOf = <T extends object>(of: T): readonly Extract<keyof T, string>[] => {
  const keys: Extract<keyof T, string>[] = [];
  for (const key in of) keys.push(key);
  return keys;
};
/** The names of the gates, in their order. */
export const gateNames: readonly GateName[] = keysOf(table);

/** One look at a gate that gave something to see. */
export type SeenGate<G extends GateName = GateName> = {
  [N in G]: {
    readonly gate: N;
    readonly saw: GateSight[N];
    /** The reasons that the answer gave, where the gate gives these. */
    readonly reasons?: readonly Reason[];
  };
}[G];
/** One look at a gate: what was seen, or that looking threw. */
export type Look = SeenGate | { readonly gate: GateName; readonly threw: string };

/** A gate that was judged, with what it saw. */
export type JudgedGate<G extends GateName = GateName> = {
  [N in G]: Judgement & { readonly gate: N; readonly saw: GateSight[N] };
}[G];
type NothingSeen = { readonly [name: string]: never };
/** A gate whose look threw, and which saw nothing, or whose look could not be judged. */
export type FaultyGate<G extends GateName = GateName> = {
  [N in G]: {
    readonly gate: N;
    readonly verdict: 'error';
    readonly hold: null;
    readonly reasons: Judgement['reasons'];
    readonly saw: GateSight[N] | NothingSeen;
    /** What looking threw, where it did. */
    readonly threw?: string;
  };
}[G];
/** A gate that was looked at: what it saw, and what came of it. */
export type GateRecord<G extends GateName = GateName> = { [N in G]: JudgedGate<N> | FaultyGate<N> }[G];
type Sparse<T> = T extends Judgement | FaultyGate
  ? Omit<T, 'hold' | 'reasons'> & {
      readonly hold?: Exclude<T['hold'], null>;
      readonly reasons?: T['reasons'];
    }
  : never;
/** A gate as it stands in the events: a hold and reasons are there where it has some. */
export type RecordedGate<G extends GateName = GateName> = { [N in G]: Sparse<GateRecord<N>> }[G];
