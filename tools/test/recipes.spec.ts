import { describe, expect, it } from '@jest/globals';
import {
  bundleViolations,
  changedDecisions,
  checkBundle,
  lintBundle,
  recipeContext,
  type BundleInput,
  type LintFinding,
  type RuleInput,
} from '@interlock/policy';
import { renderRecipes } from '../docs/recipes.mjs';
import { recipes, catalogue, numbered, decide, versionOf } from './recipe-decisions.js';
import { suite } from './recipe-cases.js';

const findings = (bundle: BundleInput): readonly LintFinding[] =>
  lintBundle(JSON.stringify(bundle), { world: { catalogue } }).findings.filter(
    ({ severity }) => severity !== 'info',
  );

describe('the recipes', () => {
  it('are the 17, in 8 categories, each in a file by its number and id', () => {
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

  it('each appear in the document, with every case', () => {
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

  it('share a rule only in the same words', () => {
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

    it('has cases that match and cases that do not, and a match of each of its rules', () => {
      const rules = recipe.cases.map(({ expect: wanted }) => wanted.rule);
      expect(new Set(rules.filter((rule) => rule !== null))).toEqual(
        new Set(recipe.bundles.flatMap((bundle) => bundle.rules.map(({ id }) => id))),
      );
      expect(recipe.cases.some(({ expect: wanted }) => wanted.rule !== recipe.bundles[0]!.rules[0]!.id)).toBe(
        true,
      );
    });

    it('changes its decision at every limit: each ordering condition has a case at its figure', () => {
      const fields = recipe.bundles.flatMap((bundle) =>
        bundle.rules.flatMap((rule) =>
          (rule.conditions ?? []).filter(({ value }) => typeof value === 'number'),
        ),
      );
      for (const { field, value } of fields) {
        const seen = recipe.cases.map(({ context }) => recipeContext(context)[field]);
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
  it('allows more with each step, and so requires a MAJOR step', () => {
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
