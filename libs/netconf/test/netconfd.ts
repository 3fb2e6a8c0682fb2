import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNetconfdServer } from '@interlock/testing';
import { connectNetconf, hostKeyFingerprint, type ConnectOptions, type NetconfClient } from '../src/index.js';

export type Netconfd = {
  readonly connect: (more?: Partial<ConnectOptions>) => Promise<NetconfClient>;
  /** The command that serves one session on its standard input and output, as sshd starts it. */
  readonly subsystem: readonly [string, ...string[]];
  readonly stop: () => Promise<void>;
};

/** Starts netconfd with the module `box`. */
export const startNetconfd = async (target: 'candidate' | 'running' = 'candidate'): Promise<Netconfd> => {
  const modules = [dirname(fileURLToPath(import.meta.url))];
  const { port, username, hostKey, home, stop } = await startNetconfdServer({
    modules,
    load: ['box'],
    target,
  });
  const connect = (more: Partial<ConnectOptions> = {}): Promise<NetconfClient> =>
    connectNetconf({
      host: '127.0.0.1',
      port,
      username,
      credentials: { privateKey: readFileSync(join(home, 'user')) },
      hostKey: { known: [hostKeyFingerprint(hostKey)] },
      ...more,
    });
  const subsystem = [
    '/usr/sbin/netconf-subsystem',
    `--ncxserver-sockname=${port}@${join(home, 'ncx.sock')}`,
  ] as const;
  return { connect, subsystem, stop };
};
