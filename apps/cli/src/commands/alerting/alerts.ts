import { reportFiles, type AlertReport } from '@interlock/alerting';
import { severities } from '@interlock/contracts';
import { writeReport } from '@interlock/platform/report-files';
import { findIn } from '../../find-action.js';
import { linesShape, type Shape } from '../../output/output.js';
import { CliError, pathOf } from '../../connection/session.js';
import { changedShape, note } from './notices.js';
import { ask, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole, yesOrNo } from '../../readers.js';

const findAlert = findIn(
  'alerts',
  'GET /api/v1/alerts',
  ({ id }) => id,
  ({ name, action_id, entity_id }) => [name, action_id, entity_id],
  ({ status }) => status !== 'resolved',
);

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

export const addAlerts = group('alerts', 'alerts: what needs a person, and who was notified', [
  answer({
    command: 'check',
    about: 'show the alerts that hold now; exit code 1 if one needs attention',
    routes: ['GET /api/v1/alerts/check'],
    options: {
      '--out <dir>': 'write the state, the history and the marker there, under the names of the daily run',
    },
    run: async ({ session, options: { out } }) => {
      const report: AlertReport = await session.ask('GET /api/v1/alerts/check');
      if (out !== undefined) await writeReport(pathOf(out), reportFiles(report));
      process.exitCode = report.exit_code;
      return report;
    },
    shape: reportShape,
  }),
  list({
    command: 'list',
    about: 'list alerts, newest first',
    route: 'GET /api/v1/alerts',
    what: 'alerts',
    query: {
      '--status <status>': {
        about: 'only those of this status',
        choices: ['firing', 'acknowledged', 'resolved'],
      },
      '--severity <severity>': { about: 'only those of this severity', choices: severities },
      '--name <name>': 'such as red_flips',
      '--silenced <yes|no>': {
        about: 'only those that are, or are not, silenced',
        choices: ['yes', 'no'],
        read: yesOrNo,
      },
    },
    limit: 200,
    topics: ['alerts'],
    columns: [
      { head: 'ALERT', of: ({ id }) => id, fit: 13 },
      { head: 'SEVERITY', of: ({ severity }) => severity, toned: true },
      { head: 'STATUS', of: ({ status }) => status, toned: true },
      { head: 'NAME', of: ({ name }) => name },
      { head: 'OPENED (UTC)', time: ({ opened_at }) => opened_at, fit: 15 },
      { head: 'EPISODE', of: ({ episode }) => episode, right: true, wide: true },
      { head: 'SILENCED UNTIL', time: ({ silenced_until }) => silenced_until, wide: true },
      { head: 'ENTITY', of: ({ entity_id }) => entity_id, wide: true },
      { head: 'DETAIL', of: ({ detail }) => detail, fit: 16 },
    ],
    id: ({ id }) => id,
    data: ({ items }) => items,
  }),
  answer({
    command: 'show <id>',
    about: 'show an alert and its history; by id, name, action or entity',
    routes: ['GET /api/v1/alerts/{id}', 'GET /api/v1/alerts/{id}/timeline'],
    run: async ({ session }, text) => {
      const id = await findAlert(session, text);
      const [alert, { items }] = await Promise.all([
        session.ask('GET /api/v1/alerts/{id}', [id]),
        session.ask('GET /api/v1/alerts/{id}/timeline', [id]),
      ]);
      return { ...alert, timeline: items };
    },
    piped: 'json',
  }),
  ask({
    command: 'ack <id>',
    about: 'acknowledge it: somebody looks at it',
    route: 'POST /api/v1/alerts/{id}/acknowledge',
    body: {
      ...note,
      '--episode <number>': { about: 'the episode that you saw; any other is refused', read: whole() },
    },
    find: findAlert,
    shape: changedShape,
  }),
  answer({
    command: 'silence <id>',
    about: 'notify no channel of it for a while, unless it is critical',
    routes: ['POST /api/v1/alerts/{id}/silence'],
    options: {
      '--until <time>': {
        about: 'a time, or a span such as 8h; at most 30 days ahead',
        read: untilOf,
        conflicts: ['end'],
      },
      '--end': 'end the silence',
      ...note,
    },
    run: async (call, text) => {
      const { until, end, note: said } = call.options;
      if (until === undefined && end !== true)
        throw new CliError('name the end with --until, or end it with --end', 2);
      const body = { until: until ?? null, note: said };
      const { session } = call;
      return session.ask('POST /api/v1/alerts/{id}/silence', [await findAlert(session, text)], { body });
    },
    shape: changedShape,
  }),
  ask({
    command: 'note <id> <text>',
    about: 'write a note on it',
    route: 'POST /api/v1/alerts/{id}/note',
    argumentsAs: [null, { as: 'note' }],
    find: findAlert,
    shape: changedShape,
  }),
  ask({
    command: 'resolve <id>',
    about: 'close log_tampered, forged_event or open_work_missed, which only a person closes',
    route: 'POST /api/v1/alerts/{id}/resolve',
    body: { '--note <text>': { about: 'what you found and did', required: true } },
    find: findAlert,
    shape: changedShape,
  }),
  ask({
    command: 'operational',
    about: 'show the figures of safe operation',
    route: 'GET /api/v1/alerts/operational',
    piped: 'json',
  }),
]);
