// Runs as a user who owns nothing of a home, with files and ports on its standard input, and prints
// its results.
import { accessSync, closeSync, constants, openSync, readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import ssh2 from 'ssh2';

const { paths, ports } = JSON.parse(await text(process.stdin));
const timeoutMs = 20_000;

const works = (doing) => {
  try {
    doing();
    return true;
  } catch {
    return false;
  }
};

/** A stranger's rights to a path of the home: list or read it, or write to it. */
const rightsTo = (path) => {
  const isFolder = works(() => {
    if (!statSync(path).isDirectory()) throw new Error('no folder');
  });
  const reads = works(() => {
    if (isFolder) readdirSync(path);
    else closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  });
  const writes = works(() => accessSync(path, constants.W_OK));
  return [...(reads ? ['read'] : []), ...(writes ? ['write'] : [])];
};

/**
 * The answer on a raw connection to these bytes, until the server closes it or is silent for a
 * second.
 */
const exchange = (port, bytes) =>
  new Promise((resolve) => {
    const parts = [];
    const socket = connect({ port, host: '127.0.0.1' });
    const end = () => {
      socket.destroy();
      resolve(Buffer.concat(parts));
    };
    socket.setTimeout(timeoutMs, end);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (part) => {
      parts.push(part);
      socket.setTimeout(1000, end);
    });
    socket.on('error', end);
    socket.on('close', end);
  });

const startup = (user) => {
  const body = Buffer.from(`user\0${user}\0database\0interlock\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(body.length + 8, 0);
  head.writeInt32BE(196_608, 4);
  return Buffer.concat([head, body]);
};

const sshEnds = (port, auth) =>
  new Promise((resolve) => {
    const client = new ssh2.Client();
    const end = (how) => {
      client.destroy();
      resolve(how);
    };
    client.on('ready', () => end('let in'));
    client.on('error', (error) =>
      end(error.level === 'client-authentication' ? 'refused' : String(error.message)),
    );
    client.on('close', () => end('closed'));
    client.connect({ host: '127.0.0.1', port, readyTimeout: timeoutMs, ...auth });
  });

const httpGet = async (port, path) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined);
  return response === undefined
    ? { status: 0, body: '' }
    : { status: response.status, body: await response.text() };
};

/** The request for each kind of port; the test judges the answers. */
const asking = {
  http: async ({ port, addresses }) =>
    Object.fromEntries(
      await Promise.all(addresses.map(async (address) => [address, await httpGet(port, address)])),
    ),
  nats: async ({ port }) =>
    (await exchange(port, 'CONNECT {"verbose":true,"pedantic":false}\r\nSUB > 1\r\nPING\r\n')).toString(
      'latin1',
    ),
  postgres: async ({ port, users }) =>
    Object.fromEntries(
      await Promise.all(
        users.map(async (user) => {
          const answer = await exchange(port, startup(user));
          const kind = answer.toString('latin1', 0, 1);
          return [user, kind === 'R' ? `R${answer.readInt32BE(5)}` : kind];
        }),
      ),
    ),
  ssh: async ({ port, guesses }) =>
    Promise.all(
      guesses.map((password) =>
        sshEnds(port, { username: 'interlock', ...(password === null ? {} : { password }) }),
      ),
    ),
};

const answers = {};
for (const one of ports) answers[one.name] = await asking[one.kind](one);
process.stdout.write(
  JSON.stringify({
    uid: process.getuid(),
    open: paths.flatMap((path) => rightsTo(path).map((right) => `${right} ${path}`)),
    answers,
  }),
);
