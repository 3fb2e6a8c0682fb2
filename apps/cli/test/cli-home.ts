import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandLine } from '@interlock/testing';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const golden = join(root, 'fixtures', 'streams', 'demo.ndjson');
export const run = promisify(execFile);
export type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Text that clears a screen and imitates a line of a report. */
export const steering = '\u001b[2J\u009b31m\nverified with the key of --key\u202E';
export const steers = (text: string): boolean => /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|^verified/mu.test(text);

/** The home of the commands, with the development issuer's keys and the server's address. */
export const home = mkdtempSync(join(tmpdir(), 'interlock-cli-'));
export const cli = async (...args: readonly string[]): Promise<RunResult> => {
  try {
    const { stdout, stderr } = await run(process.execPath, [commandLine, '--home', home, ...args], {
      maxBuffer: 1e8,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as RunResult;
    return { code, stdout, stderr };
  }
};
