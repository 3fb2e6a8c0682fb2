import { busAccounts, busOperator, busServices, inboxOf, type BusUser } from '@interlock/contracts';
import { startNats, type TestNats } from '@interlock/testing';
import type { NatsConnection, QueuedIterator, Status } from 'nats';
import { connectBus } from '../src/index.js';

export const tenantUsers = ['demo.app', 'demo.other', 'acme.app'] as const;
export const users = [busOperator, ...busServices, ...tenantUsers] as const;
const password = 'secret';
const userOf = (user: string): BusUser => ({ user, secret: { password } });

/** The accounts that the contracts generate. */
export const accounts = busAccounts([busOperator, ...busServices].map(userOf), new Map([['demo', ['demo.app', 'demo.other'].map(userOf)], ['acme', [userOf('acme.app')]]]));

/** A real nats-server with them. */
export const startBus = (): Promise<TestNats> => startNats({ operatorPassword: password, accounts });

export const connectAs = (nats: TestNats, user: string): Promise<NatsConnection> => connectBus({ url: nats.url, user, password }, { reconnect: false });

/** Refused to everybody. */
const lastOfAll = 'interlock.last.of.all';

/** The subjects whose publication, or on which a subscription, the server refuses to a user. */
export const refused = async (nats: TestNats, user: string, what: 'publish' | 'subscription', subjects: readonly string[], queue?: string): Promise<ReadonlySet<string>> => {
  const connection = await connectAs(nats, user);
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
    else connection.subscribe(subject, { callback: () => undefined, ...(queue === undefined ? {} : { queue }) });
  }
  await watching;
  status.stop();
  await connection.close();
  return seen;
};
