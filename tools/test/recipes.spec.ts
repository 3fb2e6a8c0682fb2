import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import type { ActionIntentV1, EvaluationV1, PredictionV1, RiskLevel } from '@interlock/contracts';
import { fold, isProblem } from '@interlock/kernel';
import {
  buildContext,
  bundleHash,
  bundleViolations,
  changedDecisions,
  checkBundle,
  evaluableBundle,
  evaluate,
  fieldCatalogue,
  lintBundle,
  noPolicies,
  type BundleInput,
  type EvaluationContext,
  type LintFinding,
  type RuleInput,
} from '@interlock/policy';
import {
  actionDecider,
  builtInActionTypes,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
} from '@interlock/rails';

import { accept, now, planned, plan, walk } from '../docs/action-samples.mjs';
import { recipes as readRecipes, renderRecipes } from '../docs/recipes.mjs';

type Measured = { readonly [name: string]: number };
type Context = {
  readonly agent: string;
  readonly action: string;
  readonly parameters?: ActionIntentV1['parameters'];
  readonly at?: string;
  readonly time_zone?: string;
  readonly estimated_cost?: number;
  readonly estimated_compute?: number;
  readonly risk_level?: RiskLevel;
  readonly prediction?: Partial<PredictionV1>;
  readonly system?: Measured;
  readonly history?: Measured;
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

const recipes = readRecipes() as unknown as readonly Recipe[];
const catalogue = fieldCatalogue(builtInActionTypes);
const numbered = (n: number): Recipe => recipes.find(({ number }) => number === n)!;

const contextOf = ({
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
const decide = (input: BundleInput, context: Context): EvaluationV1 => {
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
const versionOf = (recipe: Recipe, version: string | undefined): BundleInput =>
  recipe.bundles.find((bundle) => version === undefined || bundle.version === version)!;
const findings = (bundle: BundleInput): readonly LintFinding[] =>
  lintBundle(JSON.stringify(bundle), { world: { catalogue } }).findings.filter(
    ({ severity }) => severity !== 'info',
  );

describe('the recipes', () => {
  it('are the 17 of seed 003, in 8 categories, each in a file by its number and id', () => {
    expect(recipes.map(({ number }) => number)).toEqual(Array.from({ length: 17 }, (_, i) => i + 1));
    const counts = Object.fromEntries(
      [...new Set(recipes.map(({ category }) => category))].map((category) => [
        category,
        recipes.filter((one) => one.category === category).length,
      ]),
    );
    expect(counts).toEqual(suite.counts);
    for (const { file, number, id } of recipes)
      expect(file).toBe(`${String(number).padStart(2, '0')}-${id}.json`);
    for (const { number, title } of recipes)
      expect(
        suite.cases.filter(({ input }) => input.recipe === number).map(({ input }) => input.name),
      ).toEqual(suite.cases.filter(({ input }) => input.recipe === number).map(() => title));
  });

  it('are each told in the document, with every case', () => {
    const text = renderRecipes();
    for (const { number, title, cases } of recipes) {
      expect(text).toContain(`### ${number}. ${title}\n`);
      for (const { name } of cases) expect(text).toContain(`| ${name} |`);
    }
  });

  it('fit into one bundle without an error or a warning', () => {
    const rules = new Map<string, RuleInput>(
      recipes.flatMap(({ number, bundles }) =>
        number === 16
          ? []
          : bundles.flatMap((bundle) => bundle.rules.map((rule) => [rule.id, rule] as const)),
      ),
    );
    expect(rules.size).toBeGreaterThanOrEqual(17);
    expect(findings({ version: '1.0.0', rules: [...rules.values()] })).toEqual([]);
  });

  it('use one rule in the same words wherever they share it', () => {
    const seen = new Map<string, RuleInput>();
    for (const { number, bundles } of recipes) {
      if (number === 16) continue;
      for (const rule of bundles.flatMap((bundle) => bundle.rules)) {
        expect(seen.get(rule.id) ?? rule).toEqual(rule);
        seen.set(rule.id, rule);
      }
    }
  });
});

describe.each(recipes.map((recipe) => [`${recipe.number}. ${recipe.title}`, recipe] as const))(
  'recipe %s',
  (_, recipe) => {
    it.each(recipe.bundles.map((bundle) => [bundle.version, bundle] as const))(
      'is valid and clean, version %s',
      (_version, bundle) => {
        expect(bundleViolations(bundle, catalogue)).toEqual([]);
        expect(findings(bundle)).toEqual([]);
      },
    );

    it.each(recipe.cases.map((one) => [one.name, one] as const))(
      '%s',
      (_name, { version, context, expect: wanted }) => {
        const evaluation = decide(versionOf(recipe, version), context);
        expect([evaluation.decision, evaluation.bundle.rule_id]).toEqual([wanted.decision, wanted.rule]);
        if (wanted.rule === null) expect(evaluation.reasons[0]?.code).toBe('nothing-matched');
        if (evaluation.decision === 'NEEDS_APPROVAL' && wanted.rule !== null)
          expect(evaluation.approvals_required).toBe(wanted.approvals_required);
        expect(
          evaluation.reasons.find(
            ({ rule_id, code }) => rule_id === wanted.rule && code === 'denied-by-rule',
          )?.['retry_after_s'],
        ).toBe(wanted.retry_after_s);
        expect(evaluation.unknown_fields).toEqual(wanted.unknown ?? []);
      },
    );

    it('has cases in which it matches and in which it stays quiet, and a match of each of its rules', () => {
      const rules = recipe.cases.map(({ expect: wanted }) => wanted.rule);
      expect(new Set(rules.filter((rule) => rule !== null))).toEqual(
        new Set(recipe.bundles.flatMap((bundle) => bundle.rules.map(({ id }) => id))),
      );
      expect(recipe.cases.some(({ expect: wanted }) => wanted.rule !== recipe.bundles[0]!.rules[0]!.id)).toBe(
        true,
      );
    });

    it('is decided otherwise on both sides of every limit: each ordering condition has a case at its figure', () => {
      const fields = recipe.bundles.flatMap((bundle) =>
        bundle.rules.flatMap((rule) =>
          (rule.conditions ?? []).filter(({ value }) => typeof value === 'number'),
        ),
      );
      for (const { field, value } of fields) {
        const seen = recipe.cases.map(({ context }) => contextOf(context)[field]);
        expect(seen).toContain(value);
        expect(
          seen.some(
            (one) => typeof one === 'number' && one !== value && Math.abs(one - (value as number)) <= 1,
          ),
        ).toBe(true);
      }
    });
  },
);

describe('recipe 16', () => {
  it('allows more with each step, and so takes a MAJOR one', () => {
    const bundles = numbered(16).bundles.map((bundle) => checkBundle(bundle, catalogue));
    expect(bundles.map(({ version }) => version)).toEqual(['1.0.0', '2.0.0', '3.0.0']);
    for (const [i, next] of bundles.slice(1).entries()) {
      expect(
        changedDecisions(bundles[i]!.rules, next.rules, { catalogue }).map(
          ({ from, to }) => `${from} → ${to}`,
        ),
      ).toEqual(['ABSTAIN → ALLOW']);
      expect(
        lintBundle(JSON.stringify(numbered(16).bundles[i + 1]), {
          world: { catalogue },
          previous: bundles[i]!,
        }).findings,
      ).toEqual([]);
      expect(
        lintBundle(JSON.stringify({ ...numbered(16).bundles[i + 1], version: `${i + 1}.1.0` }), {
          world: { catalogue },
          previous: bundles[i]!,
        }).findings.map(({ severity }) => severity),
      ).toEqual(['warning']);
    }
  });
});

// ── the acceptance cases drawn from the seed ────────────────────────────────

type Given = { readonly [name: string]: string | number | boolean | readonly string[] };
type Case = {
  readonly id: string;
  readonly input: { readonly recipe: number; readonly name: string; readonly context: Given };
  readonly expect: { readonly governed: boolean; readonly outcome?: string };
};
const suite = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../fixtures/acceptance/recipes.json', import.meta.url)), 'utf8'),
) as { readonly counts: { readonly [category: string]: number }; readonly cases: readonly Case[] };

const days: { readonly [day: string]: string } = {
  Saturday: '2026-03-07',
  Sunday: '2026-03-08',
  Monday: '2026-03-09',
};
/** The seed's words as the project's fields. */
const asked: { readonly [recipe: number]: (given: Given) => Context } = {
  1: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: { risk_score: given['risk_score'] as number },
  }),
  2: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: { risk_score: given['risk_score'] as number },
  }),
  3: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.allow',
    parameters: given as ActionIntentV1['parameters'],
  }),
  4: ({ size_gb, cost }) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    parameters: { size_gb: size_gb as number },
    estimated_cost: cost as number,
  }),
  5: ({ size_gb, cost }) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    parameters: { size_gb: size_gb as number },
    estimated_cost: cost as number,
  }),
  6: (given) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.delete',
    parameters: given as ActionIntentV1['parameters'],
  }),
  7: (given) => ({
    agent: 'planner',
    action: 'planner.deploy',
    parameters: given as ActionIntentV1['parameters'],
  }),
  9: (given) => ({
    agent: 'planner',
    action: 'planner.deploy',
    at: `2026-03-02T${given['time'] as string}:00.000Z`,
  }),
  10: (given) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    estimated_cost: given['cost'] as number,
  }),
  11: (given) => ({
    agent: 'knowledge_sync',
    action: 'knowledge.reindex',
    estimated_compute: 10,
    system: { load_pct: given['load_pct'] as number },
  }),
  12: (given) => ({
    agent: 'planner',
    action: 'planner.schedule',
    parameters: { priority: given['priority'] as string },
    at: `${days[given['weekday'] as string]!}T12:00:00.000Z`,
  }),
  13: (given) => ({
    agent: 'planner',
    action: 'planner.deploy',
    risk_level: (given['risk'] as string).toUpperCase() as RiskLevel,
  }),
  14: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.archive',
    parameters: given as ActionIntentV1['parameters'],
  }),
  15: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: given as ActionIntentV1['parameters'],
  }),
  16: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    parameters: { risk_score: given['risk_score'] as number },
  }),
  17: (given) => ({
    agent: 'inbox_triage',
    action: 'inbox.quarantine',
    history: { failure_rate_5m: given['error_rate_pct'] as number },
  }),
};
const decisions: { readonly [outcome: string]: string } = {
  quarantine: 'ALLOW',
  'manual review': 'NEEDS_APPROVAL',
  allow: 'ALLOW',
  needs_approval: 'NEEDS_APPROVAL',
  'not allowed': 'DENY',
  deny: 'DENY',
  'not now': 'DENY',
  waits: 'NEEDS_APPROVAL',
  approved: 'NEEDS_APPROVAL',
  'archive allowed': 'ALLOW',
  'quarantine denied': 'DENY',
};
/** Rules that a recipe has from another, to show that it goes before it. */
const borrowed = ['quarantine-high-risk', 'emergency-rollback'];
const governing = (n: number, given: Given): EvaluationV1 =>
  decide(
    versionOf(numbered(n), typeof given['step'] === 'number' ? `${given['step']}.0.0` : undefined),
    asked[n]!(given),
  );
