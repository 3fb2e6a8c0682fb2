import { reportFiles, withMarker, type AlertReport } from '@interlock/alerting';
import type { Schema } from '@interlock/api-types';
import { severities } from '@interlock/contracts';
import { writeReport } from '@interlock/platform/report-files';
import { Option, type Command } from 'commander';
import { CliError, pathOf, print, printJson, Session, visible, type Globals } from '../session.js';

type Alert = Schema<'AlertDto'>;
type ListOptions = {
  readonly status?: string;
  readonly severity?: string;
  readonly name?: string;
  readonly json: boolean;
};

const pathTo = (id: string): string => `/api/v1/alerts/${encodeURIComponent(id)}`;
const row = ({ severity, status, name, detail, id, episode, silenced_until }: Alert): string =>
  visible(
    `${severity.padEnd(8)} ${status.padEnd(12)} ${name.padEnd(19)} ${id}  episode ${episode}${silenced_until === null ? '' : `, silenced until ${silenced_until}`}  ${detail}`,
  );
const query = (values: { readonly [name: string]: string | undefined }): string => {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
};

const check = async (
  session: Session,
  options: { readonly out?: string; readonly json: boolean },
): Promise<void> => {
  const report: AlertReport = await session.json<AlertReport>('GET', '/api/v1/alerts/check');
  if (options.out !== undefined) await writeReport(pathOf(options.out), reportFiles(report), withMarker);
  if (options.json) printJson(report);
  else {
    for (const { severity, condition, message, status, runbook, needs_attention } of report.alerts)
      print(
        visible(
          `${severity.padEnd(8)} ${condition.padEnd(19)} ${status.padEnd(12)} ${message}${needs_attention && runbook !== null ? `  (see ${runbook})` : ''}`,
        ),
      );
    print(
      report.requires_attention
        ? `${report.alert_count} alerts, of which some need attention`
        : `${report.alert_count} alerts, none needs attention`,
    );
  }
  process.exitCode = report.exit_code;
};

const list = async (session: Session, { json, ...filters }: ListOptions): Promise<void> => {
  const page = await session.json<Schema<'AlertPageDto'>>(
    'GET',
    `/api/v1/alerts${query({ ...filters, limit: '200' })}`,
  );
  if (json) printJson(page.items);
  else for (const alert of page.items) print(row(alert));
};

const show = async (session: Session, id: string): Promise<void> => {
  const [alert, { items }] = await Promise.all([
    session.json<Alert>('GET', pathTo(id)),
    session.json<Schema<'TimelineDto'>>('GET', `${pathTo(id)}/timeline`),
  ]);
  printJson({ ...alert, timeline: items });
};

const say = async (session: Session, id: string, what: string, body: object): Promise<void> => {
  const { status, episode } = await session.json<Schema<'ChangedAlertDto'>>(
    'POST',
    `${pathTo(id)}/${what}`,
    body,
  );
  print(`${id}  ${status}, episode ${episode}`);
};

/** Until when a silence lasts: a time, or a span from now such as `90m` or `8h`. */
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
  alerts
    .command('check')
    .description('the alerts that hold; exit code 1 where one needs attention')
    .option('--out <dir>', 'write the state, the history and the marker there, in the names of the daily run')
    .option('--json', 'the whole report', false)
    .action((options: { readonly out?: string; readonly json: boolean }) => check(session(), options));
  alerts
    .command('list')
    .description('alerts, the newest first')
    .addOption(new Option('--status <status>').choices(['firing', 'acknowledged', 'resolved']))
    .addOption(new Option('--severity <severity>').choices([...severities]))
    .option('--name <name>', 'such as red_flips')
    .option('--json', 'as JSON', false)
    .action((options: ListOptions) => list(session(), options));
  alerts
    .command('show <id>')
    .description('an alert and what happened to it')
    .action((id: string) => show(session(), id));
  alerts
    .command('ack <id>')
    .description('say that somebody looks at it')
    .option('--note <text>')
    .option('--episode <number>', 'the episode that was seen; another one is refused', Number)
    .action((id: string, options: { readonly note?: string; readonly episode?: number }) =>
      say(session(), id, 'acknowledge', options),
    );
  alerts
    .command('silence <id>')
    .description('tell no channel of it for a while, unless it is critical')
    .addOption(
      new Option('--until <time>', 'a time, or a span such as 8h; at most 30 days ahead').conflicts('end'),
    )
    .option('--end', 'end the silence')
    .option('--note <text>')
    .action(
      (
        id: string,
        { until, end, note }: { readonly until?: string; readonly end?: true; readonly note?: string },
      ) => {
        if (until === undefined && end !== true)
          throw new CliError('name the end with --until, or end it with --end', 2);
        return say(session(), id, 'silence', {
          until: until === undefined ? null : untilOf(until),
          ...(note === undefined ? {} : { note }),
        });
      },
    );
  alerts
    .command('note <id> <text>')
    .description('write a note on it')
    .action((id: string, note: string) => say(session(), id, 'note', { note }));
  alerts
    .command('resolve <id>')
    .description('close log_tampered, which nothing else does')
    .requiredOption('--note <text>', 'what was found, and done')
    .action((id: string, { note }: { readonly note: string }) => say(session(), id, 'resolve', { note }));
  alerts
    .command('operational')
    .description('the figures of safe operation')
    .action(async () => {
      printJson(await session().json<Schema<'OperationalDto'>>('GET', '/api/v1/alerts/operational'));
    });
};
