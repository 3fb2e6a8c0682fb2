import { compareRules, holds, Space } from '@interlock/policy';

/** The number of rule checks of brute force: every distinguishable request for every rule. */
export const bruteForceCost = (rules) =>
  new Space(rules).axes.reduce((product, { values }) => product * values.length, rules.length);

/**
 * The rules that decide no request, and those that allow and deny the same one at equal priority,
 * found by checking every distinguishable request.
 */
export function bruteForce(rules) {
  const space = new Space(rules);
  const ordered = rules.toSorted(compareRules);
  const reached = new Set();
  const conflicts = new Set();
  for (const point of points(space.axes.map(({ values }) => values.length))) {
    const { agent, action, context } = space.witness(point);
    const matching = ordered.filter(
      (rule) =>
        [agent, '*'].includes(rule.agent) &&
        [action, '*'].includes(rule.action) &&
        rule.conditions.every(({ field, op, value }) => holds(context[field], op, value)),
    );
    if (matching.length > 0) reached.add(matching[0].id);
    for (const deny of matching) {
      if (deny.effect === 'deny')
        for (const allow of matching)
          if (allow.effect === 'allow' && allow.priority === deny.priority)
            conflicts.add(`${allow.id} ${deny.id}`);
    }
  }
  return {
    unreached: rules
      .map(({ id }) => id)
      .filter((id) => !reached.has(id))
      .sort(),
    conflicts: [...conflicts].sort(),
  };
}

function* points(lengths) {
  const point = lengths.map(() => 0);
  for (;;) {
    yield point;
    let axis = 0;
    while (axis < lengths.length && point[axis] === lengths[axis] - 1) point[axis++] = 0;
    if (axis === lengths.length) return;
    point[axis] += 1;
  }
}