const governed = (n: number, { matched_rules }: EvaluationV1): boolean =>
  matched_rules.some((id) => n === 1 || !borrowed.includes(id));

/** The state of an action that such an evaluation makes wait, after these people said yes, as far as each may. */
const afterYes = (evaluation: EvaluationV1, approvers: readonly string[]): string => {
  const commands = [
    accept(),
    walk({
      evaluation: {
        decision: evaluation.decision,
        reasons: evaluation.reasons,
        approvals_required: evaluation.approvals_required,
      },
    }),
    planned(plan()),
  ] as unknown as ActionCommand[];
  const stateOf = (events: readonly ActionEvent[]): ActionState =>
    fold(actionDecider, events, { occurred_at: now });
  const write = (events: readonly ActionEvent[], command: ActionCommand): readonly ActionEvent[] => [
    ...events,
    ...actionDecider.decide(command, stateOf(events)),
  ];
  const waiting = commands.reduce(write, []);
  const all = approvers.reduce((events, who) => {
    try {
      return write(events, {
        kind: 'approve',
        by: `person:${who}`,
        now,
        digest: stateOf(events).approval?.digest ?? null,
        comment: null,
      } as ActionCommand);
    } catch (error) {
      if (!isProblem(error, 'same-person')) throw error;
      return events;
    }
  }, waiting);
  return stateOf(all).status;
};

describe('seed 003, recipes', () => {
  it.each(suite.cases.map((one) => [one.id, one] as const))(
    '%s',
    (_, { input: { recipe: n, context }, expect: wanted }) => {
      const evaluation = governing(n, context);
      expect(governed(n, evaluation)).toBe(wanted.governed);
      if (wanted.outcome === undefined) return;
      if (wanted.outcome === 'recipe 1 takes it') {
        expect(governed(1, decide(numbered(1).bundles[0]!, asked[1]!(context)))).toBe(true);
        return;
      }
      expect(evaluation.decision).toBe(decisions[wanted.outcome]);
      if (n === 2)
        expect(
          decide(numbered(2).bundles[0]!, { ...asked[2]!(context), action: 'inbox.escalate' }).decision,
        ).toBe('ALLOW');
      if (n === 13)
        expect(afterYes(evaluation, context['approvers'] as readonly string[])).toBe(
          wanted.outcome === 'waits' ? 'AWAITING_APPROVAL' : 'PENDING',
        );
      if (n === 12) expect(evaluation.reasons[0]?.['retry_after_s']).toBeGreaterThan(0);
    },
  );
});
