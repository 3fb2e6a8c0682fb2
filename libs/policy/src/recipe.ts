import type { ActionIntentV1, PolicyDecision, SeenPrediction, RiskLevel } from '@interlock/contracts';
import { isObject } from '@interlock/kernel';
import type { BundleInput } from './rules/rule.js';
import type { EvaluationContext, Scalar } from './condition/condition.js';
import { buildContext } from './condition/context.js';
import type { CaseInput } from './simulation/case.js';
import type { CaseEffect } from './simulation/simulation.js';

type Measures = { readonly [name: string]: Scalar };

/** A request in a recipe: its differences from an ordinary one at noon in GREEN. */
export type RecipeRequest = {
  readonly agent: string;
  readonly action: string;
  readonly parameters?: ActionIntentV1['parameters'];
  /** The time in RFC 3339; if absent, noon of a Monday. */
  readonly at?: string;
  readonly time_zone?: string;
  readonly estimated_cost?: number;
  readonly estimated_compute?: number;
  readonly risk_level?: RiskLevel;
  readonly prediction?: Partial<SeenPrediction>;
  readonly system?: Measures;
  readonly history?: Measures;
};

/**
 * A case of a recipe: the version of the recipe's bundle, the request, and the expected outcome.
 */
type RecipeCase = {
  readonly name: string;
  readonly version?: string;
  readonly context: RecipeRequest;
  readonly expect: { readonly decision: PolicyDecision; readonly rule: string | null };
};

/** A recipe of `docs/recipes`: bundles that solve a problem, and cases that show it. */
export type Recipe = {
  readonly bundles: readonly (BundleInput & { readonly version: string })[];
  readonly cases: readonly RecipeCase[];
};

/** True if a file's JSON is a recipe rather than a bundle or a list of cases. */
export const isRecipe = (value: unknown): value is Recipe =>
  isObject(value) &&
  Array.isArray(value['bundles']) &&
  Array.isArray(value['cases']) &&
  value['cases'].every(
    (one) =>
      isObject(one) &&
      typeof one['name'] === 'string' &&
      isObject(one['context']) &&
      typeof one['context']['agent'] === 'string' &&
      typeof one['context']['action'] === 'string' &&
      isObject(one['expect']),
  );

/** The evaluation context of a recipe's request. */
export const recipeContext = ({
  agent,
  action,
  at = '2026-03-02T12:00:00.000Z',
  time_zone = 'UTC',
  prediction,
  system = {},
  history = {},
  ...intent
}: RecipeRequest): EvaluationContext =>
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

const effects: { readonly [decision in PolicyDecision]: CaseEffect } = {
  ALLOW: 'allow',
  CONFIRM: 'allow',
  NEEDS_APPROVAL: 'needs_approval',
  DENY: 'deny',
};

/**
 * Returns the cases of a recipe for a version of its bundle, in the form of a simulation, each with
 * its expected outcome.
 */
export const recipeCases = (
  { cases }: Recipe,
  version: string,
): readonly (CaseInput & {
  readonly expect: { readonly effect: CaseEffect; readonly rule_id: string | null };
})[] =>
  cases
    .filter((one) => one.version === undefined || one.version === version)
    .map(({ name, context, expect: { decision, rule } }) => ({
      name,
      agent: context.agent,
      action: context.action,
      context: recipeContext(context),
      // Without a matching rule the bundle abstains, and a person is asked.
      expect: { effect: rule === null ? 'no_match' : effects[decision], rule_id: rule },
    }));
