import { reportFiles, type AlertReport } from '@interlock/alerting';
import type { Schema } from '@interlock/api-types';
import { severities } from '@interlock/contracts';
import { writeReport } from '@interlock/platform/report-files';
import { Option, type Command } from 'commander';
import { addAsk, answering, whole } from '../../asks.js';
import { findIn } from '../../find-action.js';
import { addList } from '../../lists.js';
import { linesShape, recordShape, tell, type Output, type Shape } from '../../output/output.js';
import type { Column } from '../../output/table.js';
import { timeCell } from '../../output/times.js';
import { CliError, pathOf, Session, type Globals } from '../../connection/session.js';
import { changedShape, note, type Changed } from './notices.js';

type Alert = Schema<'AlertDto'>;
const pathTo = (id: string): string => `/api/v1/alerts/${encodeURIComponent(id)}`;
const findAlert = findIn<Alert>(
  'alerts',
  '/api/v1/alerts',
  ({ id }) => id,
  ({ name, action_id, entity_id }) => [name, action_id, entity_id],
  ({ status }) => status !== 'resolved',
);
const columns: readonly Column<Alert>[] = [
  { head: 'ALERT', of: ({ id }) => id, fit: 13 },
  { head: 'SEVERITY', of: ({ severity }) => severity, toned: true },
  { head: 'STATUS', of: ({ status }) => status, toned: true },
  { head: 'NAME', of: ({ name }) => name },
  { head: 'OPENED (UTC)', of: ({ opened_at }, { now }) => timeCell(opened_at, now), fit: 15 },
  { head: 'EPISODE', of: ({ episode }) => episode, right: true, wide: true },
  { head: 'SILENCED UNTIL', of: ({ silenced_until }, { now }) => timeCell(silenced_until, now), wide: true },
  { head: 'ENTITY', of: ({ entity_id }) => entity_id, wide: true },
  { head: 'DETAIL', of: ({ detail }) => detail, fit: 16 },
];
type ShownAlert = Alert & { readonly timeline: Schema<'TimelineDto'>['items'] };

const reportShape: Shape<AlertReport> = linesShape(
  ({ alerts, alert_count: count, requires_attention: some }) => [
    ...alerts.map(
      ({ severity, condition, message, status, runbook, needs_attention }) =>
        `${severity.padEnd(8)} ${condition.padEnd(19)} ${status.padEnd(12)} ${message}${needs_attention && runbook !== null ? `  (see ${runbook})` : ''}`,
    ),
    some ? `${count} alerts, of which some need attention` : `${count} alerts, none needs attention`,
  ],
  ({ alerts }) => alerts.map(({ alert_id }) => alert_id),
);
const check = async (session: Session, options: Output & { readonly out?: string }): Promise<void> => {
  const report: AlertReport = await session.json<AlertReport>('GET', '/api/v1/alerts/check');
  if (options.out !== undefined) await writeReport(pathOf(options.out), reportFiles(report));
  await tell(report, reportShape, options);
  process.exitCode = report.exit_code;
};

const show = async (session: Session, text: string, options: Output): Promise<void> => {
  const id = await findAlert(session, text);
  const [alert, { items }] = await Promise.all([
    session.json<Alert>('GET', pathTo(id)),
    session.json<Schema<'TimelineDto'>>('GET', `${pathTo(id)}/timeline`),
  ]);
  await tell(
    { ...alert, timeline: items },
    recordShape<ShownAlert>((shown) => shown.id),
    options,
    'json',
  );
};

const silence = async (session: Session, text: string, body: object, options: Output): Promise<void> => {
  const id = await findAlert(session, text);
  await tell(await session.json<Changed>('POST', `${pathTo(id)}/silence`, body), changedShape, options);
};

/**
 * Returns when a silence ends, from a time, or from a span such as `90m` or `8h` that starts now.
 */
