// The options of `npm start`. This file has no dependencies and is not built, because a fresh
// machine reads it before anything is installed.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `usage: npm start -- [options]

  --port N      where the API and the console are served, 8080 (INTERLOCK_PORT; 0 takes a free port)
  --home DIR    the folder of all state, .interlock (INTERLOCK_HOME)
  --no-demo     without the tenant \`demo\` and its optimiser
  --processes   each service as a process of its own
  --workers N   the services in N processes, 1 to 3: 1 is one process for all, as without this option
  --open        open the console in the browser once it is ready
  --invite      print new links to sign in to the console with, one for each role
  --help        this text
`;

const portOf = (text) => {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new Error(`\`${text}\` is not a port: use a whole number from 0 to 65535`);
  return port;
};

/** The maximum is the number of groups of services in `apps/interlock/src/processes/groups.ts`. */
const workersOf = (text) => {
  const workers = Number(text);
  if (!/^[123]$/.test(text)) throw new Error(`\`${text}\` is not a number of processes: use 1, 2 or 3`);
  return workers;
};

/** The environment gives home and port if no option names them. Throws a plain sentence. */
export const readOptions = (args, environment, cwd) => {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      home: { type: 'string' },
      port: { type: 'string' },
      demo: { type: 'boolean' },
      'no-demo': { type: 'boolean' },
      processes: { type: 'boolean' },
      workers: { type: 'string' },
      open: { type: 'boolean' },
      invite: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.processes === true && values.workers !== undefined)
    throw new Error('`--processes` and `--workers` exclude each other: use one of them');
  if (values.home === '') throw new Error('`--home` is empty: name a folder');
  return {
    home: resolve(cwd, values.home ?? (environment.INTERLOCK_HOME || '.interlock')),
    port: portOf(values.port ?? (environment.INTERLOCK_PORT || '8080')),
    demo: values['no-demo'] !== true,
    processes: values.processes === true,
    workers: workersOf(values.workers ?? '1'),
    open: values.open === true,
    invite: values.invite === true,
    help: values.help === true,
  };
};
