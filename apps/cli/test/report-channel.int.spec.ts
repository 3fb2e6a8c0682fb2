import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { checkReport, type Report } from '@interlock/notify';
import { cli, home } from './cli-home.js';
import { answers, asked, handlers, refusals, startAnswering, stopAnswering } from './cli-server.js';

const since = '2027-01-24T12:00:00.000Z';
const until = '2027-01-31T12:00:00.000Z';
const incident = (i: number): object => ({
  ...{ opened_at: until, severity: 'high', status: 'open' },
  title: `incident ${i}`,
});
const stop = {
  ...{ engaged_at: until, scope: 'tenant', drill: false, time_to_stop_ms: 900 },
  reason: 'a private word',
};
const figures = { groups: [], more: false, gates: [] };

beforeAll(async () => {
  await startAnswering();
  const api: { readonly [path: string]: object } = {
    '/autonomous/outcomes/by-hour?hours=168': { items: [], server_time: until },
    '/autonomous/outcomes/figures?over=week&by=action_type': figures,
    '/autonomous/outcomes/figures?over=week&by=account_id': figures,
    [`/autonomous/approvals/figures?since=${encodeURIComponent(since)}`]: {
      ...{ approved: 3, confirmed: 0, rejected: 0, rubber_stamps: 0, waiting: 0 },
      ...{ turnaround_median_ms: null, turnaround_p95_ms: null },
    },
    [`/policy/analytics?${new URLSearchParams({ from: since, to: until })}`]: {
      coverage: { governed: 0, evaluations: 0 },
      rollbacks: { activated: 0, rolled_back: 0 },
      canaries: { passed: 0 },
      rules: [],
    },
    '/incidents?limit=200': { items: Array.from({ length: 500 }, (_, i) => incident(i)), next: null },
    '/autonomous/kill-switch': { items: [stop] },
  };
  for (const [path, answer] of Object.entries(api)) answers.set(`GET /api/v1${path}`, answer);
});
afterAll(stopAnswering);
beforeEach(() => {
  asked.length = 0;
});

const through = '/api/v1/alerts/channels/ops/reports';
const reportId = '0199a000-0000-7000-8000-000000000008';
const posted = (): readonly { readonly url: string; readonly body: string }[] =>
  asked.filter(({ method }) => method === 'POST');

describe('`interlock report weekly --channel`', () => {
  it('sends the report, prints its id and says how to see the result', async () => {
    handlers.set(`POST ${through}`, () => [202, { channel_id: 'ops', report_id: reportId, position: '1/1' }]);
    const { code, stdout, stderr } = await cli('report', 'weekly', '--channel', 'ops');
    handlers.delete(`POST ${through}`);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${reportId}\n` });
    expect(stderr).toContain(`interlock channels deliveries --alert ${reportId}`);
    const [{ url, body } = { url: '', body: '{}' }] = posted();
    expect(url).toBe(through);
    const { name, ...report } = JSON.parse(body) as Report & { readonly name: string };
    expect(name).toBe('weekly');
    expect(report.title).toBe('The week of demo');
    expect(checkReport(report)).toEqual([]);
    const incidents = report.sections.find(({ heading }) => heading === 'Incidents');
    expect(incidents?.table?.rows).toHaveLength(200);
    expect(incidents?.text).toMatch(/it shows 200 of 500 rows\.$/);
    expect(body).toContain('900 ms');
    expect(body).not.toContain('a private word');
  });

  it('ends with the refusal of a channel that takes no report', async () => {
    refusals.set(`POST ${through}`, {
      code: 'validation-failed',
      detail: 'the channel has 1 fault',
      violations: [{ pointer: '/path/id', detail: 'PagerDuty takes alerts only' }],
    });
    const { code, stdout, stderr } = await cli('report', 'weekly', '--channel', 'ops');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('PagerDuty takes alerts only');
  });

  it.each([
    ['--out', join(home, 'week.md')],
    ['--format', 'html'],
  ])('is refused beside %s, before anything is asked or sent', async (option, value) => {
    const { code, stderr } = await cli('report', 'weekly', '--channel', 'ops', option, value);
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`'--channel <id>' cannot be used with option '${option} <`));
    expect(asked).toEqual([]);
    expect(existsSync(join(home, 'week.md'))).toBe(false);
  });
});

describe('`interlock report weekly` without a channel', () => {
  it('sends nothing, and shows the reasons that people wrote', async () => {
    const { code, stdout } = await cli('report', 'weekly');
    expect(code).toBe(0);
    expect(stdout).toContain('# The week of demo');
    expect(stdout).toContain('a private word');
    expect(posted()).toEqual([]);
  });
});
