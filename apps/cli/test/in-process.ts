import { jest } from '@jest/globals';
import type { RunResult } from '@interlock/testing';
import { runCommand } from '../src/program/run.js';

/**
 * Runs a command as the program does, but in this process, which saves the start of another one.
 * `environment` is set meanwhile. Only one command can run at a time.
 */
export const inProcess = async (
  words: readonly string[],
  environment: { readonly [variable: string]: string },
): Promise<RunResult> => {
  const said = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((chunk) => {
      said[name] += String(chunk);
      return true;
    }),
  );
  Object.assign(process.env, environment);
  try {
    await runCommand(words);
    return { code: Number(process.exitCode ?? 0), ...said };
  } finally {
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, name);
    process.exitCode = undefined;
    for (const spy of spies) spy.mockRestore();
  }
};
