// Checks that ports are free before anything starts. Like the options beside it, it has no
// dependencies and is not built.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';

const tryPort = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve(error.code ?? 'unknown'));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)));
  });

/** The inodes of the sockets that listen on a port, as Linux lists them. */
const listenersOn = (port) =>
  ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    const hex = port.toString(16).toUpperCase().padStart(4, '0');
    const rows = readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
    return rows
      .filter(([, local = '', , state]) => local.endsWith(`:${hex}`) && state === '0A')
      .map((row) => row[9]);
  });

const holds = (pid, sockets) => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`)));
  } catch {
    return false;
  }
};

/**
 * The program of a process and, for an interpreter, its script. Other arguments are omitted because
 * they may hold secrets.
 */
const programOf = (pid) => {
  const [program = '', first = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return [basename(program), ...(first === '' || first.startsWith('-') ? [] : [first])].join(' ');
};

/**
 * The process that listens on a port, such as ``process 4711 (`node apps/interlock/run/main.js`)``;
 * undefined if the system does not say.
 */
const holderOf = (port) => {
  try {
    const sockets = new Set(listenersOn(port).map((inode) => `socket:[${inode}]`));
    const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && holds(name, sockets));
    return pid === undefined ? undefined : `process ${pid} (\`${programOf(pid)}\`)`;
  } catch {
    return undefined;
  }
};

/**
 * The reason why a port cannot be used, as a sentence that names the option to change it; undefined
 * if it is free. Port 0 is always free.
 */
export const portFault = async (port, option) => {
  const code = port === 0 ? undefined : await tryPort(port);
  if (code === undefined) return undefined;
  if (code !== 'EADDRINUSE')
    return `port ${port} cannot be listened on (${code}): choose another one with ${option}`;
  const holder = holderOf(port);
  return `port ${port} is taken${holder === undefined ? '' : ` by ${holder}`}: stop that, or choose another port with ${option}`;
};
