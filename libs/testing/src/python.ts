import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { runProgram } from './run-program.js';

/** The Python of the user, and that of Debian's packages. */
const candidates = ['python3', '/usr/bin/python3'];

/**
 * A Python that has all of these modules, and what is missing if none has them: the modules that
 * the last candidate lacks, or `python3`.
 */
export const findPython = (
  modules: readonly string[],
): { readonly python: string; readonly missing: readonly string[] } => {
  const found = candidates.flatMap((python) => {
    const program = `import importlib.util as u; print(*(m for m in ${JSON.stringify(modules)} if u.find_spec(m) is None))`;
    const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
    return status === 0 ? [{ python, missing: stdout.trim().split(' ').filter(Boolean) }] : [];
  });
  return (
    found.find(({ missing }) => missing.length === 0) ??
    found.at(-1) ?? { python: 'python3', missing: ['python3'] }
  );
};

/** Runs Python to its end. Its output is what it wrote to both streams. */
export const runPython = async (
  python: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: { readonly [name: string]: string } },
): Promise<{ readonly code: number; readonly output: string }> => {
  const { code, stdout, stderr } = await runProgram(python, args, {
    ...options,
    env: { ...process.env, NODE_OPTIONS: undefined, PYTHONDONTWRITEBYTECODE: '1', ...options.env },
  });
  return { code, output: `${stdout}${stderr}` };
};
