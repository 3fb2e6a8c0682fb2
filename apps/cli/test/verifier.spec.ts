import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { signerKey, verifierText } from '@interlock/tree';
import { readVerifier } from '../src/commands/audit/files.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-verifier-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const text = verifierText(signerKey('log.example/demo', 'note', new Uint8Array(32).fill(1)));
const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('a verifier key on the command line', () => {
  it('is the key itself, or a file that contains it', () => {
    expect(readVerifier(text, 'log', '--key')).toEqual(
      readVerifier(file('log.vkey', `${text}\n`), 'log', '--key'),
    );
  });

  it('is refused with the fault: no such file, a file without one, a key of another kind', () => {
    const missing = join(folder, 'missing.vkey');
    expect(() => readVerifier(missing, 'log', '--key')).toThrow(
      `--key: there is no file \`${missing}\`, and it is not a verifier key of a log itself`,
    );
    const other = file('other.txt', 'nothing of use');
    expect(() => readVerifier(other, 'log', '--key')).toThrow(
      `--key: the file \`${other}\` does not hold a verifier key of a log`,
    );
    expect(() => readVerifier(text, 'witness', '--witness')).toThrow(
      `--witness: \`${text}\` is not a verifier key of a witness`,
    );
  });
});
