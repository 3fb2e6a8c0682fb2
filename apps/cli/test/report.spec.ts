import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { checkReport, htmlOf, markdownOf, sendable, type Report } from '@interlock/notify';
import { PDFDocument, PDFName, PDFRawStream } from 'pdf-lib';
import { pdfOf } from '../src/report/pdf.js';
import { statusReport, type StatusSources } from '../src/report/status.js';
import { weeklyReport, type WeeklySources } from '../src/report/weekly.js';

const at = new Date('2027-01-31T12:00:00.000Z');

/** The texts that a PDF draws, in their order. */
const textsIn = async (bytes: Uint8Array): Promise<readonly string[]> => {
  const document = await PDFDocument.load(bytes);
  return document.getPages().flatMap((page) => {
    const contents = page.node.normalizedEntries().Contents;
    return (contents?.asArray() ?? []).flatMap((ref) => {
      const stream = document.context.lookup(ref);
      if (!(stream instanceof PDFRawStream)) return [];
      const raw = Buffer.from(stream.contents);
      const filtered = stream.dict.lookup(PDFName.of('Filter')) !== undefined;
      const text = (filtered ? inflateSync(raw) : raw).toString('latin1');
      return [...text.matchAll(/<([0-9A-Fa-f]+)> Tj/g)].map(([, hex = '']) =>
        Buffer.from(hex, 'hex').toString('latin1'),
      );
    });
  });
};

const report: Report = {
  title: 'Autonomy status of demo',
  text: 'Made at noon.',
  sections: [
    {
      heading: 'Types',
      text: 'What runs.',
      table: { head: ['type', 'good'], rows: [['cell_failover', '12']] },
      none: 'Nothing runs.',
    },
    { heading: 'Alerts', text: 'What fired.', table: { head: ['alert'], rows: [] }, none: 'Nothing fired.' },
  ],
};

const formats = [
  ['Markdown', (of: Report) => markdownOf(of).replaceAll('\\', '')],
  ['HTML', htmlOf],
  ['PDF', async (of: Report) => (await textsIn(await pdfOf(of, at))).join(' ')],
] as const;

describe.each(formats)('a report as %s', (_, render) => {
  it('has every text and cell, and the note where a table is empty', async () => {
    const text = await render(report);
    for (const part of [
      ...['Autonomy status of demo', 'Made at noon.', 'Types', 'What runs.', 'type', 'good'],
      ...['cell_failover', '12', 'Alerts', 'What fired.', 'Nothing fired.'],
    ])
      expect(text).toContain(part);
    expect(text).not.toContain('Nothing runs.');
  });

  it('shows control characters of foreign names as escapes', async () => {
    const text = await render({ ...report, title: 'a\u001b[2Jb\u202Ec' });
    expect(text).toContain('u{1b}');
    expect(text).toContain('u{202e}');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202E');
  });
});

describe('a foreign name', () => {
  it('is not markup, neither in Markdown nor in HTML', () => {
    const hostile = { ...report, title: '<script>alert(1)</script> | [x](http://y) `z`' };
    expect(htmlOf(hostile)).not.toContain('<script>');
    expect(markdownOf(hostile)).toContain('\\<script\\>alert(1)\\</script\\> \\| \\[x\\](http://y) \\`z\\`');
  });
});

describe('a report as HTML', () => {
  it('loads nothing else', () => {
    expect(htmlOf(report)).toContain("default-src 'none'");
    expect(htmlOf(report)).not.toMatch(/\b(?:src|href)=/);
  });
});

describe('a report as PDF', () => {
  it('goes on with further pages, repeats the head of a table, and breaks long words', async () => {
    const rows = Array.from({ length: 120 }, (_, i) => [`row-${i}`, 'x'.repeat(i === 60 ? 400 : 3)]);
    const bytes = await pdfOf(
      { ...report, sections: [{ heading: 'Long', text: 'All.', table: { head: ['name', 'value'], rows } }] },
      at,
    );
    const pages = (await PDFDocument.load(bytes)).getPageCount();
    const texts = await textsIn(bytes);
    expect(pages).toBeGreaterThan(2);
    expect(texts.filter((text) => text === 'name')).toHaveLength(pages);
    expect(texts.filter((text) => /^row-\d+$/.test(text))).toHaveLength(120);
    expect(texts.join('').match(/x/g)).toHaveLength(119 * 3 + 400);
    expect(texts).toContain(`${pages} / ${pages}`);
  });

  it('prints characters that its fonts lack as `?`', async () => {
    const texts = await textsIn(await pdfOf({ ...report, title: 'Zürich 東京' }, at));
    expect(texts[0]).toBe('Zürich ??');
  });

  it('is the same for the same report and time', async () => {
    expect(Buffer.from(await pdfOf(report, at)).equals(Buffer.from(await pdfOf(report, at)))).toBe(true);
  });
});

