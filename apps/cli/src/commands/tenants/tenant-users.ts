import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@interlock/platform/folders';
import { tenantOfUser } from '@interlock/contracts';
import type { BusAddress } from '@interlock/jetstream';
import { CliError, type Session } from '../../connection/session.js';

const folderOf = (home: string): string => join(home, 'bus-users');
const fileOf = (home: string, user: string): string => join(folderOf(home), `${user}.json`);

/** Stores the address and the seed of a bus user, readable only by the owner; returns the file. */
export const keepUser = (home: string, address: BusAddress): string => {
  makeFolders(folderOf(home), 0o700);
  writeFileSync(fileOf(home, address.user), `${JSON.stringify(address, null, 2)}\n`, { mode: 0o600 });
  return fileOf(home, address.user);
};

export const forgetUser = (home: string, user: string): void => rmSync(fileOf(home, user), { force: true });

/** Removes every user of a removed tenant. */
export const forgetUsers = (home: string, tenant: string): void => {
  for (const user of usersOf(home, tenant)) forgetUser(home, user);
};

const usersOf = (home: string, tenant: string): readonly string[] => {
  if (!existsSync(folderOf(home))) return [];
  return readdirSync(folderOf(home))
    .map((name) => name.replace(/\.json$/, ''))
    .filter((user) => tenantOfUser(user) === tenant)
    .sort();
};

/**
 * Returns the user that publishes for the session's tenant: the one in `runtime.json`, or the first
 * that `interlock tenants create` made here.
 */
export const upstreamOf = ({ home, runtime, tenant }: Session): BusAddress => {
  if (tenantOfUser(runtime.nats.user) === tenant) return runtime.nats;
  const [user] = usersOf(home, tenant);
  if (user === undefined)
    throw new CliError(
      `there is no user of the bus for the tenant \`${tenant}\` in ${folderOf(home)}: make one with \`interlock tenants create ${tenant}\``,
    );
  return { ...(JSON.parse(readFileSync(fileOf(home, user), 'utf8')) as BusAddress), url: runtime.nats.url };
};
