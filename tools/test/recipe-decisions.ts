import type { ActionIntentV1, EvaluationV1, PredictionV1, RiskLevel } from '@interlock/contracts';
import {
  buildContext,
  bundleHash,
  checkBundle,
  evaluableBundle,
  evaluate,
  fieldCatalogue,
  noPolicies,
  type BundleInput,
  type EvaluationContext,
} from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import { recipes as readRecipes } from '../docs/recipes.mjs';

type Measures = { readonly [name: string]: number };
export type Context = {
  readonly agent: string;
  readonly action: string;
  readonly parameters?: ActionIntentV1['parameters'];
  readonly at?: string;
  readonly time_zone?: string;
  readonly estimated_cost?: number;
  readonly estimated_compute?: number;
  readonly risk_level?: RiskLevel;
  readonly prediction?: Partial<PredictionV1>;
  readonly system?: Measures;
  readonly history?: Measures;
};
type Expected = {
  readonly decision: string;
  readonly rule: string | null;
  readonly approvals_required?: number;
  readonly retry_after_s?: number;
  readonly unknown?: readonly string[];
};
type RecipeCase = {
  readonly name: string;
  readonly version?: string;
  readonly context: Context;
  readonly expect: Expected;
};
type Recipe = {
  readonly file: string;
  readonly id: string;
  readonly number: number;
  readonly category: string;
  readonly title: string;
  readonly problem: string;
  readonly notes: readonly string[];
  readonly bundles: readonly BundleInput[];
  readonly cases: readonly RecipeCase[];
};

export const recipes = readRecipes() as unknown as readonly Recipe[];
export const catalogue = fieldCatalogue(builtInActionTypes);
export const numbered = (n: number): Recipe => recipes.find(({ number }) => number === n)!;

export const contextOf = ({
  agent,
  action,
  at = '2026-03-02T12:00:00.000Z',
  time_zone = 'UTC',
  prediction,
  system = {},
  history = {},
  ...intent
}: Context): EvaluationContext =>
  buildContext(
    {
      intent: { agent, action_type: action, ...intent },
      prediction: prediction ?? null,
      posture: 'GREEN',
      at,
    },
    time_zone,
    { system, history },
  );

/** Decides as the evaluator does: the same context, the same index, the same evaluation. */
export const decide = (input: BundleInput, context: Context): EvaluationV1 => {
  const bundle = checkBundle(input, catalogue);
  return evaluate({
    evaluation_id: 'e',
    trace_id: 't',
    agent: context.agent,
    action_type: context.action,
    context: contextOf(context),
    policies: noPolicies,
    bundle: evaluableBundle({
      bundle_id: 'b',
      version: bundle.version,
      bundle_hash: bundleHash(bundle),
      rules: bundle.rules,
    }),
    confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
    versions: {},
    position: '0',
  });
};
export const versionOf = (recipe: Recipe, version: string | undefined): BundleInput =>
  recipe.bundles.find((bundle) => version === undefined || bundle.version === version)!;
