import {
  busAccess,
  busOperator,
  busServices,
  busServicesAccount,
  busTenantAccount,
  inboxOf,
  tenantHears,
  tenantImports,
  tenantOfUser,
  type BusGrants,
  type BusPermissions,
} from '@interlock/contracts';
import {
  encodeAccount,
  encodeGeneric,
  encodeOperator,
  encodeUser,
  fmtCreds,
  type Account,
  type OperatorLimits,
  type SigningKey,
} from '@nats-io/jwt';
import type { AccountKeys, BusKeys, Generation } from './keys.js';

/**
 * The account of nats-server's own subjects, and its user that notifies the servers of changed
 * accounts.
 */
export const busSystemAccount = 'SYS';
export const busSystemUser = 'system';

/** A tenant's users in the log: their public nkeys (`U…`), and the revoked ones. */
export type BusTenant = {
  readonly tenant: string;
  readonly status: 'present' | 'removed';
  readonly users: readonly {
    readonly user: string;
    readonly public_key: string;
    readonly grants: BusGrants;
  }[];
  readonly former: readonly string[];
};

export type AccountJwt = { readonly name: string; readonly public_key: string; readonly jwt: string };
/**
 * Everything that operator mode needs. `creds` are secret: the text of a creds file, by user.
 * Tenants' users keep their own seeds, so `users` are only their JWTs.
 */
export type BusJwts = {
  readonly operator: string;
  readonly accounts: readonly AccountJwt[];
  readonly creds: ReadonlyMap<string, string>;
  readonly users: ReadonlyMap<string, string>;
};

/**
 * INVARIANT: a revocation has no end. It refuses JWTs that were issued until a time, and clocks
 * differ. To admit a user again, remove the user from the list. Seconds since 1970, the year 9999.
 */
const forGood = 253_402_300_799;

const unlimited = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
  disallow_bearer: true,
} as const;
const withJetStream = { ...unlimited, mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 } as const;
/** INVARIANT: nobody can connect here. */
const closed: OperatorLimits = { ...unlimited, conn: 0, leaf: 0 };

type Access = readonly { readonly user: string; readonly access: BusPermissions }[];

/**
 * INVARIANT: each user has its own signing key. Its permissions are in the account beside that key,
 * never in the user's JWT. So a change of permissions reaches every server with the account, a
 * signing key is valid for one user's rights only, and a JWT fits into the 4 KiB line with which a
 * client logs in.
 */
const scopeOf = (key: string, user: string, { publish, subscribe }: BusPermissions): SigningKey => ({
  kind: 'user_scope',
  key,
  role: user,
  template: {
    subs: -1,
    data: -1,
    payload: -1,
    pub: { allow: [...publish] },
    sub: { allow: [...subscribe] },
  },
});

/**
 * The system account's user asks the servers for their identity and sends them accounts that the
 * operator signed. It does nothing else there.
 */
const systemAccess: BusPermissions = {
  publish: ['$SYS.REQ.SERVER.PING', '$SYS.REQ.CLAIMS.UPDATE', '$SYS.REQ.CLAIMS.DELETE'],
  subscribe: [`${inboxOf(busSystemUser)}.>`],
};

const exportsOfServices = (): NonNullable<Account['exports']> => [
  ...tenantImports('*').map(({ subject, streamed }) => ({
    name: subject,
    subject,
    type: 'service' as const,
    response_type: streamed ? ('Stream' as const) : ('Singleton' as const),
  })),
  ...tenantHears('*').map((subject) => ({ name: subject, subject, type: 'stream' as const })),
];
const importsOf = (tenant: string, services: string): NonNullable<Account['imports']> =>
  [
    ...tenantImports(tenant).map(({ subject }) => ({ subject, type: 'service' as const })),
    ...tenantHears(tenant).map((subject) => ({ subject, type: 'stream' as const })),
  ].map(({ subject, type }) => ({
    name: subject,
    subject,
    local_subject: subject,
    account: services,
    type,
  }));

const accountJwt = async (
  keys: BusKeys,
  name: string,
  users: Access,
  account: Partial<Account>,
): Promise<AccountJwt> => {
  const { identity, generations } = keys.accountOf(name);
  const scopes = generations.flatMap(({ signingOf }) =>
    users.map(({ user, access }) => scopeOf(signingOf(user).getPublicKey(), user, access)),
  );
  const jwt = await encodeAccount(
    name,
    identity.getPublicKey(),
    { ...account, ...(scopes.length === 0 ? {} : { signing_keys: scopes }) },
    { signer: keys.operator },
  );
  return { name, public_key: identity.getPublicKey(), jwt };
};

