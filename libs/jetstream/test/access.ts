import { busAccounts, busOperator, busServices, inboxOf, type BusUser } from '@interlock/contracts';
import { startNats, type TestNats } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { connectBus } from '../src/index.js';

export const tenantUsers = ['demo.app', 'demo.other', 'acme.app'] as const;
export const users = [busOperator, ...busServices, ...tenantUsers] as const;
const password = 'secret';
const userOf = (user: string): BusUser => ({ user, secret: { password } });

/** A real nats-server with the accounts that the contracts generate. */
export const startBus = (): Promise<TestNats> => startNats({
  operatorPassword: password,
  accounts: busAccounts([busOperator, ...busServices].map(userOf), new Map([['demo', ['demo.app', 'demo.other'].map(userOf)], ['acme', [userOf('acme.app')]]])),
});

export const connectAs = (nats: TestNats, user: string): Promise<NatsConnection> => connectBus({ url: nats.url, user, password }, { reconnect: false });

/** The subjects whose publication, or on which a subscription, the server refuses to a user. */
export const refused = async (nats: TestNats, user: string, what: 'publish' | 'subscription', subjects: readonly string[], queue?: string): Promise<ReadonlySet<string>> => {
  const connection = await connectAs(nats, user);
  const seen = new Set<string>();
  const watching = (async () => {
    for await (const { permissionContext } of connection.status()) if (permissionContext?.operation === what) seen.add(permissionContext.subject);
  })();
  for (const subject of subjects) {
    if (what === 'publish') connection.publish(subject, '{}', { reply: `${inboxOf(user)}.none` });
    else connection.subscribe(subject, { callback: () => undefined, ...(queue === undefined ? {} : { queue }) });
  }
  // The server answers in order: what it refused has come before the answer to this.
  await connection.flush();
  await connection.close();
  await watching;
  return seen;
};
