import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../../apps/event-store/bin/interlock-event-store.js', import.meta.url));

export type LogProcess = {
  readonly url: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** Switches faults on or off, or performs one (`drop_subscriptions`, …). */
  readonly faults: (change: object | string) => Promise<void>;
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>;
};

/** The embedded server as a child process; in memory unless a file is named. */
export const startLogProcess = async (options: { readonly file?: string; readonly port?: number } = {}): Promise<LogProcess> => {
  const where = options.file === undefined ? ['--memory'] : ['--db', options.file];
  const child = spawn(process.execPath, [command, ...where, '--port', `${options.port ?? 0}`, '--faults-port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString(); });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => { reject(new Error(`the log ended with ${code}: ${errors}`)); });
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const match = /listening [\d.]+:(\d+)/.exec(output);
      if (match !== null) resolve(Number(match[1]));
    });
  });
  const faultsUrl = /faults (\S+)/.exec(output)![1]!;
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`, port, child,
    faults: async (change) => {
      const answer = typeof change === 'string'
        ? await fetch(`${faultsUrl}/faults/${change}`, { method: 'POST' })
        : await fetch(`${faultsUrl}/faults`, { method: 'POST', body: JSON.stringify(change) });
      if (!answer.ok) throw new Error(await answer.text());
    },
    kill: async (signal = 'SIGKILL') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill(signal);
      if (signal !== 'SIGKILL') child.kill('SIGCONT');
      await ended;
    },
  };
};

/** A port that nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

/** Waits until something holds. */
export const until = async (holds: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const end = performance.now() + 30_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
};
