import { busTenantAccount, tenantAccount, tenantPattern, logReader, parseStream } from '@interlock/contracts';
import type { AccountJwt, BusKeys, BusTenant, Resolver } from '@interlock/jetstream/operator';
import { keyedUsers, nkeyUsers, type TenantState, tenantDecider, type TenantEvent } from '@interlock/rails';
import type { NatsConnection } from 'nats';
import {
  CliError,
  connectNats,
  pathOf,
  print,
  type Globals,
  homeOf,
  readRuntime,
} from '../../connection/session.js';
import { KeyFolder } from './keys.js';
import { BusOutput } from './output.js';
import { addBusStreams } from './streams.js';
import { act, group } from '../../program/declare.js';
import type { Values } from '../../program/options.js';
import { genuine, type Recorded } from '@interlock/kernel';
import { areOfEnvironment } from '../../parts.js';

type Operator = typeof import('@interlock/jetstream/operator');
const options = {
  '--keys <dir>': 'folder of the seeds; missing ones are made, and none is overwritten',
  '--out <dir>': 'folder of operator.jwt, resolver.conf, accounts/, creds/ and users/',
  '--resolver <kind>': {
    about: 'full: servers learn accounts while they run; memory: resolver.conf lists the accounts',
    preset: 'full',
  },
  '--resolver-dir <dir>': {
    about: 'where each server with the resolver full keeps accounts',
    preset: './jwt',
  },
  '--push': 'send the servers at NATS_URL the accounts that they lack',
  '--all': 'with --push: every account',
  '--delete': 'with --push: delete the accounts of removed tenants, which are closed anyway',
  '--rotate <account...>': "add new keys for an account's users beside the present ones",
  '--retire <account...>': "admit only users of an account's last keys",
  '--prune': 'treat tenants that are not in the log as removed',
} as const;
type Options = Values<typeof options>;
type Folders = Options & { readonly keys: string; readonly out: string };

const { env } = process;

/**
 * Returns the log's address: EVENT_STORE_URL, otherwise the home's. Only the log is needed, because
 * it exists before the bus has users.
 */
const logOf = async (globals: Globals): Promise<string> => {
  if (areOfEnvironment(globals, 'EVENT_STORE_URL'))
    return (await import('@interlock/eventstore')).readLogUrl(env, logReader);
  const log = readRuntime(homeOf(globals)).event_store;
  if (log === undefined) throw new CliError('set EVENT_STORE_URL', 2);
  return log;
};

/** The current registrations of every tenant in the log, sorted by name. */
const readTenants = async (globals: Globals): Promise<ReadonlyMap<string, TenantState>> => {
  const { connectEventStore, createFollower, readEventKeys } = await import('@interlock/eventstore');
  const store = await connectEventStore(await logOf(globals), { keys: readEventKeys(process.env, []) });
  const states = new Map<string, TenantState>();
  const follower = createFollower(genuine(store), {
    name: 'interlock-cli-tenants',
    prefixes: ['tenant-'],
    onEvent: (event) => {
      const stream = parseStream(event.stream);
      if (stream?.id === 'registry')
        states.set(
          stream.tenant,
          tenantDecider.evolve(
            states.get(stream.tenant) ?? tenantDecider.initial,
            event as Recorded<TenantEvent>,
          ),
        );
    },
  });
  try {
    await follower.start();
    await follower.confirmCurrent();
  } finally {
    await follower.stop();
    await store.close();
  }
  return new Map([...states].sort(([a], [b]) => (a < b ? -1 : 1)));
};

const warn = (text: string): void => {
  process.stderr.write(`interlock: ${text}\n`);
};

/**
 * Prints the static form: the tenants' accounts for `accounts` in nats-server's configuration. It
 * contains active and suspended tenants, with the users that log in with an nkey.
 */
const printStatic = async (globals: Globals): Promise<void> => {
  for (const [tenant, { status, credentials }] of await readTenants(globals)) {
    const users = nkeyUsers(credentials.values());
    if (status !== 'removed' && users.length > 0) print(tenantAccount(tenant, users));
  }
};

const tenantOf = (
  tenant: string,
  { status, credentials, formerKeys }: TenantState,
  { isUserKey }: Operator,
): BusTenant => {
  const users = keyedUsers(credentials.values()).filter(({ user, public_key: key }) => {
    if (formerKeys.has(key))
      warn(
        `the key of ${user} is that of another user of ${tenant}, which was revoked: ${user} is not let in until it has a key of its own`,
      );
    else if (!isUserKey(key)) warn(`the key of ${user} is not a public key of an nkey: it is not let in`);
    else return true;
    return false;
  });
  return {
    tenant,
    status: status === 'removed' ? 'removed' : 'present',
    users,
    former: [...formerKeys.keys()].filter(isUserKey),
  };
};

/**
 * Returns the tenants that have or had a user with a key. Throws for an account of an unknown
 * tenant unless `prune` is set, because this may be the wrong log.
 */
