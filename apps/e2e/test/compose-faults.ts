import { docker, host } from './compose.js';

/** Begins a fault of a container; answers what ends it. */
type Fault = (container: string) => Promise<() => Promise<unknown>>;

const inNetworkOf = async (container: string, ...rule: readonly string[]): Promise<void> => {
  const pid = await docker('inspect', '--format', '{{.State.Pid}}', container);
  await host('nsenter', '--target', pid, '--net', ...rule);
};

/** What may happen to a container. Each lasts until it is ended. */
export const faults = {
  killed: async (container) => {
    await docker('kill', container);
    return () => docker('start', container);
  },
  paused: async (container) => {
    await docker('pause', container);
    return () => docker('unpause', container);
  },
  // All that it sends or receives is lost, as between machines; nothing is refused.
  'cut off': async (container) => {
    const rules = [
      ['INPUT', '!', '-i', 'lo'],
      ['OUTPUT', '!', '-o', 'lo'],
    ] as const;
    for (const rule of rules) await inNetworkOf(container, 'iptables', '-I', ...rule, '-j', 'DROP');
    return async () => {
      for (const rule of rules) await inNetworkOf(container, 'iptables', '-D', ...rule, '-j', 'DROP');
    };
  },
} as const satisfies { readonly [name: string]: Fault };

/** Why this machine cannot cut a container off; undefined if it can. */
export const cannotCut = async (): Promise<string | undefined> => {
  if (process.getuid?.() !== 0) return 'the tests do not run as root';
  return Promise.all([host('nsenter', '--version'), host('iptables', '--version')]).then(
    () => undefined,
    () => 'nsenter or iptables is missing',
  );
};
