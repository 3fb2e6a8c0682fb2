import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '@interlock/testing';
import { connect, type ConnectionOptions, type NatsConnection } from 'nats';

export type BusProcess = {
  readonly port: number;
  readonly connect: (options?: ConnectionOptions) => Promise<NatsConnection>;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /**
   * Keeps the files of a stream as they are now, or puts the kept ones back; only while the server
   * does not run.
   */
  readonly keepFiles: (stream: string) => Promise<void>;
  readonly putFilesBack: (stream: string) => Promise<void>;
  /** Closes the connections made here, ends the server and removes its files. */
  readonly stop: () => Promise<void>;
};

/** A real nats-server with JetStream in a folder of its own. */
export const startBusProcess = async (): Promise<BusProcess> => {
  const folder = await mkdtemp(join(tmpdir(), 'interlock-bus-'));
  const port = await freePort();
  const connections: NatsConnection[] = [];
  let child: ChildProcess | undefined;
  let coming: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    const started = spawn('nats-server', ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', `${port}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        PATH: [process.env['PATH'] ?? '', '/usr/sbin', '/usr/local/bin'].join(delimiter),
      },
    });
    child = started;
    let log = '';
    await new Promise<void>((resolve, reject) => {
      started.once('error', reject);
      started.once('exit', () => reject(new Error(`nats-server ended: ${log}`)));
      started.stderr.on('data', (chunk: Buffer) => {
        log += chunk.toString();
        if (log.includes('Server is ready')) resolve();
      });
    });
    // A supervisor stands by, as for every nats-server that is in use: 2.9 ends with a nil pointer
    // where a message is read in the moment that its stream is deleted.
    started.once('exit', (code) => {
      if (child !== started) return;
      process.stderr.write(
        `nats-server ended with ${code}, and is started again: ${/^panic:.*$/m.exec(log)?.[0] ?? ''}\n`,
      );
      coming = start();
      // Whoever asks it next says what is missing.
      coming.catch(() => undefined);
    });
  };
  const kept = `${folder}-kept`;
  const filesOf = (stream: string): string => join(folder, 'jetstream', '$G', 'streams', stream);
  const copy = async (from: string, to: string): Promise<void> => {
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true });
  };
  const kill = async (): Promise<void> => {
    await coming?.catch(() => undefined);
    const running = child;
    child = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    port,
    start,
    kill,
    keepFiles: (stream) => copy(filesOf(stream), kept),
    putFilesBack: (stream) => copy(kept, filesOf(stream)),
    connect: async (options = {}) => {
      const connection = await connect({
        servers: `127.0.0.1:${port}`,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 50,
        ...options,
      });
      connections.push(connection);
      return connection;
    },
    stop: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      await kill();
      await Promise.all([folder, kept].map((each) => rm(each, { recursive: true, force: true })));
    },
  };
};
