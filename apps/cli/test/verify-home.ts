import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signerKey, verifierText } from '@interlock/tree';
import type { Verification } from '@interlock/verify';
import { cli, home, root } from './cli-home.js';
import { logKey, Sealing } from './sealing.js';

export const log = new Sealing(
  readFileSync(join(root, 'fixtures', 'streams', 'demo.ndjson'), 'utf8')
    .trim()
    .split('\n'),
);
export const all = log.lines.length;
export const vkey = verifierText(logKey);
export const witness = signerKey('witness.example', 'cosignature', new Uint8Array(32).fill(7));

export const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
/** The whole exported log with its seal. */
export const whole = await log.export();
/** Its lines, including the seal. */
export const exportedLines = (): string[] => whole.slice(0, -1).split('\n');
export const file = (name: string, content?: string): string => {
  const path = join(home, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
/** Puts the public key where a home keeps it. */
export const pinKey = (): void => {
  mkdirSync(join(home, 'audit', 'keys'), { recursive: true });
  writeFileSync(join(home, 'audit', 'keys', '1.vkey'), `${vkey}\n`);
};
export const report = async (...args: readonly string[]): Promise<readonly [number, Verification]> => {
  const { code, stdout } = await cli('audit', 'verify', '--json', ...args);
  return [code, JSON.parse(stdout) as Verification];
};
