import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { Command } from 'commander';
import { bareEnvironment, buildApps, commandLine } from '@interlock/testing';
import { addPolicy } from '../src/commands/policy/policy.js';
import { CliError } from '../src/connection/session.js';

const run = promisify(execFile);
type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };
type Rule = { readonly [name: string]: unknown };

/** The folder in which the commands run. */
export const dir = mkdtempSync(join(tmpdir(), 'interlock-policy-'));
export const secret = 'the shared secret of this test, long enough';
export const pair = generateKeyPairSync('ed25519');

/** Runs the commands in this process: in an empty folder, without a home. */
export const policy = async (
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<RunResult> => {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const writes = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0),
  ];
  const program = new Command('interlock')
    .exitOverride((error) => {
      throw new CliError('', error.exitCode === 0 ? 0 : 2);
    })
    .option('--home <dir>')
    .option('--tenant <tenant>', '', 'demo')
    .option('--as <name>');
  addPolicy(program, () => program.opts());
  Object.assign(process.env, env);
  process.exitCode = 0;
  try {
    await program.parseAsync(['policy', ...args], { from: 'user' });
    return { code: Number(process.exitCode), stdout: stdout.join(''), stderr: stderr.join('') };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return {
      code: error.exitCode,
      stdout: stdout.join(''),
      stderr: `${stderr.join('')}${error.message === '' ? '' : `interlock: ${error.message}\n`}`,
    };
  } finally {
    process.exitCode = 0;
    for (const name of Object.keys(env)) delete process.env[name];
    for (const write of writes) write.mockRestore();
  }
};
/** The built program, run like CI does. */
export const built = async (args: readonly string[], input = ''): Promise<RunResult> => {
  const work = run(process.execPath, [commandLine, 'policy', ...args], {
    cwd: dir,
    env: bareEnvironment,
    maxBuffer: 1e8,
  });
  work.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await work;
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as RunResult;
    return { code, stdout, stderr };
  }
};
export const file = (name: string, content: unknown): string => {
  writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return name;
};
export const rule = (over: Rule = {}): Rule => ({
  id: 'night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  reason: 'Low-risk failover is routine',
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  ...over,
});
export const bundle = (rules: readonly Rule[] = [rule()], version = '1.0.0') => ({ version, rules });

/**
 * Builds the program, and writes the tests' files: a bundle without faults, one with many, one with
 * a warning, and a pair of keys.
 */
export const writePolicyFiles = async (): Promise<void> => {
  await buildApps('apps/cli');
  for (const name of ['HMAC_SECRET', 'INTERLOCK_HOME']) delete process.env[name];
  process.env['INIT_CWD'] = dir;
  process.env['INTERLOCK_HOME'] = join(dir, 'no-home');
  file('clean.json', bundle());
  file(
    'faulty.json',
    `{ "version": "1.0.0", "rules": [
  { "id": "yes", "agent": "*", "action": "cell_failover", "effect": "allow", "priority": 1, "reason": "<&\\"'> is \\u0001 no reason" },
  { "id": "no", "agent": "*", "action": "cell_failover", "effect": "deny", "priority": 1, "reason": "short",
    "conditions": [{ "field": "risk_score", "op": ">", "value": 80 }] },
  { "id": "<&\\u0001>", "agent": "*", "action": "*", "effect": "deny", "priority": 0, "reason": "A reason long enough" },
  { "id": "<'\ufffe'>", "agent": "*", "action": "*", "effect": "deny", "priority": 0, "reason": "short" }
] }`,
  );
  file('warned.json', bundle([rule({ reason: 'short' })]));
  file('k.pem', pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  file('p.pem', pair.publicKey.export({ format: 'pem', type: 'spki' }) as string);
};
export const removePolicyFiles = (): void => rmSync(dir, { recursive: true, force: true });
