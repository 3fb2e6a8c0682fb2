import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { systemTenant } from '@interlock/contracts';
import type { BusAddress } from '@interlock/jetstream';
import { busCredential } from '@interlock/rails';
import type { Command } from 'commander';
import { addAsk, answering } from '../../asks.js';
import { writtenOrAsked } from '../../change.js';
import { linesShape, remark, tell, withOutput, type Output, type Shape } from '../../output/output.js';
import { toned, toneOf } from '../../output/screen.js';
import { visible } from '../../output/visible.js';
import { calls } from '../../program/routes.js';
import { CliError, connectNats, readTenant, Session, type Globals } from '../../connection/session.js';
import { forgetUser, forgetUsers, keepUser } from './tenant-users.js';

type Tenant = Schema<'WrittenTenantDto'>;
type Made = Tenant & { readonly user: string; readonly user_file: string };
type Named = {
  readonly agents?: string;
  readonly accounts?: string;
  readonly signals?: string;
  readonly handlers?: string;
};
type Identity = { readonly user?: string; readonly service?: string; readonly person?: string };

const path = '/api/v1/autonomous/tenants';
const letInMs = 10_000;
const letInEveryMs = 100;

const listOf = (text: string | undefined): readonly string[] =>
  (text ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
/** Returns the lists that a credential may name, report and answer. Missing lists are empty. */
const listsOf = ({ agents, accounts, signals, handlers }: Named) => ({
  agents: listOf(agents),
  accounts: listOf(accounts),
  ...(signals === undefined ? {} : { signals: listOf(signals) }),
  ...(handlers === undefined ? {} : { handlers: listOf(handlers) }),
});
const system = (globals: Globals): Session => new Session({ ...globals, tenant: systemTenant });

const names = ({ tenant_id: id }: Tenant): readonly string[] => [id];
/** Prints a changed tenant as a sentence. */
const saying = (sentence: string): Shape<Tenant> => linesShape(() => [sentence], names);
const madeShape = linesShape<Made>(
  ({ tenant_id: tenant, user, user_file: file }) => [
    `${tenant} is there; its user ${user} stands in ${file}`,
  ],
  names,
);

/** Waits until the bus accepts the user, which happens a moment after the log has it. */
const letIn = async (address: BusAddress): Promise<boolean> => {
  for (const until = performance.now() + letInMs; performance.now() < until;) {
    // A connection during a reload of nats-server may get no answer.
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
  { user: name, ...named }: Output & Named & { readonly user: string },
): Promise<void> => {
  const session = system(globals);
  const { newBusKey } = await import('@interlock/jetstream');
  await session.json('POST', path, { name: readTenant(tenant) });
  const { seed, public_key } = newBusKey();
  const address: BusAddress = { url: session.runtime.nats.url, user: `${tenant}.${name}`, seed };
  const made = await writtenOrAsked<Tenant>(
    session,
    'POST',
    `${path}/${tenant}/credentials`,
    { kind: 'bus', name: address.user, public_key, ...listsOf(named) },
    named,
  );
  const file = keepUser(session.home, address);
  if (made === undefined) {
    remark(`the user ${address.user} stands in ${file}; the bus knows it once the change is approved`);
    return;
  }
  await tell({ ...made, user: address.user, user_file: file }, madeShape, named);
  if (!(await letIn(address)))
    throw new CliError(
      'the bus does not know the user yet: give it the accounts of `interlock tenants list`',
    );
};

const kindOf = (
  tenant: string,
  { user, service, person }: Identity,
): { readonly kind: string; readonly name: string } => {
  const named = [
    ['bus', user === undefined ? undefined : `${tenant}.${user}`],
    ['service', service],
    ['person', person],
  ].filter(([, name]) => name !== undefined);
  if (named.length !== 1) throw new CliError('name one of --user, --service, --person', 2);
  return { kind: named[0]![0]!, name: named[0]![1]! };
};

const allow = async (globals: Globals, tenant: string, options: Output & Named & Identity): Promise<void> => {
  const session = system(globals);
  const who = kindOf(tenant, options);
  const { items } = await session.json<Schema<'TenantListDto'>>('GET', path);
  const known = items
    .find(({ tenant_id: id }) => id === tenant)
    ?.credentials.find(({ credential }) => who.kind === 'bus' && credential === busCredential(who.name));
  const key = known?.public_key ?? undefined;
  const written = await writtenOrAsked<Tenant>(
    session,
    'POST',
    `${path}/${tenant}/credentials`,
    { ...who, ...listsOf(options), ...(key === undefined ? {} : { public_key: key }) },
    options,
  );
  if (written === undefined) return;
  await tell(
    written,
    saying(
      `${who.name} of ${tenant} may name the agents ${options.agents ?? '(none)'} and the accounts ${options.accounts ?? '(none)'}`,
    ),
    options,
  );
};

const revoke = async (globals: Globals, tenant: string, options: Output & Identity): Promise<void> => {
  const session = system(globals);
  const who = kindOf(tenant, options);
  const written = await session.json<Tenant>('POST', `${path}/${tenant}/credentials/revoke`, who);
  if (who.kind === 'bus') forgetUser(session.home, who.name);
  await tell(written, saying(`${who.name} of ${tenant} is revoked`), options);
};

const change = async (
  globals: Globals,
  what: 'suspend' | 'resume' | 'remove',
  tenant: string,
  options: Output,
): Promise<void> => {
  const session = system(globals);
  const written = await writtenOrAsked<Tenant>(
    session,
    'POST',
    `${path}/${readTenant(tenant)}/${what}`,
    undefined,
    options,
  );
  if (written === undefined) return;
  if (what === 'remove') forgetUsers(session.home, tenant);
  await tell(written, saying(`${tenant} is ${written.status}`), options);
};

const listShape: Shape<Schema<'TenantListDto'>> = {
  text: ({ items }, screen) =>
    items
      .flatMap(({ tenant_id: tenant, status, credentials }) => [
        `${tenant}  ${toned(status, toneOf(status), screen)}`,
        ...credentials.map(({ credential, agents, accounts, signals = [], handlers = [], public_key: key }) =>
          visible(
            `  ${credential}  agents ${agents.join(', ') || '(none)'}  accounts ${accounts.join(', ') || '(none)'}  signals ${signals.join(', ') || '(none)'}  handlers ${handlers.join(', ') || '(none)'}${key === null ? '' : `  ${key}`}`,
          ),
        ),
      ])
      .join('\n'),
  names: ({ items }) => items.map(({ tenant_id }) => tenant_id),
};

/** Adds the commands for tenants, their bus users, and what each credential may name. */
export const addTenants = (program: Command, globals: () => Globals): void => {
  const tenants = program
    .command('tenants')
    .description(
      'tenants, their users of the bus, and the agents and accounts that each credential may name',
    );
  const named = (command: Command): Command =>
    command
      .option('--agents <names>', 'agents it may name, separated by commas; * is any')
      .option('--accounts <names>', 'accounts it may name; * is any')
      .option('--signals <names>', 'signals of the posture it may report; * is any')
      .option('--handlers <names>', 'action types whose requests it hears and answers on the bus; * is any');
  const who = (command: Command): Command =>
    command
      .option('--user <name>', 'a user of the bus')
      .option('--service <sub>', "the subject of a service's token")
      .option('--person <sub>', "the subject of a person's token");
  addAsk(tenants, () => ({ ...globals(), tenant: systemTenant }), {
    command: 'list',
    about: 'every tenant with its credentials',
    route: 'GET /api/v1/autonomous/tenants',
    shape: listShape,
  });
  withOutput(
    named(
      calls(
        tenants.command('create <tenant>'),
        'POST /api/v1/autonomous/tenants',
        'POST /api/v1/autonomous/tenants/{tenant}/credentials',
      )
        .description('make a tenant and a user of the bus for it')
        .option('--user <name>', 'name of the user', 'upstream'),
    ),
  ).action((tenant: string, options: Output & Named & { user: string }) =>
    create(globals(), tenant, options),
  );
  withOutput(
    named(
      who(
        calls(
          tenants.command('allow <tenant>'),
          'POST /api/v1/autonomous/tenants/{tenant}/credentials',
        ).description('say what a credential may name'),
      ),
    ),
  ).action((tenant: string, options: Output & Named & Identity) => allow(globals(), tenant, options));
  withOutput(
    who(
      calls(
        tenants.command('revoke <tenant>'),
        'POST /api/v1/autonomous/tenants/{tenant}/credentials/revoke',
      ).description('take a credential back'),
    ),
  ).action((tenant: string, options: Output & Identity) => revoke(globals(), tenant, options));
  for (const [what, about] of [
    ['suspend', 'take no more intents of it; what runs ends by its rails'],
    ['resume', 'end a suspension'],
    ['remove', 'revoke its users for good; its log stays'],
  ] as const)
    answering(tenants, `${what} <tenant>`, `POST /api/v1/autonomous/tenants/{tenant}/${what}`)
      .description(about)
      .action((tenant: string, options: Output) => change(globals(), what, tenant, options));
};
