import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { systemTenant } from '@interlock/contracts';
import type { BusAddress } from '@interlock/jetstream';
import type { Command } from 'commander';
import { calls } from '../routes.js';
import { CliError, connectNats, print, readTenant, Session, type Globals } from '../session.js';
import { forgetUser, forgetUsers, keepUser } from './tenant-users.js';

type Tenant = Schema<'TenantDto'>;
type Named = { readonly agents?: string; readonly accounts?: string };
type Who = { readonly user?: string; readonly service?: string; readonly person?: string };

const path = '/api/v1/autonomous/tenants';
const letInMs = 10_000;
const letInEveryMs = 100;

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
const system = (globals: Globals): Session => new Session({ ...globals, tenant: systemTenant });

/** Waits until the bus knows the user, which it learns a moment after the log. */
const letIn = async (address: BusAddress): Promise<boolean> => {
  for (const until = performance.now() + letInMs; performance.now() < until;) {
    // One that connects while nats-server reloads may be left without an answer.
    const connection = await connectNats(address, { timeoutMs: 1000 }).catch(() => undefined);
    if (connection !== undefined) {
      await connection.close();
      return true;
    }
    await delay(letInEveryMs);
  }
  return false;
};

const create = async (
  globals: Globals,
  tenant: string,
  { user: name, ...named }: Named & { readonly user: string },
): Promise<void> => {
  const session = system(globals);
  const { newBusKey } = await import('@interlock/jetstream');
  await session.json('POST', path, { name: readTenant(tenant) });
  const { seed, public_key } = newBusKey();
  const address: BusAddress = { url: session.runtime.nats.url, user: `${tenant}.${name}`, seed };
  await session.json('POST', `${path}/${tenant}/credentials`, {
    kind: 'bus',
    name: address.user,
    public_key,
    agents: listOf(named.agents),
    accounts: listOf(named.accounts),
  });
  print(`${tenant} is there; its user ${address.user} stands in ${keepUser(session.home, address)}`);
  if (!(await letIn(address)))
    throw new CliError(
      'the bus does not know the user yet: give it the accounts of `interlock tenants list`',
    );
};

const kindOf = (
  tenant: string,
  { user, service, person }: Who,
): { readonly kind: string; readonly name: string } => {
  const named = [
    ['bus', user === undefined ? undefined : `${tenant}.${user}`],
    ['service', service],
    ['person', person],
  ].filter(([, name]) => name !== undefined);
  if (named.length !== 1) throw new CliError('name one of --user, --service, --person', 2);
  return { kind: named[0]![0]!, name: named[0]![1]! };
};

const allow = async (globals: Globals, tenant: string, options: Named & Who): Promise<void> => {
  const session = system(globals);
  const who = kindOf(tenant, options);
  const { items } = await session.json<Schema<'TenantListDto'>>('GET', path);
  const known = items
    .find(({ tenant_id: id }) => id === tenant)
    ?.credentials.find(({ credential }) => who.kind === 'bus' && credential === `service:nats.${who.name}`);
  const key = known?.public_key ?? undefined;
  await session.json('POST', `${path}/${tenant}/credentials`, {
    ...who,
    agents: listOf(options.agents),
    accounts: listOf(options.accounts),
    ...(key === undefined ? {} : { public_key: key }),
  });
  print(
    `${who.name} of ${tenant} may name the agents ${options.agents ?? '(none)'} and the accounts ${options.accounts ?? '(none)'}`,
  );
};

const revoke = async (globals: Globals, tenant: string, options: Who): Promise<void> => {
  const session = system(globals);
  const who = kindOf(tenant, options);
  await session.json('POST', `${path}/${tenant}/credentials/revoke`, who);
  if (who.kind === 'bus') forgetUser(session.home, who.name);
  print(`${who.name} of ${tenant} is revoked`);
};

const change =
  (what: 'suspend' | 'resume' | 'remove') =>
  async (globals: Globals, tenant: string): Promise<void> => {
    const session = system(globals);
    const { status } = await session.json<Tenant>('POST', `${path}/${readTenant(tenant)}/${what}`);
    if (what === 'remove') forgetUsers(session.home, tenant);
    print(`${tenant} is ${status}`);
  };

const list = async (globals: Globals): Promise<void> => {
  const { items } = await system(globals).json<Schema<'TenantListDto'>>('GET', path);
  for (const { tenant_id: tenant, status, credentials } of items) {
    print(`${tenant}  ${status}`);
    for (const { credential, agents, accounts, public_key: key } of credentials)
      print(
        `  ${credential}  agents ${agents.join(', ') || '(none)'}  accounts ${accounts.join(', ') || '(none)'}${key === null ? '' : `  ${key}`}`,
      );
  }
};

/** Tenants, their users of the bus, and what each credential may name. */
export const addTenants = (program: Command, globals: () => Globals): void => {
  const tenants = program
    .command('tenants')
    .description(
      'tenants, their users of the bus, and the agents and accounts that each credential may name',
    );
  const named = (command: Command): Command =>
    command
      .option('--agents <names>', 'agents it may name, separated by commas; * is any')
      .option('--accounts <names>', 'accounts it may name; * is any');
  const who = (command: Command): Command =>
    command
      .option('--user <name>', 'a user of the bus')
      .option('--service <sub>', "the subject of a service's token")
      .option('--person <sub>', "the subject of a person's token");
  calls(tenants.command('list'), 'GET /api/v1/autonomous/tenants')
    .description('every tenant with its credentials')
    .action(() => list(globals()));
  named(
    calls(
      tenants.command('create <tenant>'),
      'POST /api/v1/autonomous/tenants',
      'POST /api/v1/autonomous/tenants/{tenant}/credentials',
    )
      .description('make a tenant and a user of the bus for it')
      .option('--user <name>', 'name of the user', 'upstream'),
  ).action((tenant: string, options: Named & { user: string }) => create(globals(), tenant, options));
  named(
    who(
      calls(
        tenants.command('allow <tenant>'),
        'POST /api/v1/autonomous/tenants/{tenant}/credentials',
      ).description('say what a credential may name'),
    ),
  ).action((tenant: string, options: Named & Who) => allow(globals(), tenant, options));
  who(
    calls(
      tenants.command('revoke <tenant>'),
      'POST /api/v1/autonomous/tenants/{tenant}/credentials/revoke',
    ).description('take a credential back'),
  ).action((tenant: string, options: Who) => revoke(globals(), tenant, options));
  calls(tenants.command('suspend <tenant>'), 'POST /api/v1/autonomous/tenants/{tenant}/suspend')
    .description('take no more intents of it; what runs ends by its rails')
    .action((tenant: string) => change('suspend')(globals(), tenant));
  calls(tenants.command('resume <tenant>'), 'POST /api/v1/autonomous/tenants/{tenant}/resume')
    .description('end a suspension')
    .action((tenant: string) => change('resume')(globals(), tenant));
  calls(tenants.command('remove <tenant>'), 'POST /api/v1/autonomous/tenants/{tenant}/remove')
    .description('revoke its users for good; its log stays')
    .action((tenant: string) => change('remove')(globals(), tenant));
};
