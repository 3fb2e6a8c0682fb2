import type { Schema } from '@interlock/api-types';
import { type Shape } from '../../output/output.js';
import { toned } from '../../output/screen.js';
import { tableText } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { CliError, homeOf, makeToken, print, readScopes, readTenant } from '../../connection/session.js';
import { act, answer, all } from '../../program/declare.js';

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

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400 * 30)
    throw new CliError('--ttl is a whole number of seconds, at most 30 days', 2);
  return seconds;
};

const token = act({
  command: 'token',
  about: 'print a token for the running home',
  options: {
    '--scope <scopes>': { about: 'by comma', required: true, list: true, read: readScopes },
    '--tenant <tenant>':
      'the tenant whose data it may use; default: the --tenant before the command, or demo',
    '--sub <name>': "make a person's token; default: a service's",
    '--ttl <seconds>': { about: 'how long it is valid', preset: '3600', read: secondsOf },
  },
  run: async ({ globals, options: { scope: scopes, tenant, sub, ttl: ttlS } }) =>
    print(
      await makeToken(homeOf(globals), {
        tenant: readTenant(tenant ?? globals.tenant),
        scopes,
        ttlS,
        ...(sub === undefined ? {} : { sub }),
      }),
    ),
});

const status = answer({
  command: 'status',
  about: 'show executor, actions by state, kill switch and readiness; exit code 1 if it is not ready',
  routes: ['GET /api/v1/autonomous/status'],
  run: async ({ session }) => {
    await session.checkTenant();
    const [rails, ready] = await Promise.all([
      session.ask('GET /api/v1/autonomous/status'),
      session.fetch('GET', '/health/ready'),
    ]);
    if (!ready.ok) process.exitCode = 1;
    return { ready: ready.ok, ...rails };
  },
  shape: statusShape,
  piped: 'json',
});

export const addSystem = all(token, status);
