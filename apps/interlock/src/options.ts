import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export type Options = { readonly home: string; readonly port: number; readonly demo: boolean; readonly processes: boolean };

const portOf = (text: string): number => {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`\`${text}\` is no port: use a whole number from 0 to 65535`);
  return port;
};

/** `--home`, `--port`, `--no-demo`, `--processes`; the environment gives the first two where they are not named. Throws a plain sentence. */
export const readOptions = (args: readonly string[], environment: NodeJS.ProcessEnv, cwd: string): Options => {
  const { values } = parseArgs({
    args: [...args], allowNegative: true, strict: true,
    options: { home: { type: 'string' }, port: { type: 'string' }, demo: { type: 'boolean', default: true }, processes: { type: 'boolean', default: false } },
  });
  return {
    home: resolve(cwd, values.home ?? (environment['INTERLOCK_HOME'] || '.interlock')),
    port: portOf(values.port ?? (environment['INTERLOCK_PORT'] || '8080')),
    demo: values.demo, processes: values.processes,
  };
};
