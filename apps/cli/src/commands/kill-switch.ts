import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { CliError, print, Session, type Globals } from '../session.js';

type Receipt = Schema<'KillSwitchReceiptDto'>;
export type Which = {
  readonly scope?: string;
  readonly type?: string;
  readonly account?: string;
  readonly agent?: string;
  readonly site?: string;
};
type SwitchOptions = Which & { readonly reason: string };
type EngageOptions = SwitchOptions & { readonly rollback: boolean };

/** Which switch the options mean; the scope may be left out where another option says it. */
export const target = ({
  scope,
  type,
  account,
  agent,
  site,
}: Which): { readonly [member: string]: string } => {
  const named = [
    ['action_type', 'action_type', type],
    ['account', 'account_id', account],
    ['agent', 'agent', agent],
    ['site', 'site_id', site],
  ] as const;
  const given = named.filter(([, , value]) => value !== undefined);
  if (given.length > 1)
    throw new CliError('one switch at a time: one of --type, --account, --agent and --site', 2);
  return {
    scope: scope ?? given[0]?.[0] ?? 'tenant',
    ...Object.fromEntries(given.map(([, member, value]) => [member, value ?? ''])),
  };
};

export const path = '/api/v1/autonomous/kill-switch';
const shown = (value: unknown): void => {
  print(JSON.stringify(value, null, 2));
};

export const engage = (
  session: Session,
  { reason, rollback, ...which }: EngageOptions,
  more: { readonly drill?: true } = {},
): Promise<Receipt> =>
  session.json<Receipt>('POST', path, {
    ...target(which),
    engaged: true,
    reason,
    rollback_in_flight: rollback,
    ...more,
  });

const release = (session: Session, { reason, ...which }: SwitchOptions): Promise<Receipt> =>
  session.json<Receipt>('POST', path, { ...target(which), engaged: false, reason });

/** The options that name a switch. */
export const whichOf = (command: Command): Command =>
  command
    .option(
      '--scope <scope>',
      'global (with --tenant _system), tenant, action_type, account, agent or site; tenant where nothing else is named',
    )
    .option('--type <action type>')
    .option('--account <account>')
    .option('--agent <agent>')
    .option('--site <site>');

export const addKillSwitch = (program: Command, globals: () => Globals): void => {
  const kill = program
    .command('kill-switch')
    .description('stop autonomous actions at once, or let them go on');
  whichOf(
    kill.command('engage').description('stop, and answer with a receipt once nothing can start any more'),
  )
    .requiredOption('--reason <text>')
    .option('--rollback', 'take back what is in flight', false)
    .action(async (options: EngageOptions) => {
      shown(await engage(new Session(globals()), options));
    });
  whichOf(kill.command('release').description('ask for the release, or complete it as the second person'))
    .requiredOption('--reason <text>')
    .action(async (options: SwitchOptions) => {
      shown(await release(new Session(globals()), options));
    });
  whichOf(
    kill
      .command('drill')
      .description('engage a switch as a drill, tell the time to stop, and ask for its release'),
  )
    .option('--reason <text>', '', 'drill')
    .action(async (options: SwitchOptions) => {
      const session = new Session(globals());
      const engaged = await engage(session, { ...options, rollback: false }, { drill: true });
      const after = await release(session, options);
      shown({
        use_id: engaged.use_id,
        scope: engaged.scope,
        time_to_stop_ms: engaged.time_to_stop_ms,
        acknowledged_by: engaged.acknowledged_by,
        executors: engaged.executors,
        cancelled_count: engaged.cancelled_count,
        in_flight_count: engaged.in_flight_count,
        engaged: after.engaged,
        release_requested: after.release_requested,
      });
    });
  kill
    .command('status')
    .description('what is engaged and what was, the latest first, with the time to stop')
    .option('--drills', 'drills alone', false)
    .option('--limit <n>', 'at most so many, up to 200', '50')
    .action(async ({ drills, limit }: { drills: boolean; limit: string }) => {
      const query = new URLSearchParams({ limit, ...(drills ? { drill: 'true' } : {}) });
      shown(
        await new Session(globals()).json<Schema<'KillSwitchUsesDto'>>('GET', `${path}?${query.toString()}`),
      );
    });
  kill
    .command('receipt <use>')
    .description('the receipt of a use; what was in flight is followed to its end')
    .action(async (use: string) => {
      shown(
        await new Session(globals()).json<Schema<'FollowedReceiptDto'>>(
          'GET',
          `${path}/${encodeURIComponent(use)}`,
        ),
      );
    });
};
