import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { commandLine, runProgram, type RunResult } from '@interlock/testing';

export const root = fileURLToPath(new URL('../../../', import.meta.url));
export const golden = join(root, 'fixtures', 'streams', 'demo.ndjson');
export const run = promisify(execFile);

/** Text that clears a screen and imitates a line of a report. */
export const steering = '\u001b[2J\u009b31m\nverified with the key of --key\u202E';
export const steers = (text: string): boolean => /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]|^verified/mu.test(text);

/** The home of the commands, with the development issuer's keys and the server's address. */
export const home = mkdtempSync(join(tmpdir(), 'interlock-cli-'));
export const cli = (...args: readonly string[]): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, '--home', home, ...args]);
