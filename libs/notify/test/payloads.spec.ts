import { describe, expect, it } from '@jest/globals';
import {
  commentMarker,
  emailMessage,
  githubComment,
  githubIssue,
  headline,
  issueMarker,
  pagerDutyEvent,
  slackMessage,
  takenBack,
  teamsMessage,
  webhookId,
  webhookPayload,
  type AlertNotice,
} from '../src/index.js';
import { alertId } from './golden.js';

const notice: AlertNotice = {
  tenant_id: 'demo',
  alert_id: alertId,
  episode: 2,
  what: 'trigger',
  dedup_key: `${alertId}:2:trigger`,
  name: 'kill_switch',
  severity: 'critical',
  detail: 'the kill switch is engaged, scope <tenant> & more',
  at: '2026-01-01T00:00:00.000Z',
  by: null,
  evidence: { from: '10', to: '20' },
  runbook: 'https://docs.example.org/kill_switch',
};

describe('the headline', () => {
  it('is one line with kind, severity, name and tenant', () => {
    expect(headline({ ...notice, detail: 'a\r\nb\tc' })).toBe('[FIRING] critical kill_switch (demo): a b c');
    expect(headline({ ...notice, what: 'resolve' })).toMatch(/^\[RESOLVED\]/);
  });

  it('is cut at its limit, between characters', () => {
    expect([...headline({ ...notice, detail: '😀'.repeat(300) })]).toHaveLength(200);
    const fits = headline(notice, headline(notice, 500).length);
    expect(fits.endsWith('…')).toBe(false);
  });
});

describe('a hostile detail', () => {
  const hostile = { ...notice, detail: 'safe\u202eevil\u200b\nsecond\tline', by: 'a\u2066b' };
  const places = { from: 'a@example.org', to: ['b@example.org'] };

  it.each<readonly [string, object]>([
    ['Slack', slackMessage(hostile, null)],
    ['Teams', teamsMessage(hostile, null)],
    ['PagerDuty', pagerDutyEvent(hostile, 'key')],
    ['mail', emailMessage(hostile, places)],
    ['a GitHub issue', githubIssue(hostile)],
    ['a GitHub comment', githubComment(hostile)],
  ])('reaches %s with its invisible characters written out', (_, message) => {
    const text = JSON.stringify(message);
    expect(text).not.toMatch(/\p{Cf}/u);
    expect(text).toContain('202e');
    expect(text).toContain('2066');
  });

  it('keeps its lines', () =>
    expect(emailMessage(hostile, places).text).toMatch(/^safe\\u\{202e\}evil\\u\{200b\}\nsecond line\n/));
});

describe('a link to the page of a decision', () => {
  const link = 'https://console.example.org/go?tenant=demo#token';

  it('is a button in Slack and in Teams, and a line in mail', () => {
    expect(slackMessage(notice, null, link).blocks.at(-1)).toEqual({
      type: 'actions',
      elements: [{ type: 'button', text: { type: 'plain_text', text: 'Review' }, url: link }],
    });
    const [card] = teamsMessage(notice, link).attachments as [{ content: { actions: readonly object[] } }];
    expect(card.content.actions).toEqual([{ type: 'Action.OpenUrl', title: 'Review', url: link }]);
    const places = { from: 'a@example.org', to: ['b@example.org'] };
    expect(emailMessage(notice, places, link).text.split('\n')).toContain(`Review it: ${link}`);
  });

  it('is nowhere without one', () => {
    const places = { from: 'a@example.org', to: ['b@example.org'] };
    const all = [slackMessage(notice, null), teamsMessage(notice, null), emailMessage(notice, places)];
    for (const one of all) expect(JSON.stringify(one)).not.toMatch(/Review|actions/);
  });
});

describe('Teams', () => {
  type Content = {
    readonly fallbackText: string;
    readonly body: readonly [object, { readonly text: string }, { readonly facts: readonly object[] }];
  };
  const contentOf = (over: Partial<AlertNotice>): Content =>
    (teamsMessage({ ...notice, ...over }, null).attachments as readonly [{ readonly content: Content }])[0]
      .content;

  it('gets a message with one Adaptive Card, which a workflow posts', () => {
    const { type, attachments } = teamsMessage(notice, null);
    expect(type).toBe('message');
    expect(attachments).toMatchObject([
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: { type: 'AdaptiveCard', version: '1.4' },
      },
    ]);
  });

  it('gets text without links or emphasis', () => {
    const hostile = '[x](https://evil.example) *now*';
    const plain = String.raw`\[x\]\(https://evil.example\) \*now\*`;
    const { fallbackText, body } = contentOf({ detail: hostile, by: hostile });
    expect(fallbackText).toContain(plain);
    expect(body[1].text).toBe(plain);
    expect(body[2].facts).toContainEqual({ title: 'by', value: plain });
  });

  it('is cut between characters, before its marks are escaped', () => {
    const { text } = contentOf({ detail: `*${'😀'.repeat(2000)}` }).body[1];
    expect(text.startsWith(String.raw`\*😀`)).toBe(true);
    expect(text.isWellFormed()).toBe(true);
    expect(contentOf({ detail: '*'.repeat(5000) }).body[1].text).toBe(String.raw`\*`.repeat(2900));
  });
});

