import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { digestOfRead, type Question } from '../../asked.js';
import { addAsk, answering } from '../../asks.js';
import { findIn } from '../../find-action.js';
import { addList } from '../../lists.js';
import { recordShape, tell, type Output } from '../../output/output.js';
import { timeCell } from '../../output/times.js';
import { CliError, personal, visible, type Globals, type Session } from '../../connection/session.js';
import { commentOption } from './consent.js';

type Plan = Schema<'PlanDto'>;
type Summary = Schema<'PlanSummaryDto'>;
type Node = Plan['nodes'][number];

const path = '/api/v1/autonomous/plans';
const pathTo = (id: string): string => `${path}/${encodeURIComponent(id)}`;
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
const findPlan = findIn<Summary>(
  'plans',
  path,
  ({ plan_id }) => plan_id,
  ({ submission_id }) => [submission_id],
);

/** Prints a plan in one line after a decision about it. */
const rowShape = { ...planShape, text: row };

type SaidOptions = Output & { readonly comment?: string; readonly digest?: string };

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

const approve = async (session: Session, text: string, options: SaidOptions): Promise<void> => {
  const id = await findPlan(session, text);
  const plan = await session.json<Plan>('GET', pathTo(id));
  if (plan.approval === null || plan.state !== 'AWAITING_APPROVAL')
    throw new CliError(`the plan is ${plan.state}, not AWAITING_APPROVAL: there is nothing to approve`);
  const { comment } = options;
  const digest = await digestOfRead(requestOf(plan, plan.approval), 'approve', options.digest);
  const body = { ...(comment === undefined ? {} : { comment }), digest };
  await tell(await session.json<Plan>('POST', `${pathTo(id)}/approve`, body), rowShape, options);
};

export const addPlans = (program: Command, globals: () => Globals): void => {
  const plans = program.command('plans').description('several actions as one');
  addAsk<Plan>(plans, globals, {
    command: 'submit <file>',
    about: 'a plan as JSON; - reads the standard input',
    route: 'POST /api/v1/autonomous/plans',
    shape: rowShape,
  });
  addList<Summary>(plans, globals, {
    command: 'list',
    about: 'newest first',
    route: 'GET /api/v1/autonomous/plans',
    what: 'plans',
    query: [{ flags: '--state <state>', about: 'only those in this state' }],
    limit: 200,
    topics: ['actions'],
    columns: [
      { head: 'PLAN', of: ({ plan_id }) => plan_id, fit: 13 },
      { head: 'STATE', of: ({ state }) => state, toned: true },
      { head: 'NODES', of: ({ nodes }) => nodes, right: true },
      { head: 'ON FAILURE', of: ({ failure_rule }) => failure_rule },
      { head: 'SUBMITTED (UTC)', of: ({ submitted_at }, { now }) => timeCell(submitted_at, now), fit: 15 },
      { head: 'SUBMISSION', of: ({ submission_id }) => submission_id, fit: 12 },
    ],
    id: ({ plan_id }) => plan_id,
  });
  addAsk<Plan>(plans, globals, {
    command: 'show <plan>',
    about: 'every node and how far it has come',
    route: 'GET /api/v1/autonomous/plans/{id}',
    find: findPlan,
    shape: planShape,
  });
  answering(plans, 'approve <plan>', 'POST /api/v1/autonomous/plans/{id}/approve')
    .description('show what is asked and approve the whole, as the person of --as')
    .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
    .option(...commentOption)
    .action((id: string, options: SaidOptions) => approve(personal(globals()), id, options));
  for (const [verb, about] of [
    ['reject', 'say no to the whole, as the person of --as'],
    ['cancel', 'stop it: nothing more is submitted, what is in flight is taken back'],
  ] as const)
    addAsk<Plan>(plans, globals, {
      command: `${verb} <plan>`,
      about,
      route: `POST /api/v1/autonomous/plans/{id}/${verb}`,
      find: findPlan,
      body: [{ flags: commentOption[0], about: commentOption[1] }],
      personal: true,
      shape: rowShape,
    });
};
