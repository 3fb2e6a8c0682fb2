import { describe, expect, it } from '@jest/globals';
import {
  checkReport,
  emailReport,
  githubLabel,
  githubReport,
  htmlOf,
  issueMarker,
  markdownOf,
  planReport,
  reportLimits,
  sendable,
  slackReport,
  teamsReport,
  webhookId,
  webhookPayload,
  type Report,
  type ReportNotice,
} from '../src/index.js';
import { report, reportRequest } from './golden.js';

const noticeOf = (of: Report): ReportNotice => {
  const { notice } = planReport('demo', { ...reportRequest, report: of }, '2026-11-23T08:00:00.000Z');
  if (notice.what !== 'report') throw new Error('it is no report');
  return notice;
};
const mailboxes = { from: 'interlock@example.org', to: ['ops@example.org'] };
const long = (rows: number, cell = 'x'): Report => ({
  ...report,
  sections: [
    {
      heading: 'Long',
      text: 'All rows.',
      none: 'There is none.',
      table: { head: ['name', 'value'], rows: Array.from({ length: rows }, (_, i) => [`row-${i}`, cell]) },
    },
    ...report.sections,
  ],
});
/** Names that would mention people, make links or break out of the receiver's format. */
const hostile: Report = {
  title: '<!channel> & *all* @octocat [x](https://evil.example) `z` ``` </h1><script>',
  text: 'a\u001b[2Jb\u202Ec\nd',
  sections: [
    {
      heading: '<@U1> @team #1',
      text: '<img src=x>',
      table: { head: ['a|b'], rows: [['``` <!here> | @octocat <!-- x -->']] },
    },
  ],
};

type Blocks = readonly { readonly text: { readonly text: string; readonly verbatim: boolean } }[];
const slackTexts = (of: Report): readonly string[] =>
  (slackReport(noticeOf(of), null).blocks as Blocks).map(({ text }) => text.text);
type Card = {
  readonly body: readonly {
    readonly type: string;
    readonly text?: string;
    readonly rows?: readonly { readonly cells: readonly { readonly items: readonly { text: string }[] }[] }[];
  }[];
};
const cardOf = (of: Report): Card =>
  (teamsReport(noticeOf(of)).attachments as readonly { readonly content: Card }[])[0]!.content;
const issueOf = (of: Report): ReturnType<typeof githubReport> => githubReport(noticeOf(of));

describe('the notice of a report', () => {
  it('is sent at once to the one channel, under a key of its own', () => {
    const planned = planReport('demo', reportRequest, '2026-11-23T08:00:00.000Z');
    expect(planned).toMatchObject({
      channel_id: 'ops',
      route: 'report',
      due_at: '2026-11-23T08:00:00.000Z',
      notice: {
        tenant_id: 'demo',
        alert_id: reportRequest.report_id,
        what: 'report',
        dedup_key: `${reportRequest.report_id}:1:report`,
        name: 'weekly',
        severity: 'info',
        report,
      },
    });
  });
});

describe('a report that is sent', () => {
  it('has as many cells in each row as in the head, and at most 64 KiB', () => {
    expect(checkReport(report)).toEqual([]);
    const [first, second] = report.sections;
    const uneven = { ...first!, table: { head: ['a', 'b'], rows: [['1', '2'], ['1'], ['1', '2', '3']] } };
    expect(checkReport({ ...report, sections: [second!, uneven] })).toEqual([
      { pointer: '/sections/1/table/rows/1', detail: 'must have 2 cells, as many as the head' },
      { pointer: '/sections/1/table/rows/2', detail: 'must have 2 cells, as many as the head' },
    ]);
    expect(checkReport(long(150, 'é'.repeat(500)))).toEqual([
      { pointer: '', detail: 'must not be larger than 65536 bytes' },
    ]);
  });

  it('is made to keep the limits, and says what it lost', () => {
    expect(sendable(report)).toEqual(report);
    const [many] = sendable(long(500)).sections;
    expect(many?.table?.rows).toHaveLength(reportLimits.rows);
    expect(many?.text).toBe('All rows. The table is cut here: it shows 200 of 500 rows.');
    const wide = sendable(long(10, 'x'.repeat(2000)));
    expect(wide.sections[0]?.table?.rows[0]?.[1]).toBe(`${'x'.repeat(499)}…`);
    const large = sendable(long(200, 'é'.repeat(500)));
    expect(checkReport(large)).toEqual([]);
    expect(large.text).toMatch(/Shortened, because the receiver limits the length of a message\.$/);
  });
});

