import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsk } from '../../asks.js';
import { tell, withOutput, type Output, type Shape } from '../../output/output.js';
import { toned } from '../../output/screen.js';
import { tableText } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { calls } from '../../program/routes.js';
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
import { readText } from '../../reading.js';

const traces = (file: string): readonly unknown[] => {
  const text = readText(file).trim();
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
  withOutput(
    calls(program.command('status'), 'GET /api/v1/autonomous/status').description(
      'executor, actions by state, kill switch, readiness; exit code 1 where it is not ready',
    ),
  ).action(async (options: Output) => {
    const session = new Session(globals());
    await session.checkTenant();
    const [status, ready] = await Promise.all([
      session.json<Schema<'RailsStatusDto'>>('GET', '/api/v1/autonomous/status'),
      session.fetch('GET', '/health/ready'),
    ]);
    await tell({ ready: ready.ok, ...status }, statusShape, options, 'json');
    if (!ready.ok) process.exitCode = 1;
  });
  const twin = program.command('twin').description('the digital twin');
  addAsk<Schema<'PredictionDto'>>(twin, globals, {
    command: 'predict <file>',
    about: 'what an action would do: action_type, entity_id and parameters as JSON',
    route: 'POST /api/v1/autonomous/digital-twin/predict',
  });
  addAsk<Schema<'CalibrationDto'>>(twin, globals, {
    command: 'calibration',
    about: 'how often it was right: predicted risks against outcomes, and coverage of its intervals',
    route: 'GET /api/v1/autonomous/digital-twin/calibration',
  });
  addAsk<Schema<'TraceDto'>>(twin, globals, {
    command: 'trace <id>',
    about: 'one trace of the decision memory, as predictions name it',
    route: 'GET /api/v1/autonomous/digital-twin/traces/{id}',
  });
  calls(twin.command('import <file>'), 'POST /api/v1/autonomous/digital-twin/traces/import')
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
