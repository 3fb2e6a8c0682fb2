import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareEnvironment, serviceProgram, startGuarded, type Parts } from '@interlock/testing';

/** The relay as a separate process, as `npm start -- --processes` runs it. */
export type RelayProcess = {
  readonly pid: number;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Kills it at once and waits until it has exited. */
  readonly kill: () => Promise<void>;
  readonly metric: (name: string) => Promise<number | undefined>;
  readonly stop: () => Promise<void>;
};

/**
 * `bus` is the address of the bus and the relay's login. The default is the bus of `parts`, which
 * needs no login.
 */
export const startRelayProcess = async (
  parts: Pick<Parts, 'log' | 'nats' | 'postgres' | 'issuer'>,
  bus: { readonly [variable: string]: string } = {},
): Promise<RelayProcess> => {
  const dir = await mkdtemp(join(tmpdir(), 'interlock-relay-'));
  const pidFile = join(dir, 'pid');
  const keyFile = join(dir, 'people-key');
  await writeFile(keyFile, randomBytes(32).toString('hex'));
  const guarded = await startGuarded({
    program: process.execPath,
    args: [serviceProgram, 'relay'],
    pidFile,
    remove: [dir],
    ready: /listening 127\.0\.0\.1:(\d+)/,
    env: {
      ...bareEnvironment,
      EVENT_STORE_URL: parts.log.url,
      NATS_URL: parts.nats.url,
      DATABASE_URL: parts.postgres.connectionString,
      INTERLOCK_AUTH: JSON.stringify(parts.issuer.auth),
      PEOPLE_KEY_FILE: keyFile,
      INTERLOCK_MIGRATE: 'true',
      ...bus,
    },
  });
  const pid = Number(await readFile(pidFile, 'utf8'));
  const signal = (name: NodeJS.Signals): void => {
    process.kill(pid, name);
  };
  let gone = false;
  void guarded.ended.then(() => {
    gone = true;
  });
  return {
    pid,
    signal,
    kill: async () => {
      signal('SIGKILL');
      await guarded.ended;
      await rm(dir, { recursive: true, force: true });
    },
    metric: async (name) => {
      const body = await parts.issuer.metricsOf(`http://127.0.0.1:${guarded.match[1]!}`);
      const found = new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(body)?.[1];
      return found === undefined ? undefined : Number(found);
    },
    stop: async () => {
      if (!gone) signal('SIGCONT');
      await guarded.stop();
    },
  };
};