describe('Slack', () => {
  it('gets texts and tables in a fixed-width font, in order', () => {
    const { text, channel, blocks } = slackReport(noticeOf(report), '#ops');
    expect(text).toBe('The week of demo');
    expect(channel).toBe('#ops');
    expect(slackReport(noticeOf(report), null)).not.toHaveProperty('channel');
    expect((blocks as Blocks).every((one) => one.text.verbatim)).toBe(true);
    expect(slackTexts(report)).toEqual([
      '*The week of demo*',
      'From 2026-11-16 to 2026-11-23.',
      '*Outcomes by day*',
      'Actions that ended.',
      '```\nday         COMPLETED\n----------  ---------\n2026-11-20  12\n```',
      '*Incidents*',
      'Incidents that were opened.',
      'No incident was opened.',
    ]);
  });

  it('gets no mention, no link and no end of the font from a name', () => {
    const texts = slackTexts(hostile);
    expect(texts.join('\n')).not.toMatch(/[<>\u001b\u202e]/);
    expect(texts[0]).toContain('&lt;!channel&gt; &amp; ');
    expect(texts[1]).toBe(String.raw`a\u{1b}[2Jb\u{202e}c\u{a}d`);
    const table = texts.at(-1) ?? '';
    expect(table.match(/```/g)).toHaveLength(2);
    expect(table).toContain("''' &lt;!here&gt;");
  });

  it('gets at most 50 blocks of 3000 characters and 10,000 in all, and is told what is missing', () => {
    for (const one of [long(200, 'y'.repeat(39)), long(200, '&'.repeat(40))]) {
      const texts = slackTexts(one);
      expect(texts.length).toBeLessThanOrEqual(50);
      expect(Math.max(...texts.map(({ length }) => length))).toBeLessThanOrEqual(3000);
      expect(texts.join('').length).toBeLessThanOrEqual(10_000);
      expect(texts[1]).toMatch(/Shortened, because the receiver limits the length of a message\.$/);
      expect(texts.join('\n')).toMatch(/The table is cut here: it shows \d+ of 200 rows\./);
      expect(texts).toContain('*Incidents*');
    }
    const sections = Array.from({ length: 30 }, (_, i) => ({ heading: `H${i}`, text: 'x'.repeat(900) }));
    const texts = slackTexts({ ...report, sections });
    expect(texts.join('').length).toBeLessThanOrEqual(10_000);
    expect(texts[1]).toMatch(/Sections left out at the end: \d+\.$/);
  });

  it('never gets half an escape where a text is divided', () => {
    const texts = slackTexts({ ...report, text: '&'.repeat(1000) });
    expect(texts.slice(1, 3).join('')).toBe('&amp;'.repeat(1000));
    for (const one of texts.slice(1, 3)) expect(one).toMatch(/^(?:&amp;)+$/);
  });

  it('gets long cells with an ellipsis', () =>
    expect(slackTexts(long(1, 'z'.repeat(60)))[4]).toContain(`row-0  ${'z'.repeat(39)}…`));
});

describe('Teams', () => {
  it('gets one card with headings, texts and tables', () => {
    const { body } = cardOf(report);
    expect(body.map(({ type, text }) => text ?? type)).toEqual([
      'The week of demo',
      'From 2026-11-16 to 2026-11-23.',
      'Outcomes by day',
      'Actions that ended.',
      'Table',
      'Incidents',
      'Incidents that were opened.',
      'No incident was opened.',
    ]);
    expect(
      body[4]?.rows?.map(({ cells }) => cells.map(({ items }) => items.map(({ text }) => text))),
    ).toEqual([
      [['day'], ['COMPLETED']],
      [['2026-11-20'], ['12']],
    ]);
  });

  it('gets no link and no emphasis from a name', () => {
    const card = cardOf(hostile);
    expect(card.body[0]?.text).toContain(String.raw`\[x\]\(https://evil.example\) \`z\``);
    expect(card.body[1]?.text).toBe(String.raw`a\\u{1b}\[2Jb\\u{202e}c\\u{a}d`);
  });

  it('gets a card that its webhooks take, and is told what is missing', () => {
    const bytes = (of: Report): number => Buffer.byteLength(JSON.stringify(teamsReport(noticeOf(of))));
    const one = long(200, 'é'.repeat(50));
    expect(bytes(one)).toBeLessThanOrEqual(21_000);
    expect(bytes(one)).toBeGreaterThan(18_000);
    expect(JSON.stringify(cardOf(one))).toMatch(/it shows \d+ of 200 rows/);
    const sections = Array.from({ length: 30 }, () => ({ heading: 'H', text: '*'.repeat(1000) }));
    expect(bytes({ ...report, sections })).toBeLessThanOrEqual(21_000);
    const cells = Array<string>(16).fill('h'.repeat(500));
    const wide = { heading: 'H', text: 't', table: { head: cells, rows: [cells, cells] } };
    expect(bytes({ ...report, sections: [wide, ...report.sections] })).toBeLessThanOrEqual(21_000);
  });
});

describe('GitHub', () => {
  it('gets one issue with its own label, which is found again by its marker', () => {
    const { title, body, labels } = issueOf(report);
    expect(title).toBe('The week of demo');
    expect(labels).toEqual(['interlock-report']);
    expect(githubLabel(noticeOf(report))).toBe('interlock-report');
    expect(body.startsWith(`${issueMarker(noticeOf(report))}\n# The week of demo\n`)).toBe(true);
    expect(body).toContain('| 2026-11-20 | 12 |');
  });

  it('gets no mention, no reference and no comment from a name', () => {
    const { title, body } = issueOf(hostile);
    expect(body).not.toMatch(/@octocat|@team/);
    expect(body).not.toMatch(/(?<!\\)#1/);
    expect(body.match(/(?<!\\)<!--/g)).toHaveLength(1);
    expect(title.length).toBeLessThanOrEqual(256);
  });

  it('gets a body within its length, and is told what is missing', () => {
    const { body } = issueOf(long(200, '*'.repeat(300)));
    expect(body.length).toBeLessThanOrEqual(60_000);
    expect(body).toMatch(/it shows \d+ of 200 rows/);
  });
});

describe('mail', () => {
  it('has the whole report as Markdown and as HTML, in a thread of its own', () => {
    const mail = emailReport(noticeOf(report), mailboxes);
    expect(mail).toMatchObject({
      subject: 'The week of demo',
      text: markdownOf(report),
      html: htmlOf(report),
    });
    const other = { ...noticeOf(report), alert_id: 'other' };
    expect(emailReport(other, mailboxes).references).not.toBe(mail.references);
  });

  it('has no header, no markup and no image from a name', () => {
    const { subject, html } = emailReport(
      noticeOf({ ...hostile, title: 'a\r\nBcc: x@example.org' }),
      mailboxes,
    );
    expect(subject).toBe(String.raw`a\u{d}\u{a}Bcc: x@example.org`);
    expect(html).not.toMatch(/<img|<script/);
  });
});

describe('a signed webhook', () => {
  it('gets the report as data, with the same id for each attempt', () => {
    const notice = noticeOf(hostile);
    expect(webhookPayload(notice)).toEqual({ type: 'report.weekly', timestamp: notice.at, data: notice });
    expect(webhookId(notice)).toBe(`demo:${reportRequest.report_id}:1:report`);
  });
});
