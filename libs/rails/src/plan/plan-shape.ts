import { defaults, type Violation } from '@interlock/contracts';
import { actionIdOf, uuidV5 } from '@interlock/kernel';
import type { PlanNode, PlanSubmittedData } from './plan-events.js';

/** The purpose of a submission of a plan: a dry run of a node, its execution, or its undo. */
export type NodeRole = 'preview' | 'node' | 'take_back';

/**
 * Returns the id of a plan. The same submission id of the same tenant always gives the same plan.
 */
export const planIdOf = (tenantId: string, submissionId: string): string =>
  uuidV5(tenantId, 'plan', submissionId);

/**
 * Returns the id of the intent that a plan submits for a node. It follows from the plan alone, so
 * that every resumed process submits the same intent.
 */
export const nodeIntentId = (planId: string, nodeId: string, role: NodeRole): string =>
  `plan:${planId}:${nodeId}${role === 'node' ? '' : `:${role}`}`;

/** Returns the id of that intent's action. */
export const nodeActionId = (
  { plan_id, tenant_id }: Pick<PlanSubmittedData, 'plan_id' | 'tenant_id'>,
  nodeId: string,
  role: NodeRole,
): string => actionIdOf(tenant_id, nodeIntentId(plan_id, nodeId, role));

type ShapedNode = Pick<PlanNode, 'node_id' | 'depends_on'>;

const doubled = (names: readonly string[], at: (index: number) => string, what: string): Violation[] =>
  names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ pointer: at(index), detail: `\`${name}\` ${what}` }],
  );

/**
 * Returns the nodes that remain after nodes without remaining dependencies are repeatedly removed,
 * and then nodes without remaining dependants.
 */
const tangled = (nodes: readonly ShapedNode[]): readonly ShapedNode[] => {
  let left = nodes;
  for (;;) {
    const ids = new Set(left.map(({ node_id }) => node_id));
    const needed = new Set(left.flatMap(({ depends_on }) => depends_on));
    const next = left.filter(
      ({ node_id, depends_on }) => needed.has(node_id) && depends_on.some((id) => ids.has(id)),
    );
    if (next.length === left.length) return left;
    left = next;
  }
};

/** Returns one cycle among the remaining nodes, starting at its first node. */
const wayRound = (left: readonly ShapedNode[]): readonly string[] => {
  const byId = new Map(left.map((node) => [node.node_id, node]));
  const path: string[] = [];
  let at = left[0];
  while (at !== undefined) {
    const seen = path.indexOf(at.node_id);
    if (seen >= 0) return [...path.slice(seen), at.node_id];
    path.push(at.node_id);
    at = at.depends_on.flatMap((id) => byId.get(id) ?? [])[0];
  }
  return path;
};

/**
 * Lists every fault in the shape of a plan: too few or too many nodes, a repeated id, a repeated or
 * unknown dependency, and every cycle with its nodes. The violations point into the plan as it was
 * submitted. If there are too many nodes, or too many dependencies of one node, nothing else is
 * checked.
 */
export const shapeViolations = (nodes: readonly ShapedNode[]): readonly Violation[] => {
  const most = defaults.plan_nodes_at_most;
  const tooMany = [
    { pointer: '/nodes', of: nodes },
    ...nodes.map(({ depends_on }, i) => ({ pointer: `/nodes/${i}/depends_on`, of: depends_on })),
  ]
    .filter(({ of }) => of.length > most)
    .slice(0, most)
    .map(({ pointer, of }) => ({
      pointer,
      detail: `must not hold more than ${most} nodes, and holds ${of.length}`,
    }));
  if (tooMany.length > 0) return tooMany;
  const ids = nodes.map(({ node_id }) => node_id);
  const known = new Set(ids);
  const violations: Violation[] = [
    ...(nodes.length === 0 ? [{ pointer: '/nodes', detail: 'must hold at least one node' }] : []),
    ...doubled(ids, (index) => `/nodes/${index}/node_id`, 'is the id of an earlier node already'),
    ...nodes.flatMap(({ depends_on: names }, index) => {
      const at = (place: number): string => `/nodes/${index}/depends_on/${place}`;
      return [
        ...doubled(names, at, 'is named twice'),
        ...names.flatMap((name, place) =>
          known.has(name) ? [] : [{ pointer: at(place), detail: `\`${name}\` is not a node of the plan` }],
        ),
      ];
    }),
  ];
  let left = tangled(nodes);
  while (left.length > 0) {
    const way = wayRound(left);
    const first = way[0];
    violations.push({
      pointer: `/nodes/${ids.indexOf(first ?? '')}/depends_on`,
      detail: `must not lead back to its node: ${way.map((id) => `\`${id}\``).join(' needs ')}`,
    });
    const on = new Set(way);
    left = tangled(left.filter(({ node_id }) => !on.has(node_id)));
  }
  return violations;
};

/**
 * Lists the faults of a plan apart from its shape: its intents name more entities in total than the
 * plan allows.
 */
export const sumViolations = (
  nodes: readonly Pick<PlanNode, 'intent'>[],
  limit: number,
): readonly Violation[] => {
  const sum = nodes.reduce((total, { intent }) => total + intent.affected_entity_count, 0);
  return sum <= limit
    ? []
    : [
        {
          pointer: '/max_affected_entities',
          detail: `must not be under the ${sum} entities that the nodes affect together`,
        },
      ];
};
