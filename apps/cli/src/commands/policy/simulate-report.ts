import type { CaseEffect, SimulatedCase, SimulationReport } from '@interlock/policy';
import { print } from '../../connection/session.js';
import { junitXml } from './report.js';
import type { Expected } from './datasets.js';

/** A case whose result differs from its author's expectation. */
export type Failure = {
  readonly id: string;
  readonly expected: Expected;
  readonly effect: CaseEffect;
  readonly rule_id: string | null;
  readonly explanation: string;
};
/** The result of a simulation. */
export type Simulated = SimulationReport & {
  readonly cases: readonly SimulatedCase[];
  readonly failures: readonly Failure[];
};
const wantedText = ({ effect, rule_id }: Expected): string =>
  [
    ...(effect === undefined ? [] : [effect]),
    ...(rule_id === undefined ? [] : [rule_id === null ? 'no rule' : `rule ${rule_id}`]),
  ].join(' by ');
/** The effect of a decision, and its rule. */
export const decidedText = ({
  effect,
  rule_id,
}: {
  readonly effect: string;
  readonly rule_id: string | null;
}): string => `${effect}${rule_id === null ? '' : ` by rule ${rule_id}`}`;
const countsText = (counts: { readonly [name: string]: number }): string =>
  Object.entries(counts)
    .map(([name, n]) => `${name} ${n}`)
    .join(', ');

/** Prints a simulation: each case, unexpected results, and the counts. */
export const tellSimulation = (report: Simulated): void => {
  for (const one of report.cases)
    print(
      `${one.id}${one.name === undefined ? '' : ` (${one.name})`}  ${one.agent} ${one.action}: ${one.decision === undefined ? '' : `${one.decision}, `}${decidedText(one)}`,
    );
  for (const { id, expected, explanation, ...got } of report.failures)
    print(`not as expected: ${id}: ${decidedText(got)}, expected ${wantedText(expected)} (${explanation})`);
  print(`bundle ${report.bundle.version}: ${report.total} cases: ${countsText(report.counts)}`);
  for (const { rule_id, effect, hits, cost, compute } of report.rules)
    print(`  ${rule_id}  ${effect}  ${hits} hits, cost ${cost}, compute ${compute}`);
  if (report.changes !== undefined)
    print(
      `otherwise than it was decided: ${countsText(report.changes as { readonly [name: string]: number })}`,
    );
  print(
    `cost ${report.total_cost} of ${report.limits.cost}${report.cost_breach ? ': too much' : ''}, compute ${report.total_compute} of ${report.limits.compute}${report.compute_breach ? ': too much' : ''}`,
  );
};

/** Simulations as JUnit XML: a suite for each, with a test for each case and each limit. */
export const simulationJunit = (reports: readonly Simulated[]): string =>
  junitXml(
    'interlock.policy.simulate',
    reports.map(({ cases, failures, ...report }) => ({
      name: `bundle ${report.bundle.version}`,
      cases: [
        ...cases.map(({ id, name, effect, rule_id }) => {
          const failure = failures.find((one) => one.id === id);
          const decided = decidedText({ effect, rule_id });
          return {
            name: name ?? id,
            output: decided,
            ...(failure === undefined
              ? {}
              : {
                  failure: {
                    message: `${decided}, expected ${wantedText(failure.expected)}`,
                    type: 'unexpected',
                    text: failure.explanation,
                  },
                }),
          };
        }),
        ...(['cost', 'compute'] as const).map((what) => {
          const [spent, most] = [report[`total_${what}`], report.limits[what]];
          return {
            name: `${what} within its limit`,
            output: `${spent} of ${most}`,
            ...(report[`${what}_breach`]
              ? {
                  failure: {
                    message: `${what} is ${spent}, at most ${most} is allowed`,
                    type: 'breach',
                    text: '',
                  },
                }
              : {}),
          };
        }),
      ],
    })),
  );
