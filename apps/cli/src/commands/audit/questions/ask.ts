import { scopes } from '@interlock/contracts';
import { isTime } from '../../../output/times.js';
import { act, all, type Call } from '../../../program/declare.js';
import { CliError } from '../../../connection/session.js';
import { sinceIn } from '../replaying/since.js';

type PeriodOptions = { readonly [name in 'since' | 'until' | 'month']?: string | undefined };
type QuestionName = Parameters<(typeof import('./questions.js'))['tellAnswer']>[1];
type Asked = Parameters<(typeof import('./questions.js'))['tellAnswer']>[2];

/** Prints the answer to a question. Only these commands load the deciders behind it. */
const tell = async (
  { globals, options: { file, json } }: Call<{ readonly file: string | undefined; readonly json: boolean }>,
  name: QuestionName,
  asked: Asked,
): Promise<void> => {
  const { tellAnswer } = await import('./questions.js');
  await tellAnswer(globals, name, asked, file, json);
};

const source = { '--file <export>': 'read an exported file instead of the running system' } as const;
const asJson = { '--json': { about: 'as JSON', preset: false } } as const;
const since = { '--since <when>': 'from this time on, or for a span: 30d, 12h, 15m' } as const;
/** The end of a period, or a whole month. */
export const untilOptions = {
  '--until <when>': 'before this time',
  '--month <YYYY-MM>': 'in this month, in UTC',
} as const;

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
  ['said', 'show what the device, the handler or the tool answered for an action'],
  ['decided', 'show which release, policy, twin and agent decided an action'],
] as const;

/** The auditor's questions that no list answers. */
export const addAuditQuestions = all(
  ...aboutOne.map(([name, about]) =>
    act({
      command: `${name} <id>`,
      about: `${about}; by its id, the beginning of it, or the id of the intent`,
      routes: [
        'GET /api/v1/audit/events',
        ...(name === 'decided' ? (['GET /api/v1/audit/export'] as const) : []),
      ],
      options: { ...source, ...asJson },
      run: (call, id: string) => tell(call, name, { id }),
    }),
  ),
  act({
    command: 'unapproved',
    about: 'list what ran without the approval of a person, and on what basis',
    routes: ['GET /api/v1/audit/events'],
    options: { ...source, ...since, ...untilOptions, ...asJson },
    run: async (call) => tell(call, 'unapproved', await periodOf(call.options)),
  }),
  act({
    command: 'rights [id]',
    about: 'show who could have decided: the rights of people during a request, or at a time',
    routes: ['GET /api/v1/audit/events'],
    options: {
      ...source,
      '--scope <scope>': { about: 'who had this scope, with --at', choices: scopes },
      '--at <when>': 'at this time',
      ...asJson,
    },
    run: (call, id) => {
      const { scope, at } = call.options;
      if (
        (id === undefined) !== (scope !== undefined && at !== undefined) ||
        (id !== undefined && scope !== undefined)
      )
        throw new CliError('name an action, plan, bundle or change request, or --scope with --at', 2);
      if (at !== undefined && !isTime(at)) throw new CliError(`\`${at}\` is not a time`, 2);
      return tell(call, 'rights', id === undefined ? { scope: scope ?? '', at: at ?? '' } : { id });
    },
  }),
);
