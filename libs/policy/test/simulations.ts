import { isProblem } from '@interlock/kernel';
import {
  bundleHash,
  evaluableBundle,
  Simulation,
  type CompiledPolicies,
  type RuleV1,
  type SimulationCase,
  type SimulationLimits,
} from '../src/index.js';

export const simulationOf = (
  rules: readonly RuleV1[],
  over: { policies?: CompiledPolicies | null; limits?: SimulationLimits; nearMisses?: boolean } = {},
): Simulation =>
  new Simulation({
    bundle: evaluableBundle({
      bundle_id: 'b',
      version: '1.0.0',
      bundle_hash: bundleHash({ version: '1.0.0', rules, notes: '', metadata: {} }),
      rules,
    }),
    rules,
    bundle_id: 'b',
    policies: null,
    ...over,
  });
export const one = (
  id: string,
  context: SimulationCase['context'] = {},
  over: Partial<SimulationCase> = {},
): SimulationCase => ({ id, agent: 'inbox_triage', action: 'inbox.quarantine', context, ...over });
export const violationsOf = (work: () => unknown): string[] => {
  try {
    work();
  } catch (error) {
    if (isProblem(error, 'validation-failed'))
      return error.violations.map(({ pointer, code }) => `${pointer} ${code ?? ''}`).sort();
    throw error;
  }
  return [];
};
export const scored = (scores: unknown): SimulationCase[] =>
  (scores as number[]).map((score) => one(`${score}`, { risk_score: score }));
