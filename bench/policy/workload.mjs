/** Seeded bundles and requests, so that every run measures the same. */

export const sizes = [10, 100, 1000, 10_000];
/**
 * sparse: rules spread over agents and actions; mix: wildcards among them; deep: all rules on one
 * agent and action.
 */
export const shapes = ['sparse', 'mix', 'deep'];

const effects = ['allow', 'deny', 'needs_approval'];
const postures = ['GREEN', 'YELLOW', 'RED'];
const wildcardShare = 0.1;

/** Whole numbers below a bound, the same for the same seed. */
function generator(seed) {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

function someCondition(int) {
  switch (int(4)) {
    case 0:
      return { field: 'risk_score', op: ['>=', '<=', '>', '<'][int(4)], value: 1 + int(99) };
    case 1:
      return { field: 'affected_entity_count', op: ['>=', '<='][int(2)], value: int(1000) };
    case 2:
      return { field: 'time.hour', op: ['>=', '<'][int(2)], value: int(24) };
    default:
      return { field: 'posture', op: ['==', '!='][int(2)], value: postures[int(3)] };
  }
}

/** A small range of two numbers, which distinguishes rules that share one agent and action. */
function narrowConditions(int) {
  const [risk, entities] = [1 + int(95), int(990)];
  return [
    { field: 'risk_score', op: '>=', value: risk },
    { field: 'risk_score', op: '<=', value: risk + 3 },
    { field: 'affected_entity_count', op: '>=', value: entities },
    { field: 'affected_entity_count', op: '<', value: entities + 20 },
  ];
}

const namesOf = (shape, count) => (shape === 'deep' ? 1 : Math.max(1, Math.round(Math.sqrt(count / 2))));

/** A bundle's rules. */
export function makeRules(shape, count, seed = 1) {
  const int = generator(seed);
  const names = namesOf(shape, count);
  const name = (prefix) =>
    shape === 'mix' && int(1000) < wildcardShare * 1000 ? '*' : `${prefix}${int(names)}`;
  return Array.from({ length: count }, (_, i) => ({
    id: `rule-${i}`,
    agent: name('agent-'),
    action: name('action-'),
    effect: effects[int(3)],
    priority: int(1000),
    enabled: true,
    reason: 'Made to measure with',
    conditions:
      shape === 'deep' ? narrowConditions(int) : Array.from({ length: 1 + int(3) }, () => someCondition(int)),
  }));
}

/** Requests for such a bundle; every field has a value. */
export function makeRequests(shape, count, howMany, seed = 2) {
  const int = generator(seed);
  const names = namesOf(shape, count);
  return Array.from({ length: howMany }, () => {
    const [agent, action] = [`agent-${int(names)}`, `action-${int(names)}`];
    const context = {
      risk_score: 1 + int(99),
      affected_entity_count: int(1000),
      'time.hour': int(24),
      posture: postures[int(3)],
      tenant_id: 'demo',
      agent,
      action_type: action,
      lifecycle_state: 'active',
    };
    return { agent, action, context };
  });
}

/** The bundle a day later: some rules changed, some removed, some new. */
export function changedRules(rules, shape, seed = 3) {
  const int = generator(seed);
  const [every, gone] = [Math.ceil(rules.length / 20), Math.ceil(rules.length / 5)];
  const kept = rules
    .filter((_, i) => i % gone !== 1)
    .map((rule, i) =>
      i % every === 0 ? { ...rule, effect: effects[(effects.indexOf(rule.effect) + 1 + int(2)) % 3] } : rule,
    );
  return [
    ...kept,
    ...makeRules(shape, rules.length, seed)
      .slice(0, 5)
      .map((rule, i) => ({ ...rule, id: `new-${i}` })),
  ];
}
