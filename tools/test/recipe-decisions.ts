import type { EvaluationV1 } from '@interlock/contracts';
import {
  bundleHash,
  checkBundle,
  evaluableBundle,
  evaluate,
  fieldCatalogue,
  noPolicies,
  recipeContext,
  type BundleInput,
  type RecipeRequest,
} from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import { recipes as readRecipes } from '../docs/recipes.mjs';

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
  readonly context: RecipeRequest;
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

/** Decides like the evaluator: the same context, the same index, the same evaluation. */
export const decide = (input: BundleInput, context: RecipeRequest): EvaluationV1 => {
  const bundle = checkBundle(input, catalogue);
  return evaluate({
    evaluation_id: 'e',
    trace_id: 't',
    agent: context.agent,
    action_type: context.action,
    context: recipeContext(context),
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
