import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export type Listening = {
  /** `127.0.0.1`, `::`, …, or the path of a Unix socket. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  readonly pid: number;
};

const listens = '0A';
const acceptsConnections = 0x1_0000;

const rowsOf = (table: string): readonly (readonly string[])[] =>
  readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .slice(1)
    .map((row) => row.trim().split(/\s+/))
    .filter(({ length }) => length > 6);

/** The kernel writes an address's four bytes as one number in reverse order. */
const addressOf = (hex: string): string =>
  hex.length === 8
    ? [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
    : `[${hex}]`;

/** Every listening socket of the machine, by its inode. */
const sockets = (): ReadonlyMap<string, Omit<Listening, 'pid'>> => {
  const all = new Map<string, Omit<Listening, 'pid'>>();
  for (const table of ['tcp', 'tcp6', 'udp', 'udp6'])
    for (const [, local = '', , state, , , , , , inode = ''] of rowsOf(table)) {
      const [hex = '', port = '0'] = local.split(':');
      if (state === listens || table.startsWith('udp'))
        all.set(inode, { address: addressOf(hex), port: Number.parseInt(port, 16) });
    }
  for (const [, , , flags = '0', , , inode = '', path = '(no name)'] of rowsOf('unix'))
    if ((Number.parseInt(flags, 16) & acceptsConnections) !== 0) all.set(inode, { address: path, port: 0 });
  return all;
};

/** The listening addresses of these processes, from the kernel. */
export const listeningOf = (pids: readonly number[]): readonly Listening[] => {
  const all = sockets();
  return pids.flatMap((pid) => {
    let names: readonly string[];
    try {
      names = readdirSync(`/proc/${pid}/fd`);
    } catch {
      return [];
    }
    return names.flatMap((name): readonly Listening[] => {
      try {
        const [, inode = ''] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${name}`)) ?? [];
        const socket = all.get(inode);
        return socket === undefined ? [] : [{ ...socket, pid }];
      } catch {
        return [];
      }
    });
  });
};