describe('the autonomy status report', () => {
  const cell = (type: string, mode: string, good: number, bad = 0): object => ({
    account_id: 'ran',
    action_type: type,
    mode,
    figures: { good, bad, lower_bound: 0.9, target: 0.95 },
  });
  const type = (name: string): object => ({ action_type: name, reversible: true, read_only: false });
  /** The parts of the answers that the report reads, in the API's form. */
  const sources = (more: object = {}): StatusSources =>
    ({
      installation: 'http://127.0.0.1:8080',
      tenant: 'demo',
      version: '0.1.0',
      status: {
        server_time: at.toISOString(),
        executor: { busy: 1, workers: 2 },
        actions: { COMPLETED: 3 },
        kill_switch: { engaged: false },
      },
      types: { items: [type('a'), type('b'), type('c'), type('d')] },
      earned: {
        items: [
          cell('a', 'AUTO_EXECUTE', 60),
          cell('a', 'APPROVAL_REQUIRED', 1, 1),
          cell('b', 'APPROVAL_REQUIRED', 2),
          cell('c', 'PROPOSE_ONLY', 0),
        ],
      },
      calibration: { nominal_coverage: 0.9, least_coverage: 0.85, items: [] },
      switches: { items: [] },
      hours: { items: [{ counts: { COMPLETED: 2, DENIED: 1 } }, { counts: { COMPLETED: 1 } }] },
      approvals: { turnaround_median_ms: 61_000, turnaround_p95_ms: null, rubber_stamps: 0 },
      incidents: { items: [], next: null },
      posture: { effective: 'GREEN' },
      operational: {
        safe: true,
        policy_flips_24h: { value: 0, below: 3 },
        brake_engagements_week: { value: 0, below: 2 },
        blocked_share_pct: { value: 0, below: 5 },
        manual_unlocks_of_limit_pct: { value: 0, below: 50 },
      },
      limits: {
        approval_escalation_s: 900,
        approval_expiry_s: 3600,
        soak_s: 10,
        blast_radius_limit: 10,
        blast_radius_1h: 50,
      },
      checkpoints: { items: [] },
      ...more,
    }) as unknown as StatusSources;
  const section = (of: StatusSources, heading: string): readonly (readonly string[])[] =>
    statusReport(of).sections.find((one) => one.heading === heading)!.table!.rows;

  it('states the stage of each action type by how it runs', () => {
    expect(
      section(sources(), 'Capability maturity per action type').map((row) => [
        row[0],
        row[1],
        row[3],
        row[4],
      ]),
    ).toEqual([
      ['a', 'Production', '61', '1'],
      ['b', 'Pilot', '2', '0'],
      ['c', 'PoC', '0', '0'],
      ['d', 'PoC', '0', '0'],
    ]);
  });

  it('sums the outcomes of the hours', () => {
    expect(section(sources(), 'Outcomes of the last seven days')).toEqual([
      ['COMPLETED', '3', '75.0 %'],
      ['DENIED', '1', '25.0 %'],
    ]);
  });

  it('measures the time to stop by the slowest use, and says where there was none', () => {
    const measured = (of: StatusSources): string | undefined =>
      section(of, 'Risk mitigation and SLA targets')[0]?.[1];
    expect(measured(sources())).toBe('never used');
    const uses = [
      { drill: true, time_to_stop_ms: 900 },
      { drill: false, time_to_stop_ms: 2100 },
    ];
    expect(measured(sources({ switches: { items: uses } }))).toBe('2 s');
  });

  it('names the signed state of the log that its figures belong to', () => {
    const items = [{ size: 255, root_hash: 'abc=', published_at: at.toISOString(), witnesses: ['w1'] }];
    expect(section(sources({ checkpoints: { items } }), 'Where the figures come from')).toEqual([
      ['255', 'abc=', at.toISOString(), 'w1'],
    ]);
  });
});

