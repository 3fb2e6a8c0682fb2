import { findIn } from '../../find-action.js';
import { recordShape, remark } from '../../output/output.js';
import { spanText } from '../../output/times.js';
import { visible } from '../../output/visible.js';
import { receiptShape, stopped, type Receipt } from './receipt.js';
import { CliError, Session } from '../../connection/session.js';
import { ask, answer, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole } from '../../readers.js';
import type { Values } from '../../program/options.js';
import type { Schema } from '@interlock/api-types';

/** The options that name a switch. */
const whichOptions = {
  '--scope <scope>':
    'global (with --tenant _system), tenant, action_type, account, agent or site; default: tenant, if no other target is named',
  '--type <action type>': 'stop only this action type',
  '--account <account>': 'stop only this account',
  '--agent <agent>': 'stop only this agent',
  '--site <site>': 'stop only the devices of this site',
} as const;
const reason = { '--reason <text>': { about: 'why, for the record', required: true } } as const;
/** The caller confirms the target even though it may never have been seen. */
const force = {
  '--force': { about: 'accept the name even if it was never seen', preset: false },
} as const;
/** The options of a command that stops. */
export const engageOptions = {
  ...whichOptions,
  ...force,
  ...reason,
  '--rollback': { about: 'roll back what is in flight', preset: false },
} as const;
type Which = Values<typeof whichOptions>;

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

const route = 'POST /api/v1/autonomous/kill-switch';

export const engage = (
  session: Session,
  { reason: why, rollback, force: isMeant, ...which }: Values<typeof engageOptions>,
  drill?: true,
): Promise<Receipt> =>
  session.ask(route, [], {
    body: {
      ...target(which),
      engaged: true,
      reason: why,
      rollback_in_flight: rollback,
      force: isMeant || undefined,
      drill,
    },
  });

const release = (session: Session, why: string, which: Which, drill?: true): Promise<Receipt> =>
  session.ask(route, [], { body: { ...target(which), engaged: false, reason: why, drill } });

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
export const tellUnseen = async (receipt: Receipt, force: boolean, session?: Session): Promise<void> => {
  const { known, near } = receipt;
  if ((known !== false && known !== null) || force) return;
  const what = stopped(receipt);
  if (known === null) {
    remark(`The stop is engaged. Whether ${what} was ever seen cannot be determined now.`);
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

/** The help text about the exit code of stopping commands. */
export const engages = 'exit code 3 if the target was never seen';

export const addKillSwitch = group('kill-switch', 'stop autonomous actions at once, or let them continue', [
  answer({
    command: 'engage',
    about: `stop, and print a receipt once nothing can start; ${engages}`,
    routes: [route],
    options: engageOptions,
    piped: 'json',
    run: async ({ session, options, tell }) => {
      const receipt = await engage(session, options);
      await tell(receipt, receiptShape);
      tellIncomplete(receipt);
      await tellUnseen(receipt, options.force, session);
    },
  }),
  answer({
    command: 'release',
    about: 'request the release, or complete it as the second person',
    routes: [route],
    options: { ...whichOptions, ...reason },
    piped: 'json',
    run: async ({ session, options, tell }) => {
      const receipt = await release(session, options.reason, options);
      await tell(receipt, receiptShape);
      if (receipt.release_requested !== null)
        remark(
          `Nothing is released yet. Another person runs \`${session.next(`kill-switch release${flagsOf(options)} --reason TEXT`, 'NAME')}\`.`,
        );
    },
  }),
  answer({
    command: 'drill',
    about: `engage a switch as a drill, print the time to stop, and request its release; ${engages}`,
    routes: [route],
    options: {
      ...whichOptions,
      ...force,
      '--reason <text>': { about: 'why, for the record', preset: 'drill' },
    },
    // Only a person can release it, so a session without one would leave the stop engaged.
    personal: true,
    piped: 'json',
    run: async ({ session, options, tell }) => {
      const engaged = await engage(session, { ...options, rollback: false }, true);
      const after = await release(session, options.reason, options, true);
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
      );
      tellIncomplete(engaged);
      await tellUnseen(engaged, options.force, session);
    },
  }),
  list({
    command: 'status',
    about: 'show engaged and past switches, latest first, with the time to stop',
    route: 'GET /api/v1/autonomous/kill-switch',
    what: 'uses of a kill switch',
    query: {
      '--drills': { about: 'show only drills', as: 'drill' },
      '--limit <n>': { about: 'at most so many, up to 200', preset: '50', read: whole(1, 200) },
    },
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
      { head: 'ENGAGED (UTC)', time: ({ engaged_at }) => engaged_at, fit: 15 },
      { head: 'STOPPED IN', of: ({ time_to_stop_ms: ms }) => (ms === null ? '' : spanText(ms)), right: true },
      { head: 'DRILL', of: ({ drill }) => (drill ? 'yes' : 'no'), wide: true },
      { head: 'CANCELLED', of: ({ cancelled_count }) => cancelled_count, wide: true, right: true },
      { head: 'IN FLIGHT', of: ({ in_flight_count }) => in_flight_count, wide: true, right: true },
      { head: 'BY', of: ({ engaged_by }) => engaged_by, wide: true },
      { head: 'REASON', of: ({ reason }) => reason, fit: 12 },
    ],
    id: ({ use_id }) => use_id,
    piped: 'json',
  }),
  ask({
    command: 'receipt <use>',
    about: 'show the receipt of a use, which follows what was in flight to its end',
    route: 'GET /api/v1/autonomous/kill-switch/{id}',
    find: findIn('uses', 'GET /api/v1/autonomous/kill-switch', ({ use_id }) => use_id),
    shape: recordShape<Schema<'FollowedReceiptDto'>>(({ use_id }) => use_id),
    piped: 'json',
  }),
]);
