import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { print, printJson, Session, type Globals } from '../session.js';

type ExplainOptions = {
  readonly account: string;
  readonly type: string;
  readonly entity?: string;
  readonly json: boolean;
};

const explain = async (session: Session, { account, type, entity, json }: ExplainOptions): Promise<void> => {
  const query = new URLSearchParams({
    account_id: account,
    action_type: type,
    ...(entity === undefined ? {} : { entity_id: entity }),
  });
  const told = await session.json<Schema<'ModeExplainedDto'>>(
    'GET',
    `/api/v1/autonomy/explain?${query.toString()}`,
  );
  if (json) {
    printJson(told);
    return;
  }
  print(
    [
      told.explanation,
      ...told.levels.map(({ level, outcome, explanation, entry }) => {
        const since = entry === null ? '' : `, since ${entry.updated_at} by ${entry.updated_by}`;
        return `  ${level} ${outcome.padEnd(14)} ${explanation}${since}`;
      }),
    ].join('\n'),
  );
};

type CellOptions = { readonly account: string; readonly type: string };

const cellLine = ({
  account_id,
  action_type,
  standing,
  proposal,
  explanation,
}: Schema<'EarnedCellDto'>): string =>
  `${account_id} ${action_type}  ${standing.kind.padEnd(10)} ${explanation}${proposal === null ? '' : `\n  digest ${proposal.digest}`}`;

/** `interlock autonomy`: why actions may go on by themselves. */
export const addAutonomy = (program: Command, globals: () => Globals): void => {
  const autonomy = program.command('autonomy').description('what may go on by itself, and why');
  autonomy
    .command('explain')
    .description('which configuration decides the mode of an account and action type, and which lost')
    .requiredOption('--account <account>')
    .requiredOption('--type <action_type>')
    .option('--entity <entity>', 'modes are the same for every entity')
    .option('--json', 'as the API answers it', false)
    .action((options: ExplainOptions) => explain(new Session(globals()), options));
  autonomy
    .command('earned')
    .description('what the records of outcomes have earned, and what they lack')
    .option('--account <account>')
    .option('--type <action_type>')
    .option('--json', 'as the API answers it', false)
    .action(async ({ account, type, json }: Partial<CellOptions> & { json: boolean }) => {
      const query = new URLSearchParams({
        ...(account === undefined ? {} : { account_id: account }),
        ...(type === undefined ? {} : { action_type: type }),
      });
      const page = await new Session(globals()).json<Schema<'EarnedPageDto'>>(
        'GET',
        `/api/v1/autonomy/earned?${query.toString()}`,
      );
      if (json) printJson(page);
      else print(page.items.map(cellLine).join('\n'));
    });
  const decision = (name: string, about: string): Command =>
    autonomy
      .command(name)
      .description(`${about}, by a person (--as)`)
      .requiredOption('--account <account>')
      .requiredOption('--type <action_type>');
  const decide = async (verb: string, { account, type }: CellOptions, more: object): Promise<void> => {
    const body = { account_id: account, action_type: type, ...more };
    print(
      cellLine(
        await new Session(globals()).json<Schema<'WrittenStepDto'>>(
          'POST',
          `/api/v1/autonomy/earned/${verb}`,
          body,
        ),
      ),
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
      .option('--reason <text>')
      .action((options: CellOptions & { reason?: string }) =>
        decide(verb, options, options.reason === undefined ? {} : { reason: options.reason }),
      );
};
