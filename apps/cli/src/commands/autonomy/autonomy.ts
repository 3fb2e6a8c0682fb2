import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { queryOf } from '../../asks.js';
import { addList } from '../../lists.js';
import { linesShape, tell, withOutput, type Output, type Shape } from '../../output/output.js';
import { calls } from '../../program/routes.js';
import { Session, type Globals } from '../../connection/session.js';
import { addLimits } from './limits.js';
import { addTarget } from './target.js';
import { addThresholds } from './thresholds.js';
import { addWhy } from './why.js';

type ExplainOptions = Output & {
  readonly account: string;
  readonly type: string;
  readonly entity?: string;
};
type Explained = Schema<'ModeExplainedDto'>;

const explainedShape: Shape<Explained> = linesShape(({ explanation, levels }) => [
  explanation,
  ...levels.map(({ level, outcome, explanation: why, entry }) => {
    const since = entry === null ? '' : `, since ${entry.updated_at} by ${entry.updated_by}`;
    return `  ${level} ${outcome.padEnd(14)} ${why}${since}`;
  }),
]);

const explain = async (session: Session, options: ExplainOptions): Promise<void> => {
  const { account, type, entity } = options;
  const query = queryOf({ account_id: account, action_type: type, entity_id: entity });
  await tell(
    await session.json<Explained>('GET', `/api/v1/autonomy/explain${query}`),
    explainedShape,
    options,
  );
};

type CellOptions = Output & { readonly account: string; readonly type: string };

const cellShape: Shape<Schema<'WrittenStepDto'>> = linesShape(
  ({ account_id, action_type, standing, proposal, explanation }) => [
    `${account_id} ${action_type}  ${standing.kind.padEnd(10)} ${explanation}`,
    ...(proposal === null ? [] : [`  digest ${proposal.digest}`]),
  ],
  ({ account_id, action_type }) => [`${account_id} ${action_type}`],
);

/** `interlock autonomy`: why actions may proceed automatically. */
export const addAutonomy = (program: Command, globals: () => Globals): void => {
  const autonomy = program.command('autonomy').description('what may go on by itself, and why');
  withOutput(calls(autonomy.command('explain'), 'GET /api/v1/autonomy/explain'))
    .description('which configuration decides the mode of an account and action type, and which lost')
    .requiredOption('--account <account>', 'the account, such as ran-north')
    .requiredOption('--type <action_type>', 'the action type, such as cell_failover')
    .option('--entity <entity>', 'modes are the same for every entity')
    .action((options: ExplainOptions) => explain(new Session(globals()), options));
  addList<Schema<'EarnedCellDto'>>(autonomy, globals, {
    command: 'earned',
    about: 'what the records of outcomes have earned, and what they lack',
    route: 'GET /api/v1/autonomy/earned',
    what: 'records',
    query: [
      { flags: '--account <account>', about: 'the account, such as ran-north', as: 'account_id' },
      { flags: '--type <action_type>', about: 'the action type, such as cell_failover', as: 'action_type' },
    ],
    limit: 50,
    topics: ['autonomy'],
    columns: [
      { head: 'ACCOUNT', of: ({ account_id }) => account_id, fit: 10 },
      { head: 'ACTION TYPE', of: ({ action_type }) => action_type, fit: 12 },
      { head: 'MODE', of: ({ mode }) => mode, toned: true },
      { head: 'CONFIGURED', of: ({ configured_mode }) => configured_mode },
      { head: 'STANDING', of: ({ standing }) => standing.kind },
      { head: 'WHY', of: ({ explanation }) => explanation, fit: 16 },
      { head: 'PROPOSAL', of: ({ proposal }) => proposal?.digest, wide: true },
    ],
    id: ({ account_id, action_type }) => `${account_id} ${action_type}`,
  });
  addWhy(autonomy, globals);
  addLimits(autonomy, globals);
  addTarget(autonomy, globals);
  addThresholds(autonomy, globals);
  const decision = (name: 'sign' | 'refuse' | 'step-down' | 'lift', about: string): Command =>
    withOutput(calls(autonomy.command(name), `POST /api/v1/autonomy/earned/${name}`))
      .description(`${about}, by a person (--as)`)
      .requiredOption('--account <account>', 'the account, such as ran-north')
      .requiredOption('--type <action_type>', 'the action type, such as cell_failover');
  const decide = async (verb: string, options: CellOptions, more: object): Promise<void> => {
    const { account, type } = options;
    const path = `/api/v1/autonomy/earned/${verb}`;
    const body = { account_id: account, action_type: type, ...more };
    await tell(
      await new Session(globals()).json<Schema<'WrittenStepDto'>>('POST', path, body),
      cellShape,
      options,
    );
  };
  for (const [verb, about] of [
    ['sign', 'sign the step up that is proposed'],
    ['refuse', 'refuse the step up that is proposed'],
  ] as const)
    decision(verb, about)
      .requiredOption('--digest <digest>', 'of the proposal that was read')
      .action((options: CellOptions & { digest: string }) =>
        decide(verb, options, { digest: options.digest }),
      );
  for (const [verb, about] of [
    ['step-down', 'take a step down at once'],
    ['lift', 'end a step down'],
  ] as const)
    decision(verb, about)
      .option('--reason <text>', 'why, for the record')
      .action((options: CellOptions & { reason?: string }) =>
        decide(verb, options, options.reason === undefined ? {} : { reason: options.reason }),
      );
};