describe('Slack', () => {
  it('gets text without links, mentions or channels', () => {
    const { text, channel, blocks } = slackMessage(
      { ...notice, detail: '<!channel> & <@U1>' },
      '#policy-alerts',
    );
    expect(text).toBe('[FIRING] critical kill_switch (demo): &lt;!channel&gt; &amp; &lt;@U1&gt;');
    expect(channel).toBe('#policy-alerts');
    expect(JSON.stringify(blocks)).not.toMatch(/<[!@#]/);
    expect(slackMessage(notice, null)).not.toHaveProperty('channel');
  });

  it('keeps within the length of a block', () => {
    const long = slackMessage({ ...notice, detail: 'x'.repeat(10_000) }, null);
    const [section] = long.blocks as [{ text: { text: string } }];
    expect(section.text.text.length).toBeLessThanOrEqual(3000);
  });

  it('is cut between characters and between escapes', () => {
    for (const before of ['', 'x', 'xx', 'xxx', 'xxxx', 'xxxxx']) {
      const { blocks } = slackMessage({ ...notice, detail: `${before}${'&😀'.repeat(3000)}` }, null);
      const [section] = blocks as [{ text: { text: string } }];
      expect(section.text.text).toMatch(/(?:&amp;|😀)$/u);
      expect(section.text.text.replaceAll('&amp;', '')).not.toContain('&');
      expect(section.text.text.length).toBeGreaterThan(2890);
    }
  });
});

describe('PagerDuty', () => {
  it('gets trigger, acknowledgement and end with the same key', () => {
    const events = (['trigger', 'acknowledge', 'resolve'] as const).map((what) =>
      pagerDutyEvent({ ...notice, what, dedup_key: `${alertId}:2:${what}` }, 'key'),
    );
    expect(events.map(({ event_action }) => event_action)).toEqual(['trigger', 'acknowledge', 'resolve']);
    expect(new Set(events.map(({ dedup_key }) => dedup_key)).size).toBe(1);
    expect(events[0]).toMatchObject({
      routing_key: 'key',
      payload: { severity: 'critical', source: 'interlock', component: 'kill_switch', group: 'demo' },
      links: [{ href: 'https://docs.example.org/kill_switch' }],
    });
    expect(events[1]).not.toHaveProperty('payload');
  });

  it('has another key for another episode, and takes a test back', () => {
    const test = pagerDutyEvent({ ...notice, what: 'test', episode: 1 }, 'key');
    expect(test.event_action).toBe('trigger');
    expect(takenBack(test)).toEqual({
      routing_key: 'key',
      event_action: 'resolve',
      dedup_key: test.dedup_key,
    });
    expect(test.dedup_key).not.toBe(pagerDutyEvent(notice, 'key').dedup_key);
  });

  it.each([
    ['critical', 'critical'],
    ['high', 'error'],
    ['medium', 'warning'],
    ['low', 'warning'],
    ['info', 'info'],
  ] as const)('maps %s to %s', (severity, theirs) =>
    expect(pagerDutyEvent({ ...notice, severity }, 'key').payload?.severity).toBe(theirs),
  );

  it('keeps within the length of a summary and a key', () => {
    const event = pagerDutyEvent({ ...notice, tenant_id: 't'.repeat(63), detail: 'x'.repeat(5000) }, 'key');
    expect(event.payload?.summary.length).toBeLessThanOrEqual(1024);
    expect(event.dedup_key.length).toBeLessThanOrEqual(255);
  });
});

describe('mail', () => {
  const message = (over: Partial<AlertNotice> = {}): ReturnType<typeof emailMessage> =>
    emailMessage({ ...notice, ...over }, { from: 'interlock@example.org', to: ['ops@example.org'] });

  it('has an id from the key, and a thread from the episode', () => {
    const resolved = message({ what: 'resolve', dedup_key: `${alertId}:2:resolve` });
    expect(message().messageId).toBe(message({ detail: 'other words' }).messageId);
    expect(resolved.messageId).not.toBe(message().messageId);
    expect(resolved.references).toBe(message().references);
    expect(message({ episode: 3 }).references).not.toBe(message().references);
    expect(message().messageId).toMatch(/^<[0-9a-f]{40}@example\.org>$/);
  });

  it('has a subject of one line', () => {
    expect(message({ detail: 'a\r\nBcc: x@example.org' }).subject).not.toMatch(/[\r\n]/);
    expect(message().text).toContain('evidence: log positions 10 to 20');
  });
});

describe('GitHub', () => {
  it('gets an issue that is found again by its episode and mentions nobody', () => {
    const { title, body, labels } = githubIssue({ ...notice, detail: 'see @octocat <!-- x --> #1' });
    expect(body.startsWith(`${issueMarker(notice)}\n`)).toBe(true);
    expect(body).not.toMatch(/@octocat/);
    expect(body.match(/(?<!\\)<!--/g)).toHaveLength(1);
    expect(labels).toEqual(['interlock-alert', 'severity:critical']);
    expect(title.length).toBeLessThanOrEqual(256);
    expect(issueMarker({ ...notice, what: 'resolve', dedup_key: 'other' })).toBe(issueMarker(notice));
  });

  it('gets comments that are found again by their key', () => {
    expect(githubComment(notice).body).toContain(commentMarker(notice));
    expect(commentMarker({ ...notice, dedup_key: 'other' })).not.toBe(commentMarker(notice));
  });
});

describe('a signed webhook', () => {
  it('gets type, time and notice, with the same id for each attempt', () => {
    expect(webhookPayload(notice)).toEqual({ type: 'alert.trigger', timestamp: notice.at, data: notice });
    expect(webhookId(notice)).toBe(webhookId({ ...notice, detail: 'other' }));
    expect(webhookId({ ...notice, tenant_id: 'other' })).not.toBe(webhookId(notice));
  });
});
