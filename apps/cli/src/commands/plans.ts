import type { Schema } from '@interlock/api-types';
import { Option, type Command } from 'commander';
import { digestOfRead, type Question } from '../asked.js';
import {
  CliError,
  type Globals,
  personal,
  print,
  printJson,
  readInput,
  Session,
  visible,
} from '../session.js';

type Plan = Schema<'PlanDto'>;
type Node = Plan['nodes'][number];

const path = '/api/v1/autonomous/plans';
const pathTo = (id: string): string => `${path}/${encodeURIComponent(id)}`;
const row = ({
  submitted_at,
  state,
  failure_rule,
  submission_id,
  plan_id,
}: Schema<'PlanSummaryDto'> | Plan): string =>
  visible(`${submitted_at}  ${state.padEnd(17)} ${failure_rule.padEnd(12)} ${submission_id}  ${plan_id}`);
const why = (reasons: Plan['reasons']): readonly string[] =>
  reasons.map(({ code, detail }) => `    ${code}: ${detail}`);
const nodeLines = (node: Node): readonly string[] => [
  `  ${node.node_id.padEnd(20)} ${node.state.padEnd(15)} ${node.action_type} ${node.entity_id}${node.depends_on.length === 0 ? '' : `  after ${node.depends_on.join(', ')}`}${node.compensation_state === null ? '' : `  taken back: ${node.compensation_state}`}`,
  ...why(node.reasons),
];
const linesOf = (plan: Plan): readonly string[] =>
  [
    row(plan),
    `affects ${plan.affected_entity_count} of ${plan.max_affected_entities} entities`,
    ...why(plan.reasons),
    'nodes',
    ...plan.nodes.flatMap(nodeLines),
  ].map(visible);

const submit = async (session: Session, file: string): Promise<void> => {
  let plan: unknown;
  try {
    plan = JSON.parse(readInput(file));
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} is not JSON`);
  }
  print(row(await session.json<Plan>('POST', path, plan)));
};

const list = async (
  session: Session,
  { json, ...filters }: { readonly state?: string; readonly json: boolean },
): Promise<void> => {
  const query = new URLSearchParams({ limit: '200', ...filters }).toString();
  const page = await session.json<Schema<'PlanPageDto'>>('GET', `${path}?${query}`);
  if (json) printJson(page);
  else for (const plan of page.items) print(row(plan));
};

const decide = async (
  session: Session,
  verb: 'approve' | 'reject' | 'cancel',
  id: string,
  body: { readonly comment?: string; readonly digest?: string },
): Promise<void> => {
  print(row(await session.json<Plan>('POST', `${pathTo(id)}/${verb}`, body)));
};

/** What a yes to a plan is said to: every node, and what each would be held for. */
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

const approve = async (
  session: Session,
  id: string,
  options: { readonly comment?: string; readonly digest?: string },
): Promise<void> => {
  const plan = await session.json<Plan>('GET', pathTo(id));
  if (plan.approval === null || plan.state !== 'AWAITING_APPROVAL')
    throw new CliError(`the plan is ${plan.state}, not AWAITING_APPROVAL: there is nothing to approve`);
  const digest = await digestOfRead(requestOf(plan, plan.approval), 'approve', options.digest);
  await decide(session, 'approve', id, { ...options, digest });
};

export const addPlans = (program: Command, globals: () => Globals): void => {
  const plans = program.command('plans').description('several actions as one');
  plans
    .command('submit <file>')
    .description('a plan as JSON; - reads the standard input')
    .action((file: string) => submit(new Session(globals()), file));
  plans
    .command('list')
    .description('the newest first')
    .addOption(new Option('--state <state>'))
    .option('--json', 'as JSON', false)
    .action((options: { readonly state?: string; readonly json: boolean }) =>
      list(new Session(globals()), options),
    );
  plans
    .command('show <plan>')
    .description('every node and how far it has come')
    .option('--json', 'as JSON', false)
    .action(async (id: string, { json }: { readonly json: boolean }) => {
      const plan = await new Session(globals()).json<Plan>('GET', pathTo(id));
      if (json) printJson(plan);
      else print(linesOf(plan).join('\n'));
    });
  plans
    .command('approve <plan>')
    .description('show what is asked and approve the whole, as the person of --as')
    .option('--digest <digest>', 'of what you have read before; without it you are asked on the terminal')
    .option('--comment <text>')
    .action((id: string, options: { readonly comment?: string; readonly digest?: string }) =>
      approve(personal(globals()), id, options),
    );
  for (const [verb, description] of [
    ['reject', 'say no to the whole, as the person of --as'],
    ['cancel', 'stop it: nothing more is submitted, what is in flight is taken back'],
  ] as const)
    plans
      .command(`${verb} <plan>`)
      .description(description)
      .option('--comment <text>')
      .action((id: string, options: { readonly comment?: string }) =>
        decide(personal(globals()), verb, id, options),
      );
};
