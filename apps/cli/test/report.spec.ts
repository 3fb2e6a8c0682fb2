import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { PDFDocument, PDFName, PDFRawStream } from 'pdf-lib';
import type { Report } from '../src/report/content.js';
import { htmlOf } from '../src/report/html.js';
import { markdownOf } from '../src/report/markdown.js';
import { pdfOf } from '../src/report/pdf.js';
import { statusReport, type StatusSources } from '../src/report/status.js';

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
    expect(text).toContain('u001b');
    expect(text).toContain('u202e');
    expect(text).not.toContain('\u001b');
    expect(text).not.toContain('\u202E');
  });
});

describe('a foreign name', () => {
  it('is no markup, neither in Markdown nor in HTML', () => {
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
      calibration: { nominal_coverage: 0.9, items: [] },
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
