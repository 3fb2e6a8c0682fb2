import { scopes } from '@interlock/contracts';
import { Option, type Command } from 'commander';
import { isTime } from '../../../output/times.js';
import { calls } from '../../../program/routes.js';
import { CliError, type Globals } from '../../../connection/session.js';
import { sinceIn } from '../replaying/since.js';
import type { AskOptions } from './questions.js';

type PeriodOptions = { readonly [name in 'since' | 'until' | 'month']?: string | undefined };
type QuestionName = Parameters<(typeof import('./questions.js'))['tellAnswer']>[1];
type Asked = Parameters<(typeof import('./questions.js'))['tellAnswer']>[2];

/** Prints the answer to a question. Only these commands load the deciders behind it. */
const tell = async (
  globals: () => Globals,
  name: QuestionName,
  asked: Asked,
  options: AskOptions,
): Promise<void> => {
  const { tellAnswer } = await import('./questions.js');
  await tellAnswer(globals, name, asked, options);
};

const withSource = (command: Command): Command =>
  calls(command, 'GET /api/v1/audit/events')
    .option('--file <export>', 'read an exported file instead of the running system')
    .exitOverride((error) => {
      throw new CliError('', error.exitCode === 0 ? 0 : 2);
    });

/** The options of a period. */
export const monthOption = (): Option => new Option('--month <YYYY-MM>', 'in this month, in UTC');
export const untilOption = (): Option => new Option('--until <when>', 'before this time');

/** Returns the period that the options name. Throws `CliError` with exit code 2. */
export const periodOf = async ({ since, until, month }: PeriodOptions): Promise<Asked> => {
  if (month !== undefined) {
    if (since !== undefined || until !== undefined)
      throw new CliError('name a month, or --since and --until', 2);
    const { monthPeriod } = await import('@interlock/replay');
    const period = monthPeriod(month);
    if (period === undefined) throw new CliError(`\`${month}\` is not a month such as 2026-11`, 2);
    return period;
  }
  return {
    ...(since === undefined ? {} : { since: sinceIn(since) }),
    ...(until === undefined ? {} : { until: sinceIn(until) }),
  };
};

/** The questions about one action, plan, bundle or change request. */
const aboutOne = [
  ['approvals', 'who approved an action, plan, bundle or change request, and what they had been shown'],
  ['said', 'what the device, the handler or the tool said about an action'],
  ['decided', 'which release, policy, twin and agent decided an action'],
] as const;

/** The auditor's questions that no list answers. */
export const addAuditQuestions = (audit: Command, globals: () => Globals): void => {
  for (const [name, about] of aboutOne)
    (name === 'decided'
      ? calls(withSource(audit.command(`${name} <id>`)), 'GET /api/v1/audit/export')
      : withSource(audit.command(`${name} <id>`))
    )
      .description(`${about}; by its id, a beginning of it, or the id of the intent`)
      .option('--json', 'as JSON', false)
      .action((id: string, options: AskOptions) => tell(globals, name, { id }, options));
  withSource(audit.command('unapproved'))
    .description('what ran without the approval of a person, and on what basis')
    .option('--since <when>', 'from this time on, or for a span: 30d, 12h, 15m')
    .addOption(untilOption())
    .addOption(monthOption())
    .option('--json', 'as JSON', false)
    .action(async (options: AskOptions & PeriodOptions) => {
      await tell(globals, 'unapproved', await periodOf(options), options);
    });
  withSource(audit.command('rights [id]'))
    .description('who could have decided: the rights of people while they were asked, or at a time')
    .addOption(new Option('--scope <scope>', 'who had this scope, with --at').choices(scopes))
    .option('--at <when>', 'at this time')
    .option('--json', 'as JSON', false)
    .action(
      async (
        id: string | undefined,
        { scope, at, ...options }: AskOptions & { readonly scope?: string; readonly at?: string },
      ) => {
        if (
          (id === undefined) !== (scope !== undefined && at !== undefined) ||
          (id !== undefined && scope !== undefined)
        )
          throw new CliError('name an action, plan, bundle or change request, or --scope with --at', 2);
        if (at !== undefined && !isTime(at)) throw new CliError(`\`${at}\` is not a time`, 2);
        await tell(
          globals,
          'rights',
          id === undefined ? { scope: scope ?? '', at: at ?? '' } : { id },
          options,
        );
      },
    );
};
