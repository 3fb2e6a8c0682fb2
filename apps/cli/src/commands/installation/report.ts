import { writeFileSync } from 'node:fs';
import { htmlOf, markdownOf, sendable, type Report } from '@interlock/notify';
import { pagesOf } from '../../lists.js';
import { print, remark } from '../../output/output.js';
import { statusReport, type StatusSources } from '../../report/status.js';
import { weeklyReport, type WeeklySources } from '../../report/weekly.js';
import { CliError, pathOf, Session } from '../../connection/session.js';
import { version } from '../../version.js';
import { act, group } from '../../program/declare.js';

const formats = ['markdown', 'html', 'pdf'] as const;

/** What every report says of its origin. */
const originOf = (session: Session) => ({
  installation: session.urlOf('/').origin,
  tenant: session.tenant,
  version,
});

const sourcesOf = async (session: Session): Promise<StatusSources> => {
  await session.checkTenant();
  const [status, types, earned, calibration, switches, hours] = await Promise.all([
    session.ask('GET /api/v1/autonomous/status'),
    session.ask('GET /api/v1/action-types'),
    pagesOf(session, 'GET /api/v1/autonomy/earned'),
    session.ask('GET /api/v1/autonomous/digital-twin/calibration'),
    session.ask('GET /api/v1/autonomous/kill-switch'),
    session.ask('GET /api/v1/autonomous/outcomes/by-hour', [], { query: { hours: 168 } }),
  ]);
  const [approvals, incidents, posture, operational, limits, checkpoints] = await Promise.all([
    session.ask('GET /api/v1/autonomous/approvals/figures'),
    session.ask('GET /api/v1/incidents', [], { query: { status: 'open', limit: 200 } }),
    session.ask('GET /api/v1/posture'),
    session.ask('GET /api/v1/alerts/operational'),
    session.ask('GET /api/v1/autonomy/limits'),
    session.ask('GET /api/v1/audit/checkpoints', [], { query: { limit: 1 } }),
  ]);
  return {
    ...originOf(session),
    ...{ status, types, earned, calibration, switches, hours },
    ...{ approvals, incidents, posture, operational, limits, checkpoints },
  };
};

const weekMs = 7 * 24 * 3_600_000;

const weekOf = async (session: Session): Promise<WeeklySources> => {
  await session.checkTenant();
  const week = { hours: 168 };
  const hours = await session.ask('GET /api/v1/autonomous/outcomes/by-hour', [], { query: week });
  const until = hours.server_time;
  const since = new Date(Date.parse(until) - weekMs).toISOString();
  const figuresBy = (by: 'action_type' | 'account_id') =>
    session.ask('GET /api/v1/autonomous/outcomes/figures', [], { query: { over: 'week', by } });
  const [types, accounts] = await Promise.all([figuresBy('action_type'), figuresBy('account_id')]);
  const [actions, approvals, analytics, incidents, switches, checkpoints] = await Promise.all([
    pagesOf(session, 'GET /api/v1/autonomous/actions', { since, dry_run: 'false' }),
    session.ask('GET /api/v1/autonomous/approvals/figures', [], { query: { since } }),
    session.ask('GET /api/v1/policy/analytics', [], { query: { from: since, to: until } }),
    pagesOf(session, 'GET /api/v1/incidents'),
    session.ask('GET /api/v1/autonomous/kill-switch'),
    session.ask('GET /api/v1/audit/checkpoints', [], { query: { limit: 1 } }),
  ]);
  return {
    ...originOf(session),
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

const bytesOf = async (
  report: Report,
  format: (typeof formats)[number],
  at: string,
): Promise<string | Uint8Array> => {
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
  const route = 'POST /api/v1/alerts/channels/{id}/reports';
  const sent = await session.ask(route, [channel], { body: { name, ...sendable(report) } });
  const { channel_id, report_id } = sent;
  print(report_id);
  remark(
    `the report is on its way through ${channel_id}; \`interlock channels deliveries --alert ${report_id}\` shows whether it was taken`,
  );
};

/** `interlock report`: reports for people who do not use the console. */
export const addReport = group('report', 'reports for regulators and management', [
  act({
    command: 'status',
    about: 'write the autonomy status report of a tenant, from the running system',
    routes: [
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
    ],
    options: {
      '--format <format>': { about: 'the format of the file', choices: formats, preset: 'markdown' },
      '--out <file>': 'the file; default: the standard output, except for a PDF',
    },
    run: async (call) => {
      const { format, out } = call.options;
      if (format === 'pdf' && out === undefined) throw new CliError('a PDF needs a file: --out FILE', 2);
      const sources = await sourcesOf(call.session);
      write(await bytesOf(statusReport(sources), format, sources.status.server_time), out);
    },
  }),
  act({
    command: 'weekly',
    about: "write the report of a tenant's last seven days, from the running system",
    routes: [
      'GET /api/v1/autonomous/outcomes/by-hour',
      'GET /api/v1/autonomous/outcomes/figures',
      'GET /api/v1/autonomous/actions',
      'GET /api/v1/autonomous/approvals/figures',
      'GET /api/v1/policy/analytics',
      'GET /api/v1/incidents',
      'GET /api/v1/autonomous/kill-switch',
      'GET /api/v1/audit/checkpoints',
      'POST /api/v1/alerts/channels/{id}/reports',
    ],
    options: {
      '--format <format>': {
        about: 'the format of the file',
        choices: ['markdown', 'html'],
        preset: 'markdown',
      },
      '--out <file>': 'the file; without it the standard output',
      '--channel <id>': {
        about: 'send it through this notification channel, without texts that people wrote',
        conflicts: ['format', 'out'],
      },
    },
    run: async ({ session, options: { format, out, channel } }) => {
      const sources = await weekOf(session);
      if (channel === undefined) write(await bytesOf(weeklyReport(sources), format, sources.until), out);
      else await sendThrough(session, channel, 'weekly', weeklyReport(sources, { written: false }));
    },
  }),
]);