describe('the weekly report', () => {
  const row = (
    type: string,
    state: string,
    effect: string | null,
    answered: boolean,
    reasons: readonly object[] = [],
  ): object => ({
    action_type: type,
    account_id: 'ran',
    state,
    effect,
    answered,
    reasons,
    ended_at: effect === null ? null : '2027-01-30T12:00:00.000Z',
  });
  const group = (name: string, counts: object): object => ({
    ...{ name, accepted: 0, ended: 0, started: 0, automatic: 0, completed: 0, rolled_back: 0, refused: 0 },
    ...counts,
  });
  const nothing = { groups: [], more: false, gates: [] };
  /** The parts of the answers that the report reads, in the API's form. */
  const sources = (more: object = {}): WeeklySources =>
    ({
      installation: 'http://127.0.0.1:8080',
      tenant: 'demo',
      version: '0.1.0',
      since: '2027-01-24T12:00:00.000Z',
      until: at.toISOString(),
      hours: {
        items: [
          { hour: '2027-01-29T10:00:00.000Z', counts: { COMPLETED: 2 } },
          { hour: '2027-01-29T11:00:00.000Z', counts: { COMPLETED: 1, DENIED: 4 } },
          { hour: '2027-01-30T10:00:00.000Z', counts: { DENIED: 1 } },
        ],
      },
      types: {
        groups: [
          group('b', {
            accepted: 6,
            ended: 6,
            started: 5,
            automatic: 4,
            completed: 4,
            rolled_back: 1,
            refused: 1,
          }),
          group('a', { accepted: 2, ended: 1, refused: 1 }),
        ],
        more: false,
        gates: [{ gate: 'policy', verdicts: { error: 0, pass: 5, fail: 2, inconclusive: 1 } }],
      },
      accounts: {
        groups: [
          group('ran', {
            accepted: 8,
            ended: 7,
            started: 5,
            automatic: 4,
            completed: 4,
            rolled_back: 1,
            refused: 2,
          }),
        ],
        more: false,
        gates: [],
      },
      actions: [
        row('b', 'COMPLETED', 'applied', false),
        row('b', 'COMPLETED', 'applied', false),
        row('b', 'COMPLETED', 'applied', false),
        row('b', 'COMPLETED', 'applied', true),
        row('b', 'ROLLED_BACK', 'taken_back', false, [{ code: 'drops', detail: 'it drops' }]),
        row('b', 'DENIED', 'refused', false, [{ code: 'nothing-matched', detail: 'no rule' }]),
        row('a', 'DENIED', 'refused', false, [{ code: 'nothing-matched', detail: 'no rule' }]),
        row('a', 'AWAITING_APPROVAL', null, false),
      ],
      approvals: {
        ...{ approved: 3, confirmed: 1, rejected: 2, rubber_stamps: 0, waiting: 1 },
        ...{ turnaround_median_ms: 61_000, turnaround_p95_ms: null },
      },
      analytics: {
        coverage: { governed: 7, evaluations: 8 },
        rollbacks: { activated: 2, rolled_back: 1 },
        canaries: { passed: 1 },
        rules: [
          { bundle_version: '1.0.0', rule_id: 'rare', hits: 1 },
          { bundle_version: '1.0.0', rule_id: 'often', hits: 9 },
        ],
      },
      incidents: [
        { opened_at: '2027-01-30T12:00:00.000Z', severity: 'high', status: 'open', title: 'new' },
        { opened_at: '2027-01-02T12:00:00.000Z', severity: 'high', status: 'open', title: 'old' },
      ],
      switches: {
        items: [
          {
            ...{ engaged_at: '2027-01-25T12:00:00.000Z', scope: 'tenant', drill: true },
            ...{ time_to_stop_ms: 2100, reason: 'drill' },
          },
          { engaged_at: '2027-01-01T12:00:00.000Z', scope: 'tenant', drill: true, reason: 'old' },
        ],
      },
      checkpoints: { items: [] },
      ...more,
    }) as unknown as WeeklySources;
  const section = (of: WeeklySources, heading: string): readonly (readonly string[])[] =>
    weeklyReport(of).sections.find((one) => one.heading === heading)!.table!.rows;

  it('sums the hours to days', () => {
    expect(section(sources(), 'Outcomes by day')).toEqual([
      ['2027-01-29', '3', '4', '7'],
      ['2027-01-30', '0', '1', '1'],
    ]);
  });

  it('has the figures of each type and account, with the share that no person answered', () => {
    expect(section(sources(), 'Actions by type')).toEqual([
      ['b', '6', '5', '80.0 %', '4', '1', '1', '0'],
      ['a', '2', '0', 'none', '0', '0', '1', '1'],
    ]);
    expect(section(sources(), 'Actions by account')).toEqual([
      ['ran', '8', '5', '80.0 %', '4', '1', '2', '1'],
    ]);
  });

  it('has the verdicts of each gate', () =>
    expect(section(sources(), 'Verdicts by gate')).toEqual([['policy', '5', '1', '2', '0']]));

  it('ranks reasons and rules', () => {
    expect(section(sources(), 'Why actions did not complete')).toEqual([
      ['nothing-matched', '2'],
      ['drops', '1'],
    ]);
    expect(section(sources(), 'Policies').map((cells) => cells[1])).toEqual(['often', 'rare']);
  });

  it('leaves out incidents and stops of earlier weeks', () => {
    expect(section(sources(), 'Incidents').map((cells) => cells[3])).toEqual(['new']);
    expect(section(sources(), 'Kill switch').map((cells) => [cells[3], cells[4]])).toEqual([
      ['2 s', 'drill'],
    ]);
  });

  it('for a channel has no text that people wrote, and keeps the limits', () => {
    const sent = weeklyReport(sources(), { written: false });
    const stops = sent.sections.find(({ heading }) => heading === 'Kill switch');
    expect(stops?.table).toEqual({
      head: ['engaged at', 'scope', 'drill', 'time to stop'],
      rows: [['2027-01-25T12:00:00.000Z', 'tenant', 'yes', '2 s']],
    });
    expect(stops?.text).toMatch(/Their reasons are kept in Interlock/);
    expect(sendable(sent)).toEqual(sent);
    expect(checkReport(sent)).toEqual([]);
  });

  it('says in words that nothing happened', () => {
    const text = markdownOf(
      weeklyReport(
        sources({
          ...{ hours: { items: [] }, types: nothing, accounts: nothing },
          ...{ actions: [], incidents: [], switches: { items: [] } },
        }),
      ),
    );
    for (const none of [
      'No action ended',
      'No action was accepted',
      'No gate',
      'No incident',
      'was not used',
    ])
      expect(text).toContain(none);
  });
});