const untilOf = (text: string): string => {
  const span = /^(\d{1,5})([mhd])$/.exec(text);
  const unit = { m: 60_000, h: 3_600_000, d: 86_400_000 }[span?.[2] ?? ''];
  const at =
    span === null || unit === undefined ? new Date(text) : new Date(Date.now() + Number(span[1]) * unit);
  if (Number.isNaN(at.getTime()))
    throw new CliError('--until takes a time, or a span such as 90m, 8h or 2d', 2);
  return at.toISOString();
};

export const addAlerts = (program: Command, globals: () => Globals): void => {
  const session = (): Session => new Session(globals());
  const alerts = program.command('alerts').description('what needs a person, and what was said of it');
  answering(alerts, 'check', 'GET /api/v1/alerts/check')
    .description('the alerts that hold; exit code 1 where one needs attention')
    .option('--out <dir>', 'write the state, the history and the marker there, in the names of the daily run')
    .action((options: Output & { readonly out?: string }) => check(session(), options));
  addList<Alert, Schema<'AlertPageDto'>>(alerts, globals, {
    command: 'list',
    about: 'alerts, newest first',
    route: 'GET /api/v1/alerts',
    what: 'alerts',
    query: [
      {
        flags: '--status <status>',
        about: 'only those of this status',
        choices: ['firing', 'acknowledged', 'resolved'],
      },
      { flags: '--severity <severity>', about: 'only those of this severity', choices: severities },
      { flags: '--name <name>', about: 'such as red_flips' },
      {
        flags: '--silenced <yes|no>',
        about: 'only those that are, or are not, silenced',
        choices: ['yes', 'no'],
        read: (text) => text === 'yes',
      },
    ],
    limit: 200,
    topics: ['alerts'],
    columns,
    id: ({ id }) => id,
    data: ({ items }) => items,
  });
  answering(alerts, 'show <id>', 'GET /api/v1/alerts/{id}', 'GET /api/v1/alerts/{id}/timeline')
    .description('an alert and what happened to it; by id, name, action or entity')
    .action((id: string, options: Output) => show(session(), id, options));
  const change = { find: findAlert, shape: changedShape };
  addAsk<Changed>(alerts, globals, {
    ...change,
    command: 'ack <id>',
    about: 'say that somebody looks at it',
    route: 'POST /api/v1/alerts/{id}/acknowledge',
    body: [
      note,
      {
        flags: '--episode <number>',
        about: 'the episode that was seen; another one is refused',
        read: whole(),
      },
    ],
  });
  answering(alerts, 'silence <id>', 'POST /api/v1/alerts/{id}/silence')
    .description('tell no channel of it for a while, unless it is critical')
    .addOption(
      new Option('--until <time>', 'a time, or a span such as 8h; at most 30 days ahead').conflicts('end'),
    )
    .option('--end', 'end the silence')
    .option('--note <text>', 'a note, for the record')
    .action(
      (
        id: string,
        {
          until,
          end,
          note: text,
          ...options
        }: Output & { readonly until?: string; readonly end?: true; readonly note?: string },
      ) => {
        if (until === undefined && end !== true)
          throw new CliError('name the end with --until, or end it with --end', 2);
        return silence(
          session(),
          id,
          {
            until: until === undefined ? null : untilOf(until),
            ...(text === undefined ? {} : { note: text }),
          },
          options,
        );
      },
    );
  addAsk<Changed>(alerts, globals, {
    ...change,
    command: 'note <id> <text>',
    about: 'write a note on it',
    route: 'POST /api/v1/alerts/{id}/note',
    argumentsAs: [null, { as: 'note' }],
  });
  addAsk<Changed>(alerts, globals, {
    ...change,
    command: 'resolve <id>',
    about: 'close log_tampered, forged_event or open_work_missed, which nothing else does',
    route: 'POST /api/v1/alerts/{id}/resolve',
    body: [{ flags: '--note <text>', about: 'what was found, and done', required: true }],
  });
  addAsk<Schema<'OperationalDto'>>(alerts, globals, {
    command: 'operational',
    about: 'the figures of safe operation',
    route: 'GET /api/v1/alerts/operational',
    piped: 'json',
  });
};
