import {
  busAccess,
  busOperator,
  busServices,
  busServicesAccount,
  busTenantAccount,
  tenantReceives,
  tenantImports,
  tenantOfUser,
  type BusGrants,
  type BusPermissions,
} from './bus-access.js';

/**
 * The authentication of a user: a password, an environment variable of nats-server with the
 * password, or the public part of an nkey (`U…`).
 */
type BusSecret = { readonly password: string } | { readonly variable: string } | { readonly nkey: string };
/** A user of the bus. `grants` are for a tenant's user; absent if it has none. */
export type BusUser = { readonly user: string; readonly secret: BusSecret; readonly grants?: BusGrants };

const quoted = (texts: readonly string[]): string =>
  `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;

const secretText = (user: string, secret: BusSecret): string => {
  if ('nkey' in secret) return `nkey: ${JSON.stringify(secret.nkey)}`;
  return `user: ${JSON.stringify(user)}, password: ${'variable' in secret ? `$${secret.variable}` : JSON.stringify(secret.password)}`;
};

const permissionsText = ({ publish, subscribe }: BusPermissions): string =>
  `publish: { allow: ${quoted(publish)} }, subscribe: { allow: ${quoted(subscribe)} }`;

const userText = ({ user, secret, grants }: BusUser): string =>
  `      { ${secretText(user, secret)}, permissions: { ${permissionsText(busAccess(user, grants))} } }`;

/**
 * Returns the services' account, as a member of `accounts` in nats-server's configuration. Throws
 * if a user does not belong to the services, or if one is missing.
 */
export const servicesAccount = (users: readonly BusUser[]): string => {
  const wanted: readonly string[] = [busOperator, ...busServices];
  const missing = wanted.filter((name) => !users.some(({ user }) => user === name));
  const strange = users.filter(({ user }) => !wanted.includes(user));
  if (missing.length > 0 || strange.length > 0 || users.length !== wanted.length)
    throw new Error(
      `the users of the services are ${wanted.join(', ')}; missing: ${missing.join(', ')}; strange: ${strange.map(({ user }) => user).join(', ')}`,
    );
  const exported = tenantImports('*').map(
    ({ subject, streamed }) =>
      `      { service: ${JSON.stringify(subject)}${streamed ? ', response_type: "stream"' : ''} }`,
  );
  return [
    `  ${busServicesAccount}: {`,
    '    jetstream: enabled',
    '    exports: [',
    ...exported,
    ...tenantReceives('*').map((subject) => `      { stream: ${JSON.stringify(subject)} }`),
    '    ]',
    '    users: [',
    ...users.map(userText),
    '    ]',
    '  }',
  ].join('\n');
};

/**
 * Returns the account of one tenant, as a member of `accounts`. Throws if a user belongs to another
 * tenant.
 */
export const tenantAccount = (tenant: string, users: readonly BusUser[]): string => {
  const strange = users.find(({ user }) => tenantOfUser(user) !== tenant);
  if (strange !== undefined) throw new Error(`\`${strange.user}\` is not a user of the tenant \`${tenant}\``);
  return [
    `  ${JSON.stringify(busTenantAccount(tenant))}: {`,
    '    imports: [',
    ...tenantImports(tenant).map(
      ({ subject }) =>
        `      { service: { account: ${busServicesAccount}, subject: ${JSON.stringify(subject)} } }`,
    ),
    ...tenantReceives(tenant).map(
      (subject) =>
        `      { stream: { account: ${busServicesAccount}, subject: ${JSON.stringify(subject)} } }`,
    ),
    '    ]',
    '    users: [',
    ...users.map(userText),
    '    ]',
    '  }',
  ].join('\n');
};

/**
 * Returns the accounts of the services and of each tenant: `accounts` in nats-server's
 * configuration, in a form that version 2.9 accepts.
 */
export const busAccounts = (
  services: readonly BusUser[],
  tenants: ReadonlyMap<string, readonly BusUser[]>,
): string =>
  [
    'accounts: {',
    servicesAccount(services),
    ...[...tenants].map(([tenant, users]) => tenantAccount(tenant, users)),
    '}',
    '',
  ].join('\n');
