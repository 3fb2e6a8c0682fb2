import { spawn } from 'node:child_process';

export type GitFault = { readonly why: 'missing' | 'late' | 'cut' | 'refused'; readonly stderr: string };
export type GitOptions = {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

const mostBytes = 4 * 1024 * 1024;

/**
 * Runs git and returns its output. Rejects with a GitFault. INVARIANT: ending git also ends its
 * helpers, because they wait for a server that does not answer.
 */
export const runGit = (
  args: readonly string[],
  { cwd, env, timeoutMs, signal }: GitOptions,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn('git', ['-C', cwd, ...args], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const said: Buffer[] = [];
    let bytes = 0;
    let ended: GitFault['why'] | undefined;
    const end = (why: GitFault['why']): void => {
      ended ??= why;
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    const kept =
      (into: Buffer[]) =>
      (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes <= mostBytes) into.push(chunk);
        else end('refused');
      };
    child.stdout.on('data', kept(out));
    child.stderr.on('data', kept(said));
    const timer = setTimeout(end, timeoutMs, 'late');
    const cut = (): void => end('cut');
    signal.addEventListener('abort', cut, { once: true });
    if (signal.aborted) cut();
    const settle = (why: GitFault['why'] | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cut);
      const fault = ended ?? why;
      if (fault === undefined) resolve(Buffer.concat(out).toString('utf8'));
      else
        reject(
          Object.assign(new Error('git failed'), {
            why: fault,
            stderr: Buffer.concat(said).toString('utf8'),
          } satisfies GitFault),
        );
    };
    child.once('error', () => settle('missing'));
    child.once('close', (code) => settle(code === 0 ? undefined : 'refused'));
  });
