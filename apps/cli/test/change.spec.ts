import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { followChange } from '../src/change.js';
import { Session } from '../src/connection/session.js';
import type { Output } from '../src/output/output.js';

const digest = 'd'.repeat(64);
const session = new Session({ tenant: 'demo', url: 'http://127.0.0.1:1', tokenFile: '/nowhere' });
const change: Parameters<typeof followChange>[1] = {
  change_id: '0198c0de-0000-7000-8000-000000000001',
  setting: 'budget-demo:account=ran-north',
  status: 'open',
  required_people: 1,
  expires_at: '2026-01-02T00:00:00.000Z',
  digest,
  loosened: [{ pointer: '/per_day', detail: 'changes from 5 to 50' }],
};

describe('a write that loosens a setting, on a terminal', () => {
  let printed = '';
  let remarked = '';
  beforeEach(() => {
    printed = remarked = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => (printed += String(text)) !== '');
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => (remarked += String(text)) !== '');
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** The answer `no` to the question, and the text of the question. */
  const follow = async (output: Output): Promise<{ readonly approved: unknown; readonly asked: string }> => {
    let asked = '';
    const terminal = {
      input: Object.assign(new PassThrough(), { isTTY: true }),
      output: Object.assign(new PassThrough(), { isTTY: true }),
    };
    terminal.input.end('no\n');
    terminal.output.on('data', (chunk: Buffer) => (asked += chunk.toString()));
    const approved = await followChange(session, change, output, terminal).catch((error: unknown) => error);
    return { approved, asked };
  };

  it.each<Output>([{}, { output: 'table' }, { output: 'wide' }])(
    'asks the person if the answer is for people: %j',
    async (output) => {
      const { approved, asked } = await follow(output);
      expect(asked).toContain(`/per_day changes from 5 to 50\ndigest ${digest}\n`);
      expect(asked).toContain('approve this?');
      expect(approved).toMatchObject({ exitCode: 1 });
      expect(printed).toBe('');
    },
  );

  it.each<Output>([{ json: true }, { output: 'json' }, { output: 'yaml' }, { output: 'name' }])(
    'prints the request and asks nothing if the answer is for a program: %j',
    async (output) => {
      expect(await follow(output)).toEqual({ approved: false, asked: '' });
      expect(printed).toContain(change.change_id);
      expect(remarked).toContain(`changes approve ${change.change_id} --digest ${digest}`);
    },
  );
});
