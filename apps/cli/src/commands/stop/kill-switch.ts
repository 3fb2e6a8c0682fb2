import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { addAsk, whole } from '../../asks.js';
import { findIn } from '../../find-action.js';
import { addList } from '../../lists.js';
import { recordShape, remark, tell, withOutput, type Output } from '../../output/output.js';
import { spanText, timeCell } from '../../output/times.js';
import { visible } from '../../output/visible.js';
import { calls } from '../../program/routes.js';
import { receiptShape, stopped, type Receipt } from './receipt.js';
import { CliError, personal, Session, type Globals } from '../../connection/session.js';

export type Which = {
  readonly scope?: string;
  readonly type?: string;
  readonly account?: string;
  readonly agent?: string;
  readonly site?: string;
  /** True if the caller confirms the target even though it may never have been seen. */
  readonly force?: boolean;
};
type SwitchOptions = Which & Output & { readonly reason: string };
type Use = Schema<'KillSwitchUseDto'>;
type EngageOptions = SwitchOptions & { readonly rollback: boolean };

/**
 * Returns the switch that the options name. The scope may be omitted if another option implies it.
 */
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
/** Prints a receipt. */
export const tellReceipt = (receipt: Receipt, options: Output): Promise<void> =>
  tell(receipt, receiptShape, options, 'json');

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
    ...(which.force === true ? { force: true } : {}),
    ...more,
  });

const release = (session: Session, { reason, ...which }: SwitchOptions): Promise<Receipt> =>
  session.json<Receipt>('POST', path, { ...target(which), engaged: false, reason });

/** The options that name the switch, as they are written on the command line. */
const flagsOf = ({ scope, type, account, agent, site }: Which): string =>
  Object.entries({ scope, type, account, agent, site })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` --${name} ${visible(value ?? '')}`)
    .join('');

/** The exit code if a stop is engaged for a target that was never seen. */
const unseenCode = 3;

/**
 * Reports that the target was never seen, or that this is unknown. It prints nothing if the caller
 * confirmed the target.
 */
export const tellUnseen = async (
  receipt: Receipt,
  { force }: Pick<Which, 'force'>,
  session?: Session,
): Promise<void> => {
  const { known, near } = receipt;
  if ((known !== false && known !== null) || force === true) return;
  const what = stopped(receipt);
  if (known === null) {
    remark(`The stop is engaged. Whether ${what} was ever seen cannot be said now.`);
    return;
  }
  const isTenant = receipt.scope === 'tenant';
  const others = isTenant && near.length === 0 ? await session?.tenantNames().catch(() => []) : near;
  remark(
    [
      `The stop is engaged, but Interlock has never seen ${what}: if the name is wrong, it stops nothing.`,
      ...(others === undefined || others.length === 0
        ? []
        : [`${near.length === 0 ? 'There are' : 'Near names'}: ${others.map(visible).join(', ')}`]),
      'Check the name. --force accepts one that has not been seen yet.',
    ].join('\n'),
  );
  process.exitCode = unseenCode;
};

/** Reports that the receipt may lack actions, and why. */
export const tellIncomplete = ({ complete }: Receipt): void => {
  if (complete === true) return;
  remark(
    complete === false
      ? 'The stop is engaged. The log could not be read to its end: the receipt may lack actions, which stop at their next gate.'
      : 'The stop is engaged. A start has not read the whole log yet: the receipt may lack actions, which stop at their next gate.',
  );
};

/** Adds the option that confirms a name. */
export const forced = (command: Command): Command =>
  command.option('--force', 'the name is meant, though it may not have been seen yet', false);
/** The help text about the exit code of stopping commands. */
export const engages = 'exit code 3 where what it stops was never seen';

/** The options that name a switch. */
export const whichOf = (command: Command): Command =>
  withOutput(calls(command, 'POST /api/v1/autonomous/kill-switch'))
    .option(
      '--scope <scope>',
      'global (with --tenant _system), tenant, action_type, account, agent or site; tenant where nothing else is named',
    )
    .option('--type <action type>', 'stop this action type alone')
    .option('--account <account>', 'stop this account alone')
    .option('--agent <agent>', 'stop this agent alone')
    .option('--site <site>', 'stop the devices of this site alone');

