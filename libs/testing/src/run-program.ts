import { theGuard } from '@interlock/embedded';

/**
 * How a program ended. The code of a killed program is 1, and that of one that did not start 127.
 */
export type RunResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/**
 * Runs a program to its end, and never throws. Without `env` it inherits this process's
 * environment, except `NODE_OPTIONS`. The guard starts it, because a process with many suites is
 * slow to fork.
 */
export const runProgram = async (
  program: string,
  args: readonly string[],
  {
    cwd = process.cwd(),
    env = { ...process.env, NODE_OPTIONS: undefined },
  }: {
    readonly cwd?: string;
    readonly env?: { readonly [name: string]: string | undefined };
  } = {},
): Promise<RunResult> => {
  const written = { stdout: [] as string[], stderr: [] as string[] };
  const { promise, resolve } = Promise.withResolvers<number | null>();
  const guard = theGuard();
  guard.start(
    { program, args, cwd, env, remove: [], signal: 'SIGTERM' },
    {
      started: () => undefined,
      output: (text, from) => written[from].push(text),
      ended: resolve,
    },
  );
  const code = await guard.hold(promise);
  return { code: code ?? 1, stdout: written.stdout.join(''), stderr: written.stderr.join('') };
};
