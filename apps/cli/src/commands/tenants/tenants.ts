import { setTimeout as delay } from 'node:timers/promises';
import type { Schema } from '@interlock/api-types';
import { systemTenant } from '@interlock/contracts';
import type { BusAddress } from '@interlock/jetstream';
import { busCredential } from '@interlock/rails';
import { writtenOrAsked } from '../../change.js';
import { linesShape, remark, type Shape } from '../../output/output.js';
import { toned, toneOf } from '../../output/screen.js';
import { visible } from '../../output/visible.js';
import { CliError, connectNats, readTenant } from '../../connection/session.js';
import { forgetUser, forgetUsers, keepUser } from './tenant-users.js';
import { ask, answer, group } from '../../program/declare.js';
import type { Values } from '../../program/options.js';

type Tenant = Schema<'WrittenTenantDto'>;

const letInMs = 10_000;
const letInEveryMs = 100;

/** The options for what a credential may name, report and answer. */
const listOptions = {
  '--agents <names>': { about: 'agents it may name, separated by commas; * is any', list: true },
  '--accounts <names>': { about: 'accounts it may name; * is any', list: true },
  '--signals <names>': { about: 'signals of the posture it may report; * is any', list: true },
  '--handlers <names>': {
    about: 'action types whose requests it receives and answers on the bus; * is any',
    list: true,
  },
} as const;
const listsOf = ({ agents = [], accounts = [], signals, handlers }: Values<typeof listOptions>) => ({
  agents,
  accounts,
  signals,
  handlers,
});
/** The options that name a credential. */
const identityOptions = {
  '--user <name>': 'a user of the bus',
  '--service <sub>': "the subject of a service's token",
  '--person <sub>': "the subject of a person's token",
} as const;

const names = ({ tenant_id: id }: Tenant): readonly string[] => [id];
/** Prints a changed tenant as a sentence. */
const saying = (sentence: string): Shape<Tenant> => linesShape(() => [sentence], names);
const madeShape = linesShape<Tenant & { readonly user: string; readonly user_file: string }>(
  ({ tenant_id: tenant, user, user_file: file }) => [`${tenant} exists; its user ${user} stands in ${file}`],
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

const credentials = 'POST /api/v1/autonomous/tenants/{tenant}/credentials';

const create = answer({
  command: 'create <tenant>',
  about: 'create a tenant and a user of the bus for it',
  routes: ['POST /api/v1/autonomous/tenants', credentials],
  options: { '--user <name>': { about: 'name of the user', preset: 'upstream' }, ...listOptions },
  run: async ({ session, options, output, tell }, tenant) => {
    const { user } = options;
    const { newBusKey } = await import('@interlock/jetstream');
    await session.ask('POST /api/v1/autonomous/tenants', [], { body: { name: readTenant(tenant) } });
    const { seed, public_key } = newBusKey();
    const address: BusAddress = { url: session.runtime.nats.url, user: `${tenant}.${user}`, seed };
    const body = { kind: 'bus', name: address.user, public_key, ...listsOf(options) };
    const made = await writtenOrAsked(session, output, credentials, [tenant], body);
    const file = keepUser(session.home, address);
    if (made === undefined) {
      remark(`the user ${address.user} stands in ${file}; the bus knows it once the change is approved`);
      return;
    }
    await tell({ ...made, user: address.user, user_file: file }, madeShape);
    if (!(await letIn(address)))
      throw new CliError(
        'the bus does not know the user yet: give it the accounts of `interlock tenants list`',
      );
  },
});

const kindOf = (
  tenant: string,
  { user, service, person }: Values<typeof identityOptions>,
): { readonly kind: string; readonly name: string } => {
  const named = [
    { kind: 'bus', name: user === undefined ? undefined : `${tenant}.${user}` },
    { kind: 'service', name: service },
    { kind: 'person', name: person },
  ].flatMap(({ kind, name }) => (name === undefined ? [] : [{ kind, name }]));
  const [who] = named;
  if (who === undefined || named.length > 1) throw new CliError('name one of --user, --service, --person', 2);
  return who;
};

const allow = answer({
  command: 'allow <tenant>',
  about: 'set the agents and accounts that a credential may name',
  routes: [credentials],
  options: { ...identityOptions, ...listOptions },
  run: async ({ session, options, output, tell }, tenant) => {
    const who = kindOf(tenant, options);
    const { items } = await session.ask('GET /api/v1/autonomous/tenants');
    const known = items
      .find(({ tenant_id: id }) => id === tenant)
      ?.credentials.find(({ credential }) => who.kind === 'bus' && credential === busCredential(who.name));
    const body = { ...who, ...listsOf(options), public_key: known?.public_key ?? undefined };
    const written = await writtenOrAsked(session, output, credentials, [tenant], body);
    const { agents = ['(none)'], accounts = ['(none)'] } = options;
    if (written !== undefined)
      await tell(
        written,
        saying(
          `${who.name} of ${tenant} may name the agents ${agents.join(',')} and the accounts ${accounts.join(',')}`,
        ),
      );
  },
});

const revoke = answer({
  command: 'revoke <tenant>',
  about: 'revoke a credential',
  routes: [`${credentials}/revoke`],
  options: identityOptions,
  run: async ({ session, options, tell }, tenant) => {
    const who = kindOf(tenant, options);
    const written = await session.ask(`${credentials}/revoke`, [tenant], { body: who });
    if (who.kind === 'bus') forgetUser(session.home, who.name);
    await tell(written, saying(`${who.name} of ${tenant} is revoked`));
  },
});

const changes = (
  [
    ['suspend', 'refuse its intents from now on; running actions end as usual'],
    ['resume', 'end a suspension'],
    ['remove', 'revoke its users for good; its log stays'],
  ] as const
).map(([what, about]) =>
  answer({
    command: `${what} <tenant>`,
    about,
    routes: [`POST /api/v1/autonomous/tenants/{tenant}/${what}`],
    run: async ({ session, output, tell }, tenant: string) => {
      const route = `POST /api/v1/autonomous/tenants/{tenant}/${what}` as const;
      const written = await writtenOrAsked(session, output, route, [readTenant(tenant)]);
      if (written === undefined) return;
      if (what === 'remove') forgetUsers(session.home, tenant);
      await tell(written, saying(`${tenant} is ${written.status}`));
    },
  }),
);

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

/** `interlock tenants`: tenants, their bus users, and what each credential may name. */
export const addTenants = group(
  'tenants',
  'tenants, their users of the bus, and the agents and accounts that each credential may name',
  [
    ask({
      command: 'list',
      about: 'every tenant with its credentials',
      route: 'GET /api/v1/autonomous/tenants',
      shape: listShape,
    }),
    create,
    allow,
    revoke,
    ...changes,
  ],
  (globals) => ({ ...globals, tenant: systemTenant }),
);
