import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sinceIn } from '../src/commands/audit/replaying/since.js';
import { cli } from './cli-home.js';
import { answers, asked, startAnswering, stopAnswering } from './cli-server.js';

beforeAll(startAnswering);
afterAll(stopAnswering);

const path = '/api/v1/audit';
const invited = {
  at: '2026-01-01T00:00:00.000Z',
  type: 'PersonInvited',
  actor: { kind: 'person', person_id: '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e' },
  actor_name: 'Ada',
  person_id: '8f14e45f-ceea-4e7a-9d3c-1f2b3c4d5e6f',
  person_name: 'Nina',
  stream: 'person-demo:8f14e45f-ceea-4e7a-9d3c-1f2b3c4d5e6f',
  position: '7',
  event_id: '0199a000-0000-7000-8000-000000000009',
  data: {
    person_id: '8f14e45f-ceea-4e7a-9d3c-1f2b3c4d5e6f',
    name: 'Nina',
    role: 'approver',
    occasion: 'new',
  },
};

describe('a span before now', () => {
  it('is days, hours or minutes; a time stays as it is', () => {
    const now = Date.parse('2026-01-31T00:00:00.000Z');
    expect(sinceIn('30d', now)).toBe('2026-01-01T00:00:00.000Z');
    expect(sinceIn('12h', now)).toBe('2026-01-30T12:00:00.000Z');
    expect(sinceIn('2026-01-01T00:00:00Z', now)).toBe('2026-01-01T00:00:00Z');
  });

  it.each(['30', 'd30', 'yesterday', ''])('is not `%s`', (text) => {
    expect(() => sinceIn(text)).toThrow('is neither a time nor a span');
  });
});

describe('interlock audit', () => {
  it.each([
    ['who', 'who'],
    ['overrides', 'overrides'],
    ['access', 'access'],
  ])('%s shows who did what to whom, since a time, as a table or as JSON', (command, route) => {
    const since = '2026-01-01T00:00:00Z';
    const query = new URLSearchParams({ since, limit: '50' }).toString();
    answers.set(`GET ${path}/${route}?${query}`, { items: [invited], next: null });
    return Promise.all([
      cli('audit', command, '--since', since),
      cli('audit', command, '--since', since, '-o', 'json'),
    ]).then(([table, json]) => {
      const [head, row] = table.stdout.split('\n');
      expect(head).toMatch(/^AT \(UTC\) +WHAT +BY +PERSON +DETAIL$/);
      expect(row).toMatch(/PersonInvited +Ada +Nina +role=approver occasion=new$/);
      expect(JSON.parse(json.stdout)).toEqual({ items: [invited], next: null });
    });
  });

  it('asks for what happened in the last days, and names a wrong span with exit code 2', async () => {
    await cli('audit', 'who', '--since', '30d');
    const since = new URL(asked.at(-1)!.url, 'http://x').searchParams.get('since') ?? '';
    expect(Math.abs(Date.now() - Date.parse(since) - 30 * 86_400_000)).toBeLessThan(600_000);
    expect(await cli('audit', 'who', '--since', 'lately')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('30d') as unknown,
    });
  });
});
