import { writeFileSync } from 'node:fs';
import type { Schema } from '@interlock/api-types';
import { htmlOf, markdownOf, sendable, type Report } from '@interlock/notify';
import { Option, type Command } from 'commander';
import { pagesOf } from '../../lists.js';
import { print, remark } from '../../output/output.js';
import { statusReport, type StatusSources } from '../../report/status.js';
import { weeklyReport, type WeeklySources } from '../../report/weekly.js';
import { calls } from '../../program/routes.js';
import { CliError, pathOf, Session, type Globals } from '../../connection/session.js';
import { version } from '../../version.js';

const formats = ['markdown', 'html', 'pdf'] as const;
type Format = (typeof formats)[number];

const sourcesOf = async (session: Session): Promise<StatusSources> => {
  await session.checkTenant();
  const get = <T>(path: string): Promise<T> => session.json<T>('GET', path);
  const [status, types, earned, calibration, switches, hours] = await Promise.all([
    get<Schema<'RailsStatusDto'>>('/api/v1/autonomous/status'),
    get<Schema<'ActionTypesDto'>>('/api/v1/action-types'),
    pagesOf<Schema<'EarnedCellDto'>, Schema<'EarnedPageDto'>>(
      session,
      '/api/v1/autonomy/earned',
      {},
      Infinity,
    ),
    get<Schema<'CalibrationDto'>>('/api/v1/autonomous/digital-twin/calibration'),
    get<Schema<'KillSwitchUsesDto'>>('/api/v1/autonomous/kill-switch'),
    get<Schema<'OutcomeHoursDto'>>('/api/v1/autonomous/outcomes/by-hour?hours=168'),
  ]);
  const [approvals, incidents, posture, operational, limits, checkpoints] = await Promise.all([
    get<Schema<'ApprovalFiguresDto'>>('/api/v1/autonomous/approvals/figures'),
    get<Schema<'IncidentPageDto'>>('/api/v1/incidents?status=open&limit=200'),
    get<Schema<'PostureAssessmentDto'>>('/api/v1/posture'),
    get<Schema<'OperationalDto'>>('/api/v1/alerts/operational'),
    get<Schema<'LimitsDto'>>('/api/v1/autonomy/limits'),
    get<Schema<'CheckpointPage'>>('/api/v1/audit/checkpoints?limit=1'),
  ]);
  return {
    installation: session.urlOf('/').origin,
    tenant: session.tenant,
    version,
    ...{ status, types, earned, calibration, switches, hours },
    ...{ approvals, incidents, posture, operational, limits, checkpoints },
  };
};

type WeeklyOptions = {
  readonly format: 'markdown' | 'html';
  readonly out?: string;
  readonly channel?: string;
};
const weekMs = 7 * 24 * 3_600_000;

const weekOf = async (session: Session): Promise<WeeklySources> => {
  await session.checkTenant();
  const get = <T>(path: string): Promise<T> => session.json<T>('GET', path);
  const hours = await get<Schema<'OutcomeHoursDto'>>('/api/v1/autonomous/outcomes/by-hour?hours=168');
  const until = hours.server_time;
  const since = new Date(Date.parse(until) - weekMs).toISOString();
  const figures = '/api/v1/autonomous/outcomes/figures?over=week';
  const [types, accounts] = await Promise.all([
    get<Schema<'FiguresDto'>>(`${figures}&by=action_type`),
    get<Schema<'FiguresDto'>>(`${figures}&by=account_id`),
  ]);
  const [actions, approvals, analytics, incidents, switches, checkpoints] = await Promise.all([
    pagesOf<Schema<'ActionRowDto'>, Schema<'ActionPageDto'>>(
      session,
      '/api/v1/autonomous/actions',
      { since, dry_run: 'false' },
      Infinity,
    ),
    get<Schema<'ApprovalFiguresDto'>>(`/api/v1/autonomous/approvals/figures?since=${since}`),
    get<Schema<'AnalyticsDto'>>(`/api/v1/policy/analytics?from=${since}&to=${until}`),
    pagesOf<Schema<'IncidentDto'>, Schema<'IncidentPageDto'>>(session, '/api/v1/incidents', {}, Infinity),
    get<Schema<'KillSwitchUsesDto'>>('/api/v1/autonomous/kill-switch'),
    get<Schema<'CheckpointPage'>>('/api/v1/audit/checkpoints?limit=1'),
  ]);
  return {
    installation: session.urlOf('/').origin,
    tenant: session.tenant,
    version,
    ...{ since, until, hours, types, accounts, approvals, analytics, switches, checkpoints },
    actions: actions.items,
    incidents: incidents.items,
  };
};