const lastOf = ({ generations }: AccountKeys): Generation => generations.at(-1)!;

const userJwt = (
  { identity }: AccountKeys,
  { signingOf }: Generation,
  user: string,
  publicKey: string,
): Promise<string> =>
  encodeUser(user, publicKey, identity.getPublicKey(), {}, { signer: signingOf(user), scopedUser: true });

const credsOf = async (keys: AccountKeys, generation: Generation, user: string): Promise<string> => {
  const pair = generation.userOf(user);
  return new TextDecoder().decode(fmtCreds(await userJwt(keys, generation, user, pair.getPublicKey()), pair));
};

/**
 * The creds of the system account's user, newest first. Servers without the latest generation admit
 * the previous one.
 */
export const systemCreds = (keys: BusKeys): Promise<readonly string[]> => {
  const system = keys.accountOf(busSystemAccount);
  return Promise.all(
    [...system.generations].reverse().map((generation) => credsOf(system, generation, busSystemUser)),
  );
};

const refused = (keys: readonly string[]): { readonly revocations?: NonNullable<Account['revocations']> } =>
  keys.length === 0 ? {} : { revocations: Object.fromEntries([...keys].sort().map((key) => [key, forGood])) };

const tenantJwt = (keys: BusKeys, { tenant, status, users, former }: BusTenant): Promise<AccountJwt> => {
  const name = busTenantAccount(tenant);
  if (status === 'removed') return accountJwt(keys, name, [], { limits: closed, ...refused(['*']) });
  const imports = importsOf(tenant, keys.accountOf(busServicesAccount).identity.getPublicKey());
  return accountJwt(
    keys,
    name,
    users.map(({ user, grants }) => ({ user, access: busAccess(user, grants) })),
    { limits: unlimited, imports, ...refused(former) },
  );
};

const servicesUsers = [busOperator, ...busServices];

/**
 * Makes every JWT and creds file. Throws if a user belongs to another tenant, or if a revoked key
 * is to be admitted.
 */
export const makeBusJwts = async (keys: BusKeys, tenants: readonly BusTenant[]): Promise<BusJwts> => {
  for (const { tenant, users, former } of tenants) {
    for (const { user, public_key } of users) {
      if (tenantOfUser(user) !== tenant)
        throw new Error(`\`${user}\` is not a user of the tenant \`${tenant}\``);
      if (former.includes(public_key)) throw new Error(`the key of \`${user}\` was taken back`);
    }
  }
  const [system, services] = [keys.accountOf(busSystemAccount), keys.accountOf(busServicesAccount)];
  return {
    operator: await encodeOperator('interlock', keys.operator, {
      system_account: system.identity.getPublicKey(),
    }),
    accounts: await Promise.all([
      accountJwt(keys, busSystemAccount, [{ user: busSystemUser, access: systemAccess }], {
        limits: unlimited,
      }),
      accountJwt(
        keys,
        busServicesAccount,
        servicesUsers.map((user) => ({ user, access: busAccess(user) })),
        { limits: withJetStream, exports: exportsOfServices() },
      ),
      ...tenants.map((one) => tenantJwt(keys, one)),
    ]),
    creds: new Map(
      await Promise.all(
        [[busSystemUser, system] as const, ...servicesUsers.map((user) => [user, services] as const)].map(
          async ([user, account]) => [user, await credsOf(account, lastOf(account), user)] as const,
        ),
      ),
    ),
    users: new Map(
      await Promise.all(
        tenants
          .filter(({ status }) => status === 'present')
          .flatMap(({ tenant, users }) => {
            const account = keys.accountOf(busTenantAccount(tenant));
            return users.map(
              async ({ user, public_key }) =>
                [user, await userJwt(account, lastOf(account), user, public_key)] as const,
            );
          }),
      ),
    ),
  };
};

/** The request that deletes accounts, by their public keys, signed by the operator. */
export const deletionOf = (keys: BusKeys, accounts: readonly string[]): Promise<string> =>
  encodeGeneric('deletion', keys.operator, 'generic', { accounts: [...accounts] });
