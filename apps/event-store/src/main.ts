import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { logVerbosity, setLogVerbosity } from '@grpc/grpc-js';
import { importLog } from './writing/import.js';
import { messageOf } from './model/message-of.js';
import { bracketed, type EventStoreOptions, startEventStore } from './service/server.js';
import { hashPassword, parseUsers, type User } from './model/users.js';

const USAGE = `usage: interlock-event-store (--db FILE [--writer-thread] | --memory) [--port N] [--host H] [--socket PATH]
         [--tls-cert FILE --tls-key FILE [--users FILE]] [--faults-port N]
       interlock-event-store --db FILE --import < COPY
       interlock-event-store --hash-password < PASSWORD
`;

const HELP = `${USAGE}
Serves an event log to clients of EventStoreDB; prints \`listening HOST:PORT\` when it answers, stops at SIGTERM and SIGINT.

  --db FILE           the log, an SQLite file; made where it is not there
  --writer-thread     write it in a thread of its own, which pays where the disk is slow
  --memory            a log in memory, gone with the process
  --port N            0, the default, takes a free one
  --host H            127.0.0.1 by default; whoever reaches it may do everything, unless there are users
  --socket PATH       a Unix socket beside the port
  --tls-cert, --tls-key FILE
                      serve with TLS only; in PEM
  --users FILE        who may call, a JSON list of { "name", "password_hash", "groups" or "rights" }; needs TLS
  --import            make FILE from the lines of a copy on standard input, print its last position, and end
  --hash-password     print the hash of the password on standard input
  --faults-port N     serve switches for faults over HTTP, for tests

Exit: 0 stopped, 1 could not start (with one line that says why), 2 not understood.
`;

const OPTIONS = {
  db: { type: 'string' },
  memory: { type: 'boolean' },
  'writer-thread': { type: 'boolean' },
  host: { type: 'string' },
  port: { type: 'string' },
  socket: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  users: { type: 'string' },
  'faults-port': { type: 'string' },
  'hash-password': { type: 'boolean' },
  import: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`);
  process.exit(2);
}

function parsePort(value: string | undefined, name: string): number | undefined {
  if (value === undefined) return undefined;
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port > 65_535) fail(`--${name} takes a port, not \`${value}\``);
  return port;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function readArguments(): Values {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    return fail(messageOf(error));
  }
}

/**
 * Refuses values that cannot be intended: an empty option, or a file together with memory, which
 * would go unused.
 */
function checkValues(values: Values): void {
  for (const [name, value] of Object.entries(values)) if (value === '') fail(`--${name} is empty`);
  if (values.db !== undefined && values.memory === true) fail('--db and --memory exclude each other');
  if (values.db === undefined && values.memory !== true) fail('name a file with --db, or --memory');
}

/** Reads the files that the options name. */
function toOptions(values: Values): EventStoreOptions {
  const port = parsePort(values.port, 'port');
  const faultsPort = parsePort(values['faults-port'], 'faults-port');
  const { 'tls-cert': cert, 'tls-key': key, users } = values;
  if ((cert === undefined) !== (key === undefined)) fail('--tls-cert and --tls-key go together');
  if (users !== undefined && cert === undefined) fail('--users needs --tls-cert and --tls-key');
  if (values['writer-thread'] === true && values.memory === true) fail('--writer-thread needs a file, --db');
  const file = (path: string): string => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new Error(`\`${path}\` cannot be read: ${messageOf(error)}`, { cause: error });
    }
  };
  return {
    ...(values.db === undefined ? {} : { file: values.db }),
    ...(values.memory === undefined ? {} : { memory: values.memory }),
    ...(values['writer-thread'] === undefined ? {} : { writerThread: values['writer-thread'] }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(port === undefined ? {} : { port }),
    ...(values.socket === undefined ? {} : { socket: values.socket }),
    ...(cert === undefined || key === undefined ? {} : { tls: { cert: file(cert), key: file(key) } }),
    ...(users === undefined ? {} : { users: usersOf(users, file(users)) }),
    ...(faultsPort === undefined ? {} : { faults: true, faultsPort }),
  };
}

function usersOf(path: string, content: string): readonly User[] {
  try {
    return parseUsers(content);
  } catch (error) {
    throw new Error(`\`${path}\` is not a list of users: ${messageOf(error)}`, { cause: error });
  }
}

/** The command: serves until SIGTERM or SIGINT, then stops gracefully. */
export async function main(): Promise<void> {
  const values = readArguments();
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  if (values['hash-password'] === true) {
    process.stdout.write(`${await hashPassword((await text(process.stdin)).replace(/\r?\n$/, ''))}\n`);
    return;
  }
  checkValues(values);
  if (values.import === true) {
    if (values.db === undefined) return fail('--import needs a file, --db');
    const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
    process.stdout.write(`${await importLog(values.db, lines)}\n`);
    return;
  }
  // Our errors contain everything that the library would log.
  setLogVerbosity(logVerbosity.NONE);
  // A file that cannot grow fails its writes. Without this handler the signal would end the
  // process.
  process.on('SIGXFSZ', () => undefined);
  const store = await startEventStore({
    ...toOptions(values),
    report: (line) => void process.stderr.write(`${line}\n`),
  });
  let stopping = false;
  const stop = (): void => {
    // A terminal and a parent process may both send a signal. The second one does not interrupt the
    // stop.
    if (stopping) return;
    stopping = true;
    store.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`stopped, but not as it should be: ${messageOf(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  if (store.faultsUrl !== undefined) process.stdout.write(`faults ${store.faultsUrl}\n`);
  process.stdout.write(`listening ${bracketed(values.host ?? '127.0.0.1')}:${store.port}\n`);
}