/** Writes a report into a file, or without one to the standard output. */
const write = (made: string | Uint8Array, out: string | undefined): void => {
  if (out === undefined) print(String(made).trimEnd());
  else {
    writeFileSync(pathOf(out), made);
    remark(`wrote ${out}`);
  }
};

const bytesOf = async (report: Report, format: Format, at: string): Promise<string | Uint8Array> => {
  switch (format) {
    case 'markdown':
      return markdownOf(report);
    case 'html':
      return htmlOf(report);
    case 'pdf': {
      const { pdfOf } = await import('../../report/pdf.js');
      return pdfOf(report, new Date(at));
    }
  }
};

/** Sends a report through a notification channel, and prints the id of its delivery. */
const sendThrough = async (
  session: Session,
  channel: string,
  name: string,
  report: Report,
): Promise<void> => {
  const { channel_id, report_id } = await session.json<Schema<'SentReportDto'>>(
    'POST',
    `/api/v1/alerts/channels/${encodeURIComponent(channel)}/reports`,
    { name, ...sendable(report) },
  );
  print(report_id);
  remark(
    `the report is on its way through ${channel_id}; \`interlock channels deliveries --alert ${report_id}\` shows whether it was taken`,
  );
};

/** `interlock report`: reports for people who do not use the console. */
export const addReport = (program: Command, globals: () => Globals): void => {
  const report = program.command('report').description('reports for regulators and management');
  calls(
    report.command('status'),
    'GET /api/v1/autonomous/status',
    'GET /api/v1/action-types',
    'GET /api/v1/autonomy/earned',
    'GET /api/v1/autonomous/digital-twin/calibration',
    'GET /api/v1/autonomous/kill-switch',
    'GET /api/v1/autonomous/outcomes/by-hour',
    'GET /api/v1/autonomous/approvals/figures',
    'GET /api/v1/incidents',
    'GET /api/v1/posture',
    'GET /api/v1/alerts/operational',
    'GET /api/v1/autonomy/limits',
    'GET /api/v1/audit/checkpoints',
  )
    .description('the autonomy status report of a tenant, from the running system')
    .addOption(new Option('--format <format>', 'the format of the file').choices(formats).default('markdown'))
    .option('--out <file>', 'the file; without it the standard output, which a PDF cannot use')
    .action(async ({ format, out }: { readonly format: Format; readonly out?: string }) => {
      if (format === 'pdf' && out === undefined) throw new CliError('a PDF needs a file: --out FILE', 2);
      const sources = await sourcesOf(new Session(globals()));
      write(await bytesOf(statusReport(sources), format, sources.status.server_time), out);
    });
  calls(
    report.command('weekly'),
    'GET /api/v1/autonomous/outcomes/by-hour',
    'GET /api/v1/autonomous/outcomes/figures',
    'GET /api/v1/autonomous/actions',
    'GET /api/v1/autonomous/approvals/figures',
    'GET /api/v1/policy/analytics',
    'GET /api/v1/incidents',
    'GET /api/v1/autonomous/kill-switch',
    'GET /api/v1/audit/checkpoints',
    'POST /api/v1/alerts/channels/{id}/reports',
  )
    .description("the report of a tenant's last seven days, from the running system")
    .addOption(
      new Option('--format <format>', 'the format of the file')
        .choices(['markdown', 'html'])
        .default('markdown'),
    )
    .option('--out <file>', 'the file; without it the standard output')
    .addOption(
      new Option(
        '--channel <id>',
        'send it through this notification channel, without texts that people wrote',
      ).conflicts(['format', 'out']),
    )
    .action(async ({ format, out, channel }: WeeklyOptions) => {
      const session = new Session(globals());
      const sources = await weekOf(session);
      if (channel === undefined) write(await bytesOf(weeklyReport(sources), format, sources.until), out);
      else await sendThrough(session, channel, 'weekly', weeklyReport(sources, { written: false }));
    });
};
