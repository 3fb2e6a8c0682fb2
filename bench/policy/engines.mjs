import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { compareRules } from '@interlock/policy';

import { ensurePackages } from '../../tools/run/packages.mjs';
import { decisions } from './plain.mjs';

/**
 * Other engines with the same rules in their own languages. `load` loads the package; `build`
 * prepares a bundle and returns a function from a request to a decision (a promise of one if
 * `later`). INVARIANT: decisions are compared with the plain loop's before anything is timed.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));

const literal = (value) => (typeof value === 'string' ? `'${value}'` : String(value));
const text = ({ field, op, value }) => `${field.replace('.', '_')} ${op} ${literal(value)}`;
/** The context with names that expression languages accept. */
const flat = ({ agent, action, context }) => ({
  ...Object.fromEntries(Object.entries(context).map(([field, value]) => [field.replace('.', '_'), value])),
  agent,
  action,
});
const whole = ({ agent, action, conditions }) => [
  ...(agent === '*' ? [] : [`agent == '${agent}'`]),
  ...(action === '*' ? [] : [`action == '${action}'`]),
  ...conditions.map(text),
];
const inOrder = (rules) => rules.toSorted(compareRules);

const governance = {
  name: '@microsoft/agent-governance-sdk',
  load: async () => import('@microsoft/agent-governance-sdk'),
  build({ PolicyEngine, ConflictResolutionStrategy }, rules) {
    const answers = { allow: 'ALLOW', deny: 'DENY', require_approval: 'NEEDS_APPROVAL', log: 'ABSTAIN' };
    const engine = new PolicyEngine([], ConflictResolutionStrategy.PriorityFirstMatch);
    engine.loadPolicy({
      apiVersion: 'governance.toolkit/v1',
      name: 'bundle',
      scope: 'global',
      agents: ['*'],
      default_action: 'log',
      rules: inOrder(rules).map((rule, place) => ({
        name: rule.id,
        condition: whole(rule).join(' and '),
        ruleAction: rule.effect === 'needs_approval' ? 'require_approval' : rule.effect,
        priority: rules.length - place,
        enabled: true,
      })),
    });
    return (request) => answers[engine.evaluatePolicy(request.agent, flat(request)).action];
  },
};

const cedar = {
  name: '@cedar-policy/cedar-wasm',
  load: async () => createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs'),
  build(library, rules, name) {
    const effects = new Map();
    const policies = {};
    for (const [place, rule] of inOrder(rules).entries()) {
      const [principal, action] = [
        rule.agent === '*' ? 'principal' : `principal == Agent::"${rule.agent}"`,
        rule.action === '*' ? 'action' : `action == Action::"${rule.action}"`,
      ];
      const when = rule.conditions
        .map((condition) => `context.${text(condition).replaceAll("'", '"')}`)
        .join(' && ');
      policies[`p${place}`] = `permit(${principal}, ${action}, resource) when { ${when} };`;
      effects.set(`p${place}`, decisions[rule.effect]);
    }
    const parsed = library.preparsePolicySet(name, { staticPolicies: policies });
    if (parsed.type !== 'success')
      throw new Error(`cedar refused the rules: ${JSON.stringify(parsed.errors).slice(0, 200)}`);
    // It has no order: every rule permits, and the first matching one in the bundle's order
    // decides.
    return (request) => {
      const { agent, action, ...context } = flat(request);
      const answer = library.statefulIsAuthorized({
        principal: { type: 'Agent', id: agent },
        action: { type: 'Action', id: action },
        resource: { type: 'Network', id: 'n' },
        context,
        preparsedPolicySetId: name,
        entities: [],
      });
      if (answer.type !== 'success')
        throw new Error(`cedar failed: ${JSON.stringify(answer.errors).slice(0, 200)}`);
      let first = Infinity;
      for (const id of answer.response.diagnostics.reason) first = Math.min(first, Number(id.slice(1)));
      return effects.get(`p${first}`) ?? 'ABSTAIN';
    };
  },
};

const casbin = {
  name: 'casbin',
  load: async () => import('casbin'),
  async build({ newEnforcer, newModel, StringAdapter }, rules) {
    const model = newModel(`[request_definition]
r = agent, action, context
[policy_definition]
p = agent, action, rule, effect, eft
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = (p.agent == '*' || p.agent == r.agent) && (p.action == '*' || p.action == r.action) && eval(p.rule)`);
    const lines = inOrder(rules).map(
      (rule) =>
        `p, ${rule.agent}, ${rule.action}, ${rule.conditions.map((condition) => `r.context.${text(condition)}`).join(' && ')}, ${rule.effect}, allow`,
    );
    const enforcer = await newEnforcer(model, new StringAdapter(lines.join('\n')));
    // The first matching rule ends the search and is named in the explanation.
    return (request) =>
      decisions[enforcer.enforceExSync(request.agent, request.action, flat(request))[1][3]] ?? 'ABSTAIN';
  },
};

const jsonRules = {
  name: 'json-rules-engine',
  later: true,
  load: async () => import('json-rules-engine'),
  build({ Engine }, rules) {
    const operators = {
      '>=': 'greaterThanInclusive',
      '<=': 'lessThanInclusive',
      '>': 'greaterThan',
      '<': 'lessThan',
      '==': 'equal',
      '!=': 'notEqual',
    };
    const engine = new Engine();
    for (const [place, rule] of inOrder(rules).entries()) {
      const named = [
        ['agent', rule.agent],
        ['action', rule.action],
      ]
        .filter(([, value]) => value !== '*')
        .map(([fact, value]) => ({ fact, operator: 'equal', value }));
      engine.addRule({
        conditions: {
          all: [
            ...named,
            ...rule.conditions.map(({ field, op, value }) => ({
              fact: field.replace('.', '_'),
              operator: operators[op],
              value,
            })),
          ],
        },
        event: { type: rule.effect },
        priority: rules.length - place,
      });
    }
    engine.on('success', () => engine.stop());
    return async (request) => {
      const { events } = await engine.run(flat(request));
      return events.length === 0 ? 'ABSTAIN' : decisions[events[0].type];
    };
  },
};

const cel = {
  name: '@marcbachmann/cel-js',
  load: async () => import('@marcbachmann/cel-js'),
  build({ parse }, rules) {
    const ordered = inOrder(rules).map((rule) => ({
      matches: parse(whole(rule).join(' && ')),
      decision: decisions[rule.effect],
    }));
    return (request) => {
      const values = flat(request);
      for (const { matches, decision } of ordered) if (matches(values)) return decision;
      return 'ABSTAIN';
    };
  },
};

/**
 * The engines with their versions; those that could not be installed have `missing` instead of a
 * library.
 */
export async function loadEngines(note) {
  try {
    await ensurePackages(folder);
  } catch (error) {
    note(`the other engines could not be installed: ${error.message}`);
  }
  return Promise.all(
    [governance, cedar, casbin, jsonRules, cel].map(async (engine) => {
      const manifest = `${folder}node_modules/${engine.name}/package.json`;
      try {
        if (!existsSync(manifest)) throw new Error('not installed');
        return {
          ...engine,
          version: JSON.parse(readFileSync(manifest, 'utf8')).version,
          library: await engine.load(),
        };
      } catch (error) {
        return { ...engine, missing: error.message };
      }
    }),
  );
}
