import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { jsonEvent, type EventStoreDBClient } from '@eventstore/db-client';
import { ProblemError, sameJson } from '@interlock/kernel';
import { atThisPace } from '@interlock/pace';
import { readAddress } from './address.js';
import { discardClient, openClient } from './client.js';

/** A user of an EventStoreDB; without `writes`, the user only reads. */
export type LogAccount = { readonly name: string; readonly password: string; readonly writes: boolean };

const writers = 'interlock-writers';
const readers = 'interlock-readers';
const admins = '$admins';

/** A user in neither group has no right to any stream, not even to read one. */
const defaultAccess = {
  $userStreamAcl: {
    $r: [writers, readers, admins],
    $w: [writers, admins],
    $d: [admins],
    $mr: [writers, readers, admins],
    $mw: [writers, admins],
  },
  $systemStreamAcl: { $r: [admins], $w: [admins], $d: [admins], $mr: [admins], $mw: [admins] },
};
const readersOfAll = defaultAccess.$userStreamAcl.$r;

const setDefaultAccess = async (client: EventStoreDBClient): Promise<boolean> => {
  const last: unknown[] = [];
  try {
    for await (const { event } of client.readStream('$settings', {
      direction: 'backwards',
      fromRevision: 'end',
      maxCount: 1,
    }))
      last.push(event?.data);
  } catch (error) {
    if ((error as { readonly type?: string }).type !== 'stream-not-found') throw error;
  }
  if (sameJson(last[0], defaultAccess)) return false;
  await client.appendToStream('$settings', jsonEvent({ type: 'update-default-acl', data: defaultAccess }));
  return true;
};

const setAccessToAll = async (client: EventStoreDBClient): Promise<boolean> => {
  const { metadata } = await client.getStreamMetadata('$all');
  if (sameJson(metadata?.acl?.readRoles, readersOfAll)) return false;
  await client.setStreamMetadata('$all', { acl: { readRoles: [...readersOfAll] } });
  return true;
};

type Ask = (method: string, path: string, body?: object) => Promise<number>;

/** Calls the management API of the first server in the connection string. */
const managementOf = (url: string): Ask => {
  const { hostname, port, username, password, searchParams } = new URL(
    url.replace(/^\w+(?:\+discover)?:/, 'https:').replace(/,[^/?]*/, ''),
  );
  const ca = [...searchParams].find(([name]) => /^tls_?-?ca_?-?file$/i.test(name))?.[1];
  const options = {
    hostname,
    port: port || 2113,
    auth: `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
    timeout: atThisPace(10_000),
    ...(ca === undefined ? {} : { ca: readFileSync(ca) }),
  };
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const headers = { accept: 'application/json', 'content-type': 'application/json' };
      const asked = request({ ...options, method, path, headers }, (answer) => {
        text(answer).then(() => resolve(answer.statusCode ?? 0), reject);
      });
      asked.once('timeout', () => asked.destroy(new Error('no answer within 10 s')));
      asked.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
};

const setAccount = async (ask: Ask, { name, password, writes }: LogAccount): Promise<void> => {
  const path = `/users/${encodeURIComponent(name)}`;
  const about = { fullName: `Interlock ${name}`, groups: [writes ? writers : readers] };
  const expect = async (wanted: number, ...asked: Parameters<Ask>): Promise<void> => {
    const status = await ask(...asked);
    if (status !== wanted)
      throw new ProblemError(
        'log-unavailable',
        `the log answered ${status} when the user \`${name}\` was made`,
        {
          remedy: 'name an administrator of the log and the password',
        },
      );
  };
  if ((await ask('GET', path)) === 404) {
    await expect(201, 'POST', '/users/', { loginName: name, password, ...about });
    return;
  }
  await expect(200, 'PUT', path, about);
  await expect(200, 'POST', `${path}/command/reset-password`, { newPassword: password });
};

const administratorIn = (connectionString: string): string => {
  const { url } = readAddress(connectionString);
  if (!/^\w+(?:\+discover)?:\/\/[^/?]+@/.test(url))
    throw new ProblemError('validation-failed', 'an administrator of the log is needed to prepare it');
  return url;
};

/**
 * Creates Interlock's users on an EventStoreDB, as its administrator. Each user gets its password
 * and its group: the writers or the readers. An existing user gets the password and the group too.
 * Throws `validation-failed` if the connection string names no user, and `log-unavailable` if the
 * server refuses.
 */
export const makeLogUsers = async (
  connectionString: string,
  accounts: readonly LogAccount[],
): Promise<void> => {
  const ask = managementOf(administratorIn(connectionString));
  for (const account of accounts) await setAccount(ask, account);
};

/**
 * Sets the default access lists of an EventStoreDB, as its administrator, so that a user outside
 * Interlock's groups can do nothing. A second call changes nothing. Returns how many lists it
 * changed. Throws `validation-failed` if the connection string names no user, and `log-unavailable`
 * if the log refuses.
 */
export const shutStrangersOut = async (connectionString: string): Promise<number> => {
  const client = openClient(administratorIn(connectionString));
  try {
    return [await setDefaultAccess(client), await setAccessToAll(client)].filter(Boolean).length;
  } catch (error) {
    throw new ProblemError('log-unavailable', 'the access lists of the log cannot be set', { cause: error });
  } finally {
    await discardClient(client);
  }
};