export const addKillSwitch = (program: Command, globals: () => Globals): void => {
  const kill = program
    .command('kill-switch')
    .description('stop autonomous actions at once, or let them go on');
  forced(
    whichOf(
      kill
        .command('engage')
        .description(`stop, and answer with a receipt once nothing can start; ${engages}`),
    ),
  )
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--rollback', 'take back what is in flight', false)
    .action(async (options: EngageOptions) => {
      const { output, json, ...given } = options;
      const session = new Session(globals());
      const receipt = await engage(session, given);
      await tellReceipt(receipt, { ...(output === undefined ? {} : { output }), json: json === true });
      tellIncomplete(receipt);
      await tellUnseen(receipt, given, session);
    });
  whichOf(kill.command('release').description('ask for the release, or complete it as the second person'))
    .requiredOption('--reason <text>', 'why, for the record')
    .action(async (options: SwitchOptions) => {
      const session = new Session(globals());
      const receipt = await release(session, options);
      await tellReceipt(receipt, options);
      if (receipt.release_requested !== null)
        remark(
          `Nothing is released yet. Another person runs \`${session.next(`kill-switch release${flagsOf(options)} --reason TEXT`, 'NAME')}\`.`,
        );
    });
  forced(
    whichOf(
      kill
        .command('drill')
        .description(
          `engage a switch as a drill, tell the time to stop, and ask for its release; ${engages}`,
        ),
    ),
  )
    .option('--reason <text>', 'why, for the record', 'drill')
    .action(async (options: SwitchOptions) => {
      // Only a person can release it, so a session without one would leave the stop engaged.
      const session = personal(globals());
      const engaged = await engage(session, { ...options, rollback: false }, { drill: true });
      const after = await release(session, options);
      await tell(
        {
          use_id: engaged.use_id,
          scope: engaged.scope,
          time_to_stop_ms: engaged.time_to_stop_ms,
          acknowledged_by: engaged.acknowledged_by,
          executors: engaged.executors,
          cancelled_count: engaged.cancelled_count,
          in_flight_count: engaged.in_flight_count,
          known: engaged.known,
          near: engaged.near,
          complete: engaged.complete,
          engaged: after.engaged,
          release_requested: after.release_requested,
        },
        recordShape(),
        options,
        'json',
      );
      tellIncomplete(engaged);
      await tellUnseen(engaged, options, session);
    });
  addList<Use, Schema<'KillSwitchUsesDto'> & { readonly next?: null }>(kill, globals, {
    command: 'status',
    about: 'engaged and past switches, latest first, with the time to stop',
    route: 'GET /api/v1/autonomous/kill-switch',
    what: 'uses of a kill switch',
    query: [
      { flags: '--drills', about: 'drills alone', as: 'drill' },
      { flags: '--limit <n>', about: 'at most so many, up to 200', preset: '50', read: whole(1, 200) },
    ],
    topics: ['stops'],
    columns: [
      { head: 'USE', of: ({ use_id }) => use_id, fit: 13 },
      { head: 'STATE', of: ({ engaged }) => (engaged ? 'ENGAGED' : 'released'), toned: true },
      {
        head: 'WHAT',
        of: (use) =>
          [use.scope, use.action_type ?? use.account_id ?? use.agent ?? use.site_id]
            .filter(Boolean)
            .join(' '),
        fit: 14,
      },
      { head: 'ENGAGED (UTC)', of: ({ engaged_at }, { now }) => timeCell(engaged_at, now), fit: 15 },
      {
        head: 'STOPPED IN',
        of: ({ time_to_stop_ms: ms }) => (ms === null ? '' : spanText(ms)),
        right: true,
      },
      { head: 'DRILL', of: ({ drill }) => (drill ? 'yes' : 'no'), wide: true },
      { head: 'CANCELLED', of: ({ cancelled_count }) => cancelled_count, wide: true, right: true },
      { head: 'IN FLIGHT', of: ({ in_flight_count }) => in_flight_count, wide: true, right: true },
      { head: 'BY', of: ({ engaged_by }) => engaged_by, wide: true },
      { head: 'REASON', of: ({ reason }) => reason, fit: 12 },
    ],
    id: ({ use_id }) => use_id,
    piped: 'json',
  });
  addAsk<Schema<'FollowedReceiptDto'>>(kill, globals, {
    command: 'receipt <use>',
    about: 'the receipt of a use; what was in flight is followed to its end',
    route: 'GET /api/v1/autonomous/kill-switch/{id}',
    find: findIn<Use>('uses', path, ({ use_id }) => use_id),
    shape: recordShape(({ use_id }) => use_id),
    piped: 'json',
  });
};
