import type { PolicyDecision } from '@interlock/contracts';
import { minus, numberOf } from '@interlock/kernel';
import type { SimulationCase } from './case.js';
import { caseEffects, type CaseEffect, type Simulation, type SimulationReport } from './simulation.js';

type Side = {
  readonly effect: CaseEffect;
  readonly rule_id: string | null;
  readonly decision?: PolicyDecision;
};
/** A case that two bundles decide differently. */
export type ChangedCase = Pick<SimulationCase, 'id' | 'name' | 'group' | 'agent' | 'action' | 'recorded'> & {
  readonly from: Side;
  readonly to: Side;
  /** The explanation of the second bundle. */
  readonly explanation: string;
};

export type ComparisonReport = {
  readonly a: SimulationReport;
  readonly b: SimulationReport;
  /** The second bundle's figures minus the first's. */
  readonly deltas: { readonly [effect in CaseEffect]: number } & {
    readonly total_cost: number;
    readonly total_compute: number;
    readonly decisions?: { readonly [decision in PolicyDecision]: number };
  };
  /** The number of cases with a changed decision. */
  readonly changed: number;
};

/** Compares two bundles on the same cases. */
export class Comparison {
  #changed = 0;

  constructor(
    private readonly a: Simulation,
    private readonly b: Simulation,
  ) {}

  /**
   * Returns the change that a case shows; undefined if both decide it in the same way. With
   * policies, the decision of both layers counts.
   */
  add(one: SimulationCase): ChangedCase | undefined {
    const [before, after] = [this.a.add(one), this.b.add(one)];
    const same =
      before.decision === undefined ? before.effect === after.effect : before.decision === after.decision;
    if (same) return undefined;
    this.#changed += 1;
    const side = ({ effect, rule_id, decision }: typeof before): Side => ({
      effect,
      rule_id,
      ...(decision === undefined ? {} : { decision }),
    });
    const { id, name, group, agent, action, recorded, explanation } = after;
    return {
      id,
      ...(name === undefined ? {} : { name }),
      ...(group === undefined ? {} : { group }),
      agent,
      action,
      ...(recorded === undefined ? {} : { recorded }),
      from: side(before),
      to: side(after),
      explanation,
    };
  }

  report(): ComparisonReport {
    const [a, b] = [this.a.report(), this.b.report()];
    const [spentA, spentB] = [this.a.totals(), this.b.totals()];
    const counts = Object.fromEntries(
      caseEffects.map((effect) => [effect, b.counts[effect] - a.counts[effect]]),
    ) as { [effect in CaseEffect]: number };
    const { decisions: before } = a;
    const { decisions: after } = b;
    const decisions =
      before === undefined || after === undefined
        ? undefined
        : (Object.fromEntries(
            (Object.keys(after) as PolicyDecision[]).map((decision) => [
              decision,
              after[decision] - before[decision],
            ]),
          ) as { [decision in PolicyDecision]: number });
    return {
      a,
      b,
      changed: this.#changed,
      deltas: {
        ...counts,
        total_cost: numberOf(minus(spentB.cost, spentA.cost)),
        total_compute: numberOf(minus(spentB.compute, spentA.compute)),
        ...(decisions === undefined ? {} : { decisions }),
      },
    };
  }
}
