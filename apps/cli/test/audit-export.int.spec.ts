import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli } from './cli-home.js';
import { all, log, whole, file } from './verify-home.js';
import { answers, asked, startServing, stopServing } from './verify-server.js';

beforeAll(startServing);
afterAll(stopServing);

describe('interlock audit export', () => {
  it('writes the sealed log, readable only by the caller, and describes its content', async () => {
    answers.set('/api/v1/audit/export', { body: whole });
    const ran = await cli(
      'audit',
      'export',
      '-o',
      file('log.ndjson'),
      '--after',
      '5',
      '--until',
      '900',
      '--category',
      'action,budget',
      '--stream',
      'action-demo:1',
      '--limit',
      '7',
    );
    expect(ran).toEqual({
      code: 0,
      stdout: '',
      stderr: `${file('log.ndjson')}: ${all} events of the ${all} leaves of \`demo\`, sealed by the checkpoint of ${log.logSize()} leaves of \`log.example\`\n`,
    });
    expect(asked.at(-1)).toBe(
      '/api/v1/audit/export?after=5&until=900&stream=action-demo%3A1&category=action%2Cbudget&limit=7',
    );
    expect(readFileSync(file('log.ndjson'), 'utf8')).toBe(whole);
    expect(statSync(file('log.ndjson')).mode & 0o777).toBe(0o600);
    expect((await cli('audit', 'export')).stdout).toBe(whole);
  });

  it.each([
    ['breaks', { breaks: true }],
    ['ends without its seal', {}],
  ])('leaves no file if the answer %s, and keeps an existing one', async (_, how) => {
    answers.set('/api/v1/audit/export', { body: whole.slice(0, whole.length - 10), ...how });
    writeFileSync(file('kept.ndjson'), 'before');
    for (const name of ['none.ndjson', 'kept.ndjson']) {
      const ran = await cli('audit', 'export', '-o', file(name));
      expect([ran.code, ran.stdout]).toEqual([1, '']);
      expect(ran.stderr).toMatch(/^interlock: the export broke off: /);
    }
    expect([
      existsSync(file('none.ndjson')),
      existsSync(file('none.ndjson.part')),
      readFileSync(file('kept.ndjson'), 'utf8'),
    ]).toEqual([false, false, 'before']);
    expect((await cli('audit', 'export')).code).toBe(1);
  });

  it('says why it was refused in words', async () => {
    const problem = { code: 'wrong-tenant', detail: 'the stream is not of this tenant', status: 403 };
    answers.set('/api/v1/audit/export', { status: 403, body: JSON.stringify(problem) });
    expect(await cli('audit', 'export', '--stream', 'action-other:1')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'interlock: wrong-tenant: the stream is not of this tenant\n',
    });
  });
});
