import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import {
  CliError,
  homeOf,
  makeToken,
  print,
  readInput,
  readScopes,
  readTenant,
  Session,
  type Globals,
} from '../session.js';

const traces = (file: string): readonly unknown[] => {
  const text = readInput(file).trim();
  try {
    return text.startsWith('[')
      ? (JSON.parse(text) as unknown[])
      : text
          .split('\n')
          .filter((l) => l.trim() !== '')
          .map((l) => JSON.parse(l) as unknown);
  } catch {
    throw new CliError(`${file} is neither a JSON array nor one JSON object a line`);
  }
};

export const addSystem = (program: Command, globals: () => Globals): void => {
  program
    .command('token')
    .description('a token for the running home, and nothing else')
    .requiredOption('--scope <scopes>', 'by comma')
    .option('--tenant <tenant>')
    .option('--sub <name>', "a person's token; without it a service's")
    .option('--ttl <seconds>', '', '3600')
    .action(async (options: { scope: string; tenant?: string; sub?: string; ttl: string }) => {
      const ttlS = Number(options.ttl);
      if (!Number.isInteger(ttlS) || ttlS < 1 || ttlS > 86_400 * 30)
        throw new CliError('--ttl is a whole number of seconds, at most 30 days', 2);
      print(
        await makeToken(homeOf(globals()), {
          tenant: readTenant(options.tenant ?? globals().tenant),
          scopes: readScopes(options.scope),
          ttlS,
          ...(options.sub === undefined ? {} : { sub: options.sub }),
        }),
      );
    });
  program
    .command('status')
    .description('executor, actions by state, kill switch, readiness')
    .action(async () => {
      const session = new Session(globals());
      const [status, ready] = await Promise.all([
        session.json<Schema<'RailsStatusDto'>>('GET', '/api/v1/autonomous/status'),
        session.fetch('GET', '/health/ready'),
      ]);
      print(JSON.stringify({ ready: ready.ok, ...status }, null, 2));
      if (!ready.ok) process.exitCode = 1;
    });
  program
    .command('twin')
    .description('the digital twin')
    .command('import <file>')
    .description('traces for the decision memory, as NDJSON or a JSON array')
    .action(async (file: string) => {
      print(
        JSON.stringify(
          await new Session(globals()).json<Schema<'ImportedTracesDto'>>(
            'POST',
            '/api/v1/autonomous/digital-twin/traces/import',
            traces(file),
          ),
        ),
      );
    });
};
