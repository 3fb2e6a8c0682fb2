import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startNetconfdServer } from '@interlock/testing';
import { connectNetconf, hostKeyFingerprint, type ConnectOptions, type NetconfClient } from '../src/index.js';

export type Netconfd = {
  readonly connect: (more?: Partial<ConnectOptions>) => Promise<NetconfClient>;
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
  return { connect, stop };
};
