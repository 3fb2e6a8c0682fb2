import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  busAccounts,
  busOperator,
  busServices,
  inboxOf,
  noBusGrants,
  type BusGrants,
  type BusUser,
} from '@interlock/contracts';
import { memoryBusKeys, startNats, type TestNats } from '@interlock/testing';
import { createUser, fmtCreds } from '@nats-io/jwt';
import type { NatsConnection, QueuedIterator, Status } from 'nats';
import { connectBus, type BusLogin } from '../src/index.js';
import {
  busSystemUser,
  countServers,
  makeBusJwts,
  pushAccount,
  resolverText,
} from '../src/operator/index.js';

const tenantUsers = ['demo.app', 'demo.other', 'acme.app'] as const;
export const users = [busOperator, ...busServices, ...tenantUsers] as const;
const tenants = new Map([
  ['demo', ['demo.app', 'demo.other']],
  ['acme', ['acme.app']],
]);

/** A bus with the users above, and how each of them logs in. */
export type TestBus = { readonly nats: TestNats; readonly loginOf: (user: string) => BusLogin };

const login = { password: 'secret' };
/**
 * One user of `demo` reports a signal and has a handler; the other users of tenants have neither.
 */
export const grantsOf = (user: string): BusGrants =>
  user === 'demo.app' ? { signals: ['integrity_score'], handlers: ['mail.sort'] } : noBusGrants;
const userOf = (user: string): BusUser => ({ user, secret: login, grants: grantsOf(user) });
/** The accounts that the contracts generate. */
export const accounts = busAccounts(
  [busOperator, ...busServices].map(userOf),
  new Map([...tenants].map(([tenant, names]) => [tenant, names.map(userOf)])),
);

/** A real nats-server with these users. */
const startStatic = async (): Promise<TestBus> => ({
  nats: await startNats({ operator: login, accounts }),
  loginOf: () => login,
});

/**
 * The same in operator mode; servers that learn accounts while they run are told of the tenants'
 * when they are up.
 */
const startOperatorMode = (kind: 'full' | 'memory') => async (): Promise<TestBus> => {
  const dir = await mkdtemp(join(tmpdir(), 'interlock-accounts-'));
  const keys = await memoryBusKeys();
  const seeds = new Map(tenantUsers.map((user) => [user as string, createUser()]));
  const made = await makeBusJwts(
    keys,
    [...tenants].map(([tenant, names]) => ({
      tenant,
      status: 'present',
      former: [],
      users: names.map((user) => ({
        user,
        public_key: seeds.get(user)!.getPublicKey(),
        grants: grantsOf(user),
      })),
    })),
  );
  const loginOf = (user: string): BusLogin => {
    const seed = seeds.get(user);
    return {
      creds:
        seed === undefined
          ? made.creds.get(user)!
          : new TextDecoder().decode(fmtCreds(made.users.get(user)!, seed)),
    };
  };
  const nats = await startNats({
    operator: loginOf(busOperator),
    accounts: resolverText(made, kind === 'full' ? { kind, dir } : { kind }),
  });
  if (kind === 'full') {
    const system = await connectBus({
      url: nats.url,
      user: busSystemUser,
      creds: made.creds.get(busSystemUser)!,
    });
    for (const account of made.accounts.filter(({ name }) => name.startsWith('tenant_')))
      await pushAccount(system, account, await countServers(system));
    await system.close();
  }
  return {
    nats: {
      ...nats,
      stop: async () => {
        await nats.stop();
        await rm(dir, { recursive: true, force: true });
      },
    },
    loginOf,
  };
};

/** Every form in which a nats-server is told who is let in. */
export const forms = {
  'accounts in the configuration': startStatic,
  'operator mode, resolver full': startOperatorMode('full'),
  'operator mode, resolver memory': startOperatorMode('memory'),
};

export const connectAs = ({ nats, loginOf }: TestBus, user: string): Promise<NatsConnection> =>
  connectBus({ url: nats.url, user, ...loginOf(user) }, { reconnect: false });

/** These subjects are refused to everybody. */
const lastOfAll = 'interlock.last.of.all';

/** The subjects whose publication, or on which a subscription, the server refuses to a user. */
export const refused = async (
  bus: TestBus,
  user: string,
  what: 'publish' | 'subscription',
  subjects: readonly string[],
  queue?: string,
): Promise<ReadonlySet<string>> => {
  const connection = await connectAs(bus, user);
  const seen = new Set<string>();
  const status = connection.status() as QueuedIterator<Status>;
  const watching = (async () => {
    for await (const { permissionContext } of status) {
      // The server answers in order: what it refused before has come when this has.
      if (permissionContext?.subject === lastOfAll) return;
      if (permissionContext?.operation === what) seen.add(permissionContext.subject);
    }
  })();
  for (const subject of [...subjects, lastOfAll]) {
    if (what === 'publish') connection.publish(subject, '{}', { reply: `${inboxOf(user)}.none` });
    else
      connection.subscribe(subject, { callback: () => undefined, ...(queue === undefined ? {} : { queue }) });
  }
  await watching;
  status.stop();
  await connection.close();
  return seen;
};
