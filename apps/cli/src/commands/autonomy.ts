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
};
