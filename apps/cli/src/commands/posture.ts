import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { CliError, print, Session, type Globals } from '../session.js';

const path = '/api/v1/posture';

const wholeNumber = (text: string, option: string, least: number, most: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most)
    throw new CliError(`${option} is a whole number from ${least} to ${most}`, 2);
  return value;
};
const printJson = (value: unknown): void => {
  print(JSON.stringify(value, null, 2));
};

/** One evaluation for someone else's scheduler: prints the state in the seed's shape, and fails where its files could not be written or read. */
const evaluate = async (globals: Globals): Promise<void> => {
  const { posture, failure } = await new Session(globals).json<Schema<'EvaluatedDto'>>(
    'POST',
    `${path}/evaluate`,
    {},
  );
  const { policy, evaluated_at, inputs, thresholds } = posture;
  printJson({ policy, evaluated_at, inputs, thresholds });
  if (failure !== null)
    throw new CliError(
      `the run failed: ${failure.detail}${failure.branch === null ? '' : `; see branch ${failure.branch}`}`,
    );
};

const show = async (globals: Globals): Promise<void> => {
  printJson(await new Session(globals).json<Schema<'PostureAssessmentDto'>>('GET', path));
};

const signals = async (globals: Globals): Promise<void> => {
  const { items } = await new Session(globals).json<Schema<'SignalListDto'>>('GET', `${path}/signals`);
  for (const { name, value, status, source, age_s, unwitnessed } of items)
    print(
      `${name.padEnd(16)}  ${String(value).padEnd(7)}  ${status.padEnd(9)}  ${age_s === null ? '' : `${Math.round(age_s)} s, `}${source}${unwitnessed === true ? ', unwitnessed' : ''}`,
    );
};

const history = async (globals: Globals, limit: number): Promise<void> => {
  const { items } = await new Session(globals).json<Schema<'LevelChangePageDto'>>(
    'GET',
    `${path}/history?limit=${limit}`,
  );
  for (const { at, policy, effective, reasons } of items)
    print(
      `${at}  ${policy.padEnd(6)}  effective ${effective.padEnd(6)}  ${reasons.map(({ detail }) => detail).join('; ')}`.trimEnd(),
    );
};

/** What `interlock posture` does. */
export const addPosture = (program: Command, globals: () => Globals): void => {
  const posture = program.command('posture').description('the health of the system, and what it is made of');
  posture
    .command('evaluate')
    .description('evaluates once, records it and writes its files; exit code 1 where that failed')
    .action(() => evaluate(globals()));
  posture
    .command('show')
    .description('the posture now, with its triggers and what would clear them')
    .action(() => show(globals()));
  posture
    .command('signals')
    .description('each signal, how old it is and where it comes from')
    .action(() => signals(globals()));
  posture
    .command('history')
    .description('the changes of the level, newest first')
    .option('--limit <n>', 'as many as these, at most 200', '20')
    .action((options: { readonly limit: string }) =>
      history(globals(), wholeNumber(options.limit, '--limit', 1, 200)),
    );
  posture
    .command('trend')
    .description('transitions, time in each level, flapping, and where each signal goes')
    .option('--hours <n>', 'the hours before now, at most 720', '24')
    .action(async (options: { readonly hours: string }) => {
      const hours = wholeNumber(options.hours, '--hours', 1, 720);
      printJson(
        await new Session(globals()).json<Schema<'PostureTrendDto'>>('GET', `${path}/trend?hours=${hours}`),
      );
    });
};
