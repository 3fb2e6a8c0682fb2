import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { digestOfRead, type Terminal } from '../src/asked.js';

const digest = 'd'.repeat(64);
const terminal = (answer: string, isTTY = true): Terminal => {
  const input = Object.assign(new PassThrough(), { isTTY });
  input.end(`${answer}\n`);
  return { input, output: Object.assign(new PassThrough(), { isTTY: true }) };
};

describe('the digest of the text that the caller read', () => {
  const ask = (
    answer: string,
    named?: string,
    isTTY = true,
  ): Promise<{ readonly digest: string; readonly shown: string }> => {
    let shown = '';
    const asked = terminal(answer, isTTY);
    asked.output.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
    });
    return digestOfRead({ lines: ['what is asked'], digest }, 'approve', named, asked, (text) => {
      shown += text;
    }).then((read) => ({ digest: read, shown }));
  };

  it.each(['yes', 'y', ' Y '])('is that of the shown text, if a person answers `%s`', async (answer) => {
    const read = await ask(answer);
    expect(read.digest).toBe(digest);
    expect(read.shown).toMatch(`what is asked\ndigest ${digest}\n`);
  });

  it.each(['no', '', 'n', 'yesterday'])('is not returned if the answer is `%s`', async (answer) => {
    await expect(ask(answer)).rejects.toMatchObject({ exitCode: 1 });
  });

  it('is not returned without a terminal', async () => {
    await expect(ask('yes', undefined, false)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is the named one, without a question', async () => {
    expect(await ask('no', 'e'.repeat(64), false)).toEqual({ digest: 'e'.repeat(64), shown: '' });
    await expect(ask('yes', 'not a digest')).rejects.toMatchObject({ exitCode: 2 });
  });
});
