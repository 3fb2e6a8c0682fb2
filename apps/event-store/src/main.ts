import { parseArgs } from 'node:util';
import { messageOf } from './message-of.js';
import { startEventStore } from './server.js';

const USAGE = 'usage: interlock-event-store (--db FILE | --memory) [--port N] [--host H] [--socket PATH] [--faults-port N]\n';

function fail(message: string): never {
  process.stderr.write(`${message}\n${USAGE}`);
  process.exit(2);
}

function parsePort(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--${name} takes a port, not \`${text}\``);
  return port;
}

function readArguments(): { readonly [name: string]: string | boolean | undefined } {
  try {
    return parseArgs({
      options: {
        db: { type: 'string' },
        memory: { type: 'boolean' },
        host: { type: 'string' },
        port: { type: 'string' },
        socket: { type: 'string' },
        'faults-port': { type: 'string' },
        help: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    return fail(messageOf(error));
  }
}

/** The command: serves until SIGTERM or SIGINT, then stops gracefully. */
export async function main(): Promise<void> {
  const values = readArguments() as { db?: string; memory?: boolean; host?: string; port?: string; socket?: string; 'faults-port'?: string; help?: boolean };
  if (values.help === true) {
    process.stdout.write(USAGE);
    return;
  }
  if (values.db === undefined && values.memory !== true) fail('name a file with --db, or --memory');
  const port = parsePort(values.port, 'port');
  const faultsPort = parsePort(values['faults-port'], 'faults-port');
  const store = await startEventStore({
    ...(values.db === undefined ? {} : { file: values.db }),
    ...(values.memory === undefined ? {} : { memory: values.memory }),
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(port === undefined ? {} : { port }),
    ...(values.socket === undefined ? {} : { socket: values.socket }),
    ...(faultsPort === undefined ? {} : { faults: true, faultsPort }),
  });
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void store.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (store.faultsUrl !== undefined) process.stdout.write(`faults ${store.faultsUrl}\n`);
  process.stdout.write(`listening ${values.host ?? '127.0.0.1'}:${store.port}\n`);
}
