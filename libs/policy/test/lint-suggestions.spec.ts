import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  evaluableBundle,
  lintBundle,
  lintChecks,
  normalBundle,
  type BundleInput,
  type LintFinding,
  type LintOptions,
  type RuleV1,
} from '../src/index.js';
import { rule } from './samples.js';
import { corpus, known, of, risk } from './lint-suggestion-cases.js';

/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

type Patch = LintFinding['suggestion']['patch'];

/**
 * Applies a JSON Patch (RFC 6902), as far as suggestions use it; throws if a step does not apply.
 */
const patched = (text: string, steps: Patch): string => {
  let bundle: unknown = JSON.parse(text);
  for (const step of steps) {
    const names = step.path
      .split('/')
      .slice(1)
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = names.pop();
    if (last === undefined) {
      bundle = step.op === 'remove' ? null : step.value;
      continue;
    }
    const parent = names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], bundle);
    if (typeof parent !== 'object' || parent === null)
      throw new Error(`there is nothing at \`${step.path}\``);
    const there = Object.hasOwn(parent, last);
    if (step.op !== 'add' && !there) throw new Error(`there is nothing to ${step.op} at \`${step.path}\``);
    if (Array.isArray(parent)) {
      if (step.op === 'remove') parent.splice(Number(last), 1);
      else if (step.op === 'add') parent.splice(last === '-' ? parent.length : Number(last), 0, step.value);
      else parent[Number(last)] = step.value;
    } else if (step.op === 'remove') Reflect.deleteProperty(parent, last);
    else Object.assign(parent, { [last]: step.value });
  }
  return JSON.stringify(bundle);
};

/** The identity of a finding. Elements move when others are removed, so places do not count. */
const sameness = ({ check, rule_ids: ids, message }: LintFinding): string =>
  JSON.stringify([
    check,
    ids.map((id) => id.replace(/^rules\/\d+$/, 'rules/N')),
    message.replaceAll(/\/rules\/\d+/g, '/rules/N').replaceAll(/rules\/\d+/g, 'rules/N'),
  ]);
const count = (findings: readonly LintFinding[], of: LintFinding): number => {
  const wanted = sameness(of);
  return findings.filter((one) => one.check === of.check && sameness(one) === wanted).length;
};

/**
 * Findings that remain after only their own suggestion was applied. Of a long list the short form
 * tries every twentieth.
 */
const unmended = (bundle: unknown, options: LintOptions): readonly string[] => {
  const text = JSON.stringify(bundle);
  const { findings } = lintBundle(text, options);
  return findings
    .filter((_, index) => isLong || findings.length < 100 || index % 20 === 0)
    .filter((one) => {
      const again = lintBundle(patched(text, one.suggestion.patch), options).findings;
      return (
        one.suggestion.text === '' ||
        one.suggestion.patch.length === 0 ||
        count(again, one) >= count(findings, one)
      );
    })
    .map(({ message, suggestion }) => `${message}: ${suggestion.text} ${JSON.stringify(suggestion.patch)}`);
};

describe('the suggestion of each finding', () => {
  it.each(corpus)('applies, and the finding is gone: %s', (_, bundle, options) => {
    expect(lintBundle(JSON.stringify(bundle), options).findings).not.toEqual([]);
    expect(unmended(bundle, options)).toEqual([]);
  });

  it('is tried here for every check', () => {
    const seen = new Set(
      corpus.flatMap(([, bundle, options]) =>
        lintBundle(JSON.stringify(bundle), options).findings.map(({ check }) => check),
      ),
    );
    expect([...lintChecks].filter((check) => !seen.has(check))).toEqual([]);
  });

  it('applies for any wrong value in any place', () => {
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom('allow', 'deny', '>=', 'risk_score', '*', 7, true),
    );
    const member = fc.constantFrom(
      'id',
      'agent',
      'action',
      'effect',
      'priority',
      'enabled',
      'conditions',
      'reason',
      'budget',
      'approvals_required',
      'retry_after_s',
      'other',
    );
    const condition = fc.record(
      {
        field: fc.oneof(anything, fc.constant('risk_score')),
        op: fc.oneof(anything, fc.constant('<')),
        value: anything,
      },
      { requiredKeys: [] },
    );
    const broken = fc
      .tuple(
        member,
        anything,
        fc.constantFrom('allow', 'deny', 'needs_approval'),
        fc.array(condition, { maxLength: 2 }),
      )
      .map(([name, value, effect, conditions]) => ({
        ...rule({ effect: effect as RuleV1['effect'] }),
        conditions,
        [name]: value,
      }));
    fc.assert(
      fc.property(fc.array(broken, { minLength: 1, maxLength: 3 }), fc.boolean(), (rules, typed) => {
        expect(unmended(of(...rules), typed ? known : {})).toEqual([]);
      }),
      { numRuns: isLong ? 300 : 100 },
    );
  });

  it('never makes a bundle allow more: a fix of overriding rules only makes them stricter', () => {
    const region = fc.record({
      effect: fc.constantFrom('allow' as const, 'deny' as const),
      priority: fc.integer({ min: 1, max: 4 }),
      op: fc.constantFrom('>=', '<', '=='),
      value: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(region, { minLength: 2, maxLength: 4 }), (regions) => {
        const text = JSON.stringify(
          of(
            ...regions.map(({ effect, priority, op, value }, i) =>
              rule({ id: `r${i}`, effect, priority, conditions: [risk(op, value)] as never }),
            ),
          ),
        );
        const decided = (bundle: string, score: number): string => {
          const { version, rules } = normalBundle(JSON.parse(bundle) as BundleInput);
          return evaluableBundle({ bundle_id: 'b', version, bundle_hash: 'h', rules }).compiled.evaluate(
            'x',
            'y',
            { risk_score: score },
          ).decision;
        };
        for (const {
          suggestion: { patch },
        } of lintBundle(text).findings.filter(
          ({ check }) => check === 'overridden' || check === 'conflicts',
        )) {
          const after = patched(text, patch);
          for (let score = 0; score <= 10; score += 1)
            if (decided(text, score) !== 'ALLOW') expect(decided(after, score)).not.toBe('ALLOW');
        }
      }),
      { numRuns: isLong ? 200 : 70 },
    );
  });
});
