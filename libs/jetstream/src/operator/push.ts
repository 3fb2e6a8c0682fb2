import { atThisPace } from '@interlock/pace';
import type { NatsConnection } from 'nats';
import { inboxFor } from '../connection/connect.js';
import type { AccountJwt } from './jwts.js';

type Answer = {
  readonly error?: { readonly description?: string };
  readonly server?: { readonly name?: string };
};

/** How long servers have to answer, and to accept an account. */
const pingMs = 1000;
const timeoutMs = atThisPace(10_000);

/**
 * Every answer to a request to the servers themselves, until there are `most`, no server can
 * answer, or the time is up.
 */
const askAll = (
  system: NatsConnection,
  subject: string,
  body: string,
  { most, ms }: { readonly most: number; readonly ms: number },
): Promise<readonly Answer[]> => {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Answer[]>();
  const answers: Answer[] = [];
  const inbox = inboxFor(system);
  const timer = setTimeout(() => resolve(answers), ms);
  const subscription = system.subscribe(inbox, {
    callback: (error, message) => {
      if (error !== null) reject(error);
      else if (message.headers?.code === 503) resolve(answers);
      else if (answers.push(message.json<Answer>()) >= most) resolve(answers);
    },
  });
  system.publish(subject, body, { reply: inbox });
  return promise.finally(() => {
    clearTimeout(timer);
    subscription.unsubscribe();
  });
};

/** How many servers there are; `system` is a connection of the system account's user. */
export const countServers = async (system: NatsConnection): Promise<number> =>
  (await askAll(system, '$SYS.REQ.SERVER.PING', '', { most: Infinity, ms: pingMs })).length;

const faultsOf = (answers: readonly Answer[], servers: number): readonly string[] => [
  ...answers.flatMap(({ error, server }) =>
    error === undefined ? [] : [`${server?.name ?? 'a server'} says: ${error.description ?? 'no'}`],
  ),
  ...(answers.length === 0
    ? ['no server answers: their resolver is not `full`']
    : answers.length < servers
      ? [`${answers.length} of ${servers} servers answered`]
      : []),
];

/**
 * Sends one account to every server. Throws an `Error` that names the servers that did not accept
 * it; the others have it then.
 */
export const pushAccount = async (
  system: NatsConnection,
  { name, jwt }: AccountJwt,
  servers: number,
): Promise<void> => {
  const faults = faultsOf(
    await askAll(system, '$SYS.REQ.CLAIMS.UPDATE', jwt, { most: servers, ms: timeoutMs }),
    servers,
  );
  if (faults.length > 0) throw new Error(`the account ${name} is not everywhere: ${faults.join('; ')}`);
};

/**
 * Makes every server delete the accounts in `request`, from `deletionOf`. Returns the reason if a
 * server refuses.
 */
export const deleteAccounts = async (
  system: NatsConnection,
  request: string,
  servers: number,
): Promise<readonly string[]> =>
  faultsOf(
    await askAll(system, '$SYS.REQ.CLAIMS.DELETE', request, { most: servers, ms: timeoutMs }),
    servers,
  );
