import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { answering } from '../../asks.js';
import { tell, type Output, type Shape } from '../../output/output.js';
import { toned } from '../../output/screen.js';
import { tableText } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import {
  CliError,
  homeOf,
  makeToken,
  print,
  readScopes,
  readTenant,
  Session,
  type Globals,
} from '../../connection/session.js';

type Status = Schema<'RailsStatusDto'> & { readonly ready: boolean };

const statusShape: Shape<Status> = {
  text: ({ ready, executor, actions, dry_runs: dry, kill_switch: stop }, screen) =>
    [
      `ready        ${ready ? toned('yes', 'good', screen) : toned('no', 'bad', screen)}`,
      `executor     ${executor.busy} of ${executor.workers} workers busy, ${executor.running} running, ${executor.depth} waiting`,
      `kill switch  ${stop.engaged ? toned('ENGAGED', 'bad', screen) : 'not engaged'}${stop.current ? '' : ', as far as is known'}`,
      ...stop.uses
        .filter(({ engaged }) => engaged)
        .map((use) => visible(`             ${use.scope}: ${use.reason}, by ${use.engaged_by}`)),
      '',
      tableText(
        [...new Set([...Object.keys(actions), ...Object.keys(dry)])],
        [
          { head: 'STATE', of: (state) => state, toned: true },
          { head: 'ACTIONS', of: (state) => String(actions[state] ?? 0), right: true },
          { head: 'DRY RUNS', of: (state) => String(dry[state] ?? 0), right: true },
        ],
        screen,
      ),
    ].join('\n'),
  names: () => [],
};

export const addSystem = (program: Command, globals: () => Globals): void => {
  program
    .command('token')
    .description('a token for the running home, and nothing else')
    .requiredOption('--scope <scopes>', 'by comma')
    .option('--tenant <tenant>', 'whose data it may use; else that of --tenant before the command, else demo')
    .option('--sub <name>', "a person's token; without it a service's")
    .option('--ttl <seconds>', 'how long it is good', '3600')
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
  answering(program, 'status', 'GET /api/v1/autonomous/status')
    .description('executor, actions by state, kill switch, readiness; exit code 1 where it is not ready')
    .action(async (options: Output) => {
      const session = new Session(globals());
      await session.checkTenant();
      const [status, ready] = await Promise.all([
        session.json<Schema<'RailsStatusDto'>>('GET', '/api/v1/autonomous/status'),
        session.fetch('GET', '/health/ready'),
      ]);
      await tell({ ready: ready.ok, ...status }, statusShape, options, 'json');
      if (!ready.ok) process.exitCode = 1;
    });
};
