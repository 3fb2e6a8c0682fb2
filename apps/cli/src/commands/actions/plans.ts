import type { Schema } from '@interlock/api-types';
import { digestOfRead, type Question } from '../../asked.js';
import { findIn } from '../../find-action.js';
import { recordShape } from '../../output/output.js';
import { CliError, visible } from '../../connection/session.js';
import { ask, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { comment, digest } from './consent.js';

type Plan = Schema<'PlanDto'>;
type Node = Plan['nodes'][number];

const row = ({ submitted_at, state, failure_rule, submission_id, plan_id }: Plan): string =>
  visible(`${submitted_at}  ${state.padEnd(17)} ${failure_rule.padEnd(12)} ${submission_id}  ${plan_id}`);
const why = (reasons: Plan['reasons']): readonly string[] =>
  reasons.map(({ code, detail }) => `    ${code}: ${detail}`);
const nodeLines = (node: Node): readonly string[] => [
  `  ${node.node_id.padEnd(20)} ${node.state.padEnd(15)} ${node.action_type} ${node.entity_id}${node.depends_on.length === 0 ? '' : `  after ${node.depends_on.join(', ')}`}${node.compensation_state === null ? '' : `  taken back: ${node.compensation_state}`}`,
  ...why(node.reasons),
];
/** The note that an approval of such a plan includes the rollback. */
const rollsBack =
  'its approval includes the rollback: where a node fails, the plan takes completed nodes back';

const linesOf = (plan: Plan): readonly string[] =>
  [
    row(plan),
    `affects ${plan.affected_entity_count} of ${plan.max_affected_entities} entities`,
    ...(plan.approval?.rolls_back === true ? [rollsBack] : []),
    ...why(plan.reasons),
    'nodes',
    ...plan.nodes.flatMap(nodeLines),
  ].map(visible);

const planShape = {
  ...recordShape<Plan>(({ plan_id }) => plan_id),
  text: (plan: Plan) => linesOf(plan).join('\n'),
};
const findPlan = findIn(
  'plans',
  'GET /api/v1/autonomous/plans',
  ({ plan_id }) => plan_id,
  ({ submission_id }) => [submission_id],
);

/** Prints a plan in one line after a decision about it. */
const rowShape = { ...planShape, text: row };

/** Returns the question about a plan: every node, and the reasons that would hold it. */
const requestOf = (plan: Plan, approval: NonNullable<Plan['approval']>): Question => ({
  digest: approval.digest,
  lines: [
    ...linesOf(plan),
    visible(`requested by ${plan.requester}`),
    `approvals: ${approval.approved_by.length} of ${approval.required}, until ${approval.expires_at}`,
    'held for',
    ...plan.nodes.flatMap(({ node_id, holds }) =>
      holds.flatMap((hold) => [
        visible(`  ${node_id}: ${hold.gate}`),
        ...hold.reasons.map((reason) => visible(`    ${reason.code}: ${reason.detail}`)),
      ]),
    ),
  ],
});

const approve = answer({
  command: 'approve <plan>',
  about: 'show the request and approve the whole plan, as the person of --as',
  routes: ['POST /api/v1/autonomous/plans/{id}/approve'],
  options: { ...digest, ...comment },
  personal: true,
  run: async ({ session, options }, text) => {
    const id = await findPlan(session, text);
    const plan = await session.ask('GET /api/v1/autonomous/plans/{id}', [id]);
    if (plan.approval === null || plan.state !== 'AWAITING_APPROVAL')
      throw new CliError(`the plan is ${plan.state}, not AWAITING_APPROVAL: there is nothing to approve`);
    const read = await digestOfRead(requestOf(plan, plan.approval), 'approve', options.digest);
    const body = { comment: options.comment, digest: read };
    return session.ask('POST /api/v1/autonomous/plans/{id}/approve', [id], { body });
  },
  shape: rowShape,
});

export const addPlans = group('plans', 'plans: several actions as one', [
  ask({
    command: 'submit <file>',
    about: 'submit a plan as JSON; - reads the standard input',
    route: 'POST /api/v1/autonomous/plans',
    shape: rowShape,
  }),
  list({
    command: 'list',
    about: 'newest first',
    route: 'GET /api/v1/autonomous/plans',
    what: 'plans',
    query: { '--state <state>': 'only those in this state' },
    limit: 200,
    topics: ['actions'],
    columns: [
      { head: 'PLAN', of: ({ plan_id }) => plan_id, fit: 13 },
      { head: 'STATE', of: ({ state }) => state, toned: true },
      { head: 'NODES', of: ({ nodes }) => nodes, right: true },
      { head: 'ON FAILURE', of: ({ failure_rule }) => failure_rule },
      { head: 'SUBMITTED (UTC)', time: ({ submitted_at }) => submitted_at, fit: 15 },
      { head: 'SUBMISSION', of: ({ submission_id }) => submission_id, fit: 12 },
    ],
    id: ({ plan_id }) => plan_id,
  }),
  ask({
    command: 'show <plan>',
    about: 'show every node and its progress',
    route: 'GET /api/v1/autonomous/plans/{id}',
    find: findPlan,
    shape: planShape,
  }),
  approve,
  ...(
    [
      ['reject', 'reject the whole plan, as the person of --as'],
      ['cancel', 'stop it: submit nothing more, and roll back what is in flight'],
    ] as const
  ).map(([verb, about]) =>
    ask({
      command: `${verb} <plan>`,
      about,
      route: `POST /api/v1/autonomous/plans/{id}/${verb}`,
      find: findPlan,
      body: comment,
      personal: true,
      shape: rowShape,
    }),
  ),
]);