const tenantsOf = (
  states: ReadonlyMap<string, TenantState>,
  accounts: readonly string[],
  prune: boolean,
  operator: Operator,
): readonly BusTenant[] => {
  const known = [...states].filter(([tenant]) => tenantPattern.test(tenant));
  const strange = accounts
    .filter(
      (account) =>
        account.startsWith(busTenantAccount('')) &&
        !known.some(([tenant]) => busTenantAccount(tenant) === account),
    )
    .map((account) => account.slice(busTenantAccount('').length));
  if (strange.length > 0 && !prune)
    throw new CliError(
      `the log has no tenant ${strange.join(', ')}, which has an account: is it the right log? With --prune they are treated as removed`,
    );
  return [
    ...known
      .map(([tenant, state]) => tenantOf(tenant, state, operator))
      .filter(
        ({ tenant, status, users, former }) =>
          accounts.includes(busTenantAccount(tenant)) ||
          (status === 'present' && users.length + former.length > 0),
      ),
    ...strange.map((tenant): BusTenant => ({ tenant, status: 'removed', users: [], former: [] })),
  ];
};

/**
 * Connects as the system account's user. Servers that lack its newest keys know the previous ones.
 */
const connectSystem = async (
  url: string,
  keys: BusKeys,
  { busSystemUser, systemCreds }: Operator,
): Promise<NatsConnection> => {
  const { readBusTls } = await import('@interlock/jetstream');
  const tls = readBusTls(process.env);
  let failure: unknown;
  for (const creds of await systemCreds(keys)) {
    try {
      return await connectNats({ url, user: busSystemUser, creds, ...(tls === undefined ? {} : { tls }) });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
};

/**
 * Pushes accounts to the servers. Each accepted account is recorded at once, so an interrupted push
 * continues where it stopped.
 */
const push = async (
  url: string,
  keys: BusKeys,
  output: BusOutput,
  made: readonly AccountJwt[],
  removed: ReadonlySet<string>,
  given: Options,
  operator: Operator,
): Promise<void> => {
  const [fresh, ended] = [
    output.unpushed(made, given.all === true),
    made.filter(({ name }) => removed.has(name)),
  ];
  const system = await connectSystem(url, keys, operator);
  try {
    const servers = await operator.countServers(system);
    // The account of the pushing user comes last.
    for (const account of [...fresh].sort(
      (a, b) => Number(a.name === operator.busSystemAccount) - Number(b.name === operator.busSystemAccount),
    )) {
      await operator.pushAccount(system, account, servers);
      output.remember([account], 'pushed');
      print(`${account.name} is pushed to ${servers} ${servers === 1 ? 'server' : 'servers'}`);
    }
    if (fresh.length === 0) print('the servers have every account as it is');
    const deleted = given.delete === true ? output.present(ended) : [];
    if (deleted.length === 0) return;
    const faults = await operator.deleteAccounts(
      system,
      await operator.deletionOf(
        keys,
        deleted.map(({ public_key: key }) => key),
      ),
      servers,
    );
    if (faults.length > 0)
      warn(
        `not deleted, and still closed to everybody: ${deleted.map(({ name }) => name).join(', ')}; ${faults.join('; ')}`,
      );
    else {
      output.remember(deleted, 'deleted');
      print(`deleted: ${deleted.map(({ name }) => name).join(', ')}`);
    }
  } finally {
    await system.close();
  }
};

const resolverOf = ({ resolver, resolverDir, push: isPush }: Options): Resolver => {
  if (resolver === 'full') return { kind: 'full', dir: resolverDir };
  if (resolver !== 'memory') throw new CliError('--resolver is full or memory', 2);
  if (isPush === true)
    throw new CliError(
      'servers with the resolver `memory` take no accounts while they run: give them the new resolver.conf and start them again',
      2,
    );
  return { kind: 'memory' };
};

/** Creates, in operator mode, missing keys, and the JWTs and creds files that changed. */
const make = async (globals: Globals, given: Folders): Promise<void> => {
  const resolver = resolverOf(given);
  const operator = await import('@interlock/jetstream/operator');
  const url = process.env['NATS_URL'] || '';
  if (given.push === true && url === '') throw new CliError('set NATS_URL: it says where the servers are', 2);
  const [rotated, retired] = [given.rotate ?? [], given.retire ?? []];
  if (rotated.includes(operator.busSystemAccount) && retired.includes(operator.busSystemAccount))
    throw new CliError('rotate SYS and push first, then retire it: what tells the servers logs in there', 2);
  const states = await readTenants(globals);
  const output = new BusOutput(pathOf(given.out), operator);
  const folder = new KeyFolder(pathOf(given.keys), output.known(), operator);
  const keys = folder.keys();
  for (const account of rotated) folder.rotate(account);
  for (const account of retired) folder.retire(account);
  const tenants = tenantsOf(states, folder.accounts(), given.prune === true, operator);
  const { accounts, changed } = await output.write(await operator.makeBusJwts(keys, tenants), resolver);
  for (const file of changed) print(file);
  if (changed.length === 0) print(`nothing changed in ${output.dir}`);
  const removed = new Set(
    tenants.filter(({ status }) => status === 'removed').map(({ tenant }) => busTenantAccount(tenant)),
  );
  if (given.push === true) await push(url, keys, output, accounts, removed, given, operator);
};

const accounts = act({
  command: 'accounts',
  about:
    "the accounts of tenants as text for `accounts` of its configuration; with --keys and --out everything for operator mode, of the registrations in the log (EVENT_STORE_URL, else the home's)",
  options,
  run: ({ globals, options: given }) => {
    const { keys, out } = given;
    if (keys !== undefined && out !== undefined) return make(globals, { ...given, keys, out });
    if (keys === undefined && out === undefined) return printStatic(globals);
    throw new CliError('operator mode needs both --keys and --out', 2);
  },
});

/** `interlock bus`: accounts and streams of a nats-server that Interlock does not start itself. */
export const addBusAccounts = group('bus', 'configure nats-server', [addBusStreams, accounts]);
