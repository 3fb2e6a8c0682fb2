import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(
  new URL('../../../apps/event-store/bin/interlock-event-store.js', import.meta.url),
);

export type LogProcess = {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Switches faults on or off, or performs one (`drop_subscriptions`, …). */
  readonly faults: (change: object | string) => Promise<void>;
  /** What is switched on now. */
  readonly faultsNow: () => Promise<{ readonly [name: string]: number | boolean }>;
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
};

/** On a connection of its own, which is not kept: `fetch` keeps some, and a test counts them. */
const ask = (method: string, url: string, body?: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { method, agent: false }, (answer) => {
      text(answer).then((told) => {
        if (answer.statusCode === 200) resolve(told);
        else reject(new Error(told));
      }, reject);
    });
    asked.once('error', reject).end(body);
  });

/**
 * The embedded server as a child process; in memory unless a file is named. Its clock goes by
 * `skewMs` too fast.
 */
export const startLogProcess = async (
  options: { readonly file?: string; readonly port?: number; readonly skewMs?: number } = {},
): Promise<LogProcess> => {
  const where = options.file === undefined ? ['--memory'] : ['--db', options.file];
  const clock =
    options.skewMs === undefined
      ? []
      : [
          '--import',
          `data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${options.skewMs};`)}`,
        ];
  const child = spawn(
    process.execPath,
    [...clock, command, ...where, '--port', `${options.port ?? 0}`, '--faults-port', '0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the log ended with ${code}: ${errors}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = /listening [\d.]+:(\d+)/.exec(output);
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const faultsUrl = /faults (\S+)/.exec(output)![1]!;
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    child,
    faults: async (change) => {
      await (typeof change === 'string'
        ? ask('POST', `${faultsUrl}/faults/${change}`)
        : ask('POST', `${faultsUrl}/faults`, JSON.stringify(change)));
    },
    faultsNow: async () =>
      JSON.parse(await ask('GET', `${faultsUrl}/faults`)) as { readonly [name: string]: number | boolean },
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      if (signal !== 'SIGKILL') child.kill('SIGCONT');
      await ended;
    },
  };
};
