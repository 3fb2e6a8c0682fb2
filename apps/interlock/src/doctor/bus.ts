import { busOperator, busServices, subject, tenantConsumers, tenantOfUser } from '@interlock/contracts';
import { connectBus, maxMessageBytes, planStreams, type BusAddress } from '@interlock/jetstream';
import { ErrorCode, NatsError, type JetStreamAccountStats, type NatsConnection } from 'nats';
import { clockFinding, failed, ok, skipped, warning, withoutTls, type Finding, type Part } from './check.js';

/** The bus that is examined, as one of its users. */
export type BusSource = {
  readonly address: () => BusAddress;
  /** How many servers keep each stream; undefined if the environment does not specify it. */
  readonly replicas?: number | undefined;
};
type Open = { readonly connection: NatsConnection; readonly address: BusAddress };

const remedies: { readonly [code: string]: string | undefined } = {
  [ErrorCode.AuthorizationViolation]:
    'set NATS_USER and NATS_PASSWORD, or NATS_CREDS_FILE, to a user that the accounts of NATS have',
  [ErrorCode.AuthenticationExpired]: 'make new creds with `interlock bus accounts`',
  [ErrorCode.ServerOptionNotAvailable]:
    'turn on `tls` in NATS, or remove NATS_CA_FILE, NATS_CERT_FILE and NATS_KEY_FILE',
};

const codeOf = (error: unknown): string => String((error as { readonly code?: unknown } | null)?.code);

const remedyOf = (error: unknown): string => {
  return (
    remedies[codeOf(error)] ??
    'start NATS, and see that NATS_URL names its host and port and the network lets this machine through'
  );
};

/** Returns the address without the user that it may contain. */
const hostOf = (url: string): string => url.replace(/^\w+:\/\//, '').replace(/^[^@]*@/, '');

const open = async (source: BusSource, timeoutMs: number): Promise<{ part: Open; found: string }> => {
  const address = source.address();
  const options = { timeout: timeoutMs, reconnect: false };
  const connection = await connectBus(address, options).catch((error: unknown) => {
    if (!(error instanceof NatsError)) throw error;
    const { code } = error;
    throw Object.assign(new Error(`${hostOf(address.url)} answers with ${code}`, { cause: error }), { code });
  });
  return {
    part: { connection, address },
    found: `the user \`${address.user}\` is let in at ${connection.getServer()}`,
  };
};

const tls = ({ connection, address }: Open): Finding => {
  // The client uses TLS wherever the server offers it.
  if (connection.info?.tls_required === true || connection.info?.tls_available === true)
    return ok(
      address.tls?.certFile === undefined
        ? "TLS, and the server's certificate is verified"
        : "TLS with a client certificate, and the server's certificate is verified",
    );
  return withoutTls(
    [connection.getServer().replace(/:\d+$/, '')],
    warning(
      'no TLS: passwords and messages cross the network in clear text',
      'turn on `tls` in NATS, and name its authority in NATS_CA_FILE',
    ),
  );
};

const versionOf = ({ connection }: Open): readonly [number, number] => {
  const [major = '', minor = ''] = (connection.info?.version ?? '').split('.');
  return [Number(major), Number(minor)];
};
const isBelow = ([major, minor]: readonly [number, number], least: number): boolean =>
  !(major > 2 || (major === 2 && minor >= least));

const version = (part: Open): Finding => {
  const found = `nats-server ${part.connection.info?.version ?? 'of an unknown version'}`;
  if (isBelow(versionOf(part), 9)) return failed(found, 'upgrade nats-server to 2.10 or later');
  return isBelow(versionOf(part), 10)
    ? warning(
        `${found} has no \`sync_interval: always\`, so a power failure may lose acknowledged messages`,
        'upgrade nats-server to 2.10 or later, and set `sync_interval: always` in `jetstream`',
      )
    : ok(found);
};

const accountOf = async ({ connection }: Open): Promise<JetStreamAccountStats> =>
  (await connection.jetstreamManager()).getAccountInfo();

/**
 * Checks JetStream for a tenant's user, who may only take messages of its own consumers. JetStream
 * answers a malformed request to take one, and takes nothing. The answer also proves the path
 * through a leaf node.
 */
const jetstreamOfTenant = async (
  { connection, address: { user } }: Open,
  tenant: string,
  timeout: number,
): Promise<Finding> => {
  const [{ stream, durable }] = tenantConsumers(tenant) as [ReturnType<typeof tenantConsumers>[number]];
  try {
    await connection.request(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${durable}`, '{', { timeout });
    return ok(`JetStream answers the user \`${user}\` for the consumer \`${durable}\``);
  } catch (error) {
    return failed(
      `JetStream does not answer the user \`${user}\`: ${(error as Error).message}`,
      'see that the tenant is registered with `interlock tenants`; at a leaf node, see that its link is up and JetStream is off there',
    );
  }
};

const jetstream = async (part: Open, timeoutMs: number): Promise<Finding> => {
  const tenant = tenantOfUser(part.address.user);
  if (tenant !== undefined) return jetstreamOfTenant(part, tenant, timeoutMs / 2);
  try {
    const { streams, consumers } = await accountOf(part);
    return ok(`JetStream is on, with ${streams} streams and ${consumers} consumers in this account`);
  } catch (error) {
    return failed(
      error instanceof NatsError && error.code === ErrorCode.PermissionsViolation
        ? `the user \`${part.address.user}\` may not ask JetStream anything`
        : `JetStream does not answer: ${(error as Error).message}`,
      'add `jetstream { store_dir: … }` to the server and `jetstream: enabled` to the account, with the permissions that `deploy/nats/services.conf` shows',
    );
  }
};

/** The streams of the bus, and the two buckets of the relay. */
const neededStreams = 8;
const almostFull = 0.8;

const limits = async (part: Open): Promise<Finding> => {
  const payload = part.connection.info?.max_payload ?? 0;
  if (payload < maxMessageBytes)
    return failed(
      `a message may have ${payload} bytes, and Interlock sends up to ${maxMessageBytes}`,
      `set \`max_payload: ${maxMessageBytes}\` in nats-server`,
    );
  if (tenantOfUser(part.address.user) !== undefined) return ok(`messages up to ${payload} bytes`);
  const all = await accountOf(part);
  // An account with tiers has limits for each number of replicas, and none for itself.
  const account = all.tiers?.R3 ?? all.tiers?.R1 ?? all;
  const { max_streams: streams, max_storage: storage } = account.limits;
  if (streams >= 0 && streams < neededStreams)
    return failed(
      `the account may have ${streams} streams, and Interlock needs ${neededStreams}`,
      'raise the number of streams of the account',
    );
  if (storage >= 0 && account.storage > storage * almostFull)
    return warning(
      `the account uses ${account.storage} of ${storage} bytes of storage`,
      "raise the account's storage, or let consumers catch up",
    );
  return ok(
    `messages up to ${payload} bytes; ${storage < 0 ? 'the account has no limit of storage' : `${account.storage} of ${storage} bytes of storage are used`}`,
  );
};

const mayNotRead = (part: Open): Finding =>
  skipped(
    `only the users \`${busOperator}\` and \`relay\` may read the streams, not \`${part.address.user}\``,
  );

/**
 * True for users that may read streams. Only these are asked, so that nobody else waits for a
 * refusal.
 */
const readsStreams = ({ address: { user } }: Open): boolean =>
  user === busOperator ||
  user === 'relay' ||
  (tenantOfUser(user) === undefined && !(busServices as readonly string[]).includes(user));

const streams = async (part: Open, { replicas }: BusSource): Promise<Finding> => {
  if (!readsStreams(part)) return mayNotRead(part);
  const plan = (await planStreams(part.connection, replicas === undefined ? {} : { replicas })).flatMap(
    (change) => {
      if (change.kind === 'create') return [`\`${change.stream}\` is missing`];
      // Unless the environment specifies a number, any number of replicas is accepted.
      const differences = change.differences.filter(
        (name) => replicas !== undefined || name !== 'num_replicas',
      );
      return differences.length === 0 ? [] : [`\`${change.stream}\` differs in ${differences.join(', ')}`];
    },
  );
  return plan.length === 0
    ? ok(
        `every stream is there${replicas === undefined ? '' : `, each with ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`}`,
      )
    : failed(plan.join('; '), 'look with `interlock bus plan`, then run `interlock bus apply` or `prepare`');
};

/**
 * True if the server lets the user subscribe to a subject. Nothing is ever sent to these subjects.
 */
const maySubscribe = async (connection: NatsConnection, name: string): Promise<boolean> => {
  let refused = false;
  const subscription = connection.subscribe(name, {
    callback: (error) => {
      refused ||= error !== null;
    },
  });
  await connection.flush();
  if (!subscription.isClosed()) subscription.unsubscribe();
  return !refused;
};

const nobody = 'doctor';
const rpcOf = (service: string): string => subject({ kind: 'rpc', service, command: nobody, caller: nobody });

const rights = async ({ connection, address: { user } }: Open): Promise<Finding> => {
  if ((busServices as readonly string[]).includes(user) && !(await maySubscribe(connection, rpcOf(user))))
    return failed(
      `the user \`${user}\` may not receive the requests of the service \`${user}\``,
      'give the user the permissions that `interlock bus accounts`, or `deploy/nats/services.conf`, has for it',
    );
  return (await maySubscribe(connection, rpcOf(nobody)))
    ? warning(
        `the user \`${user}\` may read subjects that none of Interlock's users needs`,
        'give each service a user of its own with the permissions in `deploy/nats/services.conf`',
      )
    : ok(`the permissions of the user \`${user}\` bound what it may read`);
};

const clock = async (part: Open): Promise<Finding> => {
  if (isBelow(versionOf(part), 10)) return skipped('nats-server below 2.10 does not tell its time');
  if (!readsStreams(part)) return mayNotRead(part);
  const manager = await part.connection.jetstreamManager();
  const [first] = await manager.streams.names().next();
  if (first === undefined) return skipped('nats-server gives its time with a stream, and there is no stream');
  const before = Date.now();
  const { ts } = (await manager.streams.info(first)) as { readonly ts?: string };
  const half = (Date.now() - before) / 2;
  return ts === undefined
    ? skipped('nats-server does not tell its time')
    : clockFinding(Date.parse(ts) - before - half, half + 1);
};

const lookAtLog = 'look at the log of nats-server';

/** Returns the checks of the bus. They publish nothing but requests for information. */
export const busPart = (source: BusSource | undefined, timeoutMs: number): Part<Open> => {
  const given: BusSource = source ?? { address: () => ({ url: '', user: '', password: '' }) };
  return {
    name: 'nats',
    absent: source === undefined ? 'NATS_URL is not set' : undefined,
    open: () => open(given, timeoutMs),
    tls: { authority: 'NATS_CA_FILE', address: 'NATS_URL', client: 'NATS_CERT_FILE and NATS_KEY_FILE' },
    remedyOf,
    close: ({ connection }) => connection.close(),
    checks: [
      { name: 'tls', remedy: lookAtLog, look: tls },
      { name: 'version', remedy: lookAtLog, look: version },
      { name: 'jetstream', remedy: lookAtLog, look: (part) => jetstream(part, timeoutMs) },
      { name: 'limits', needs: 'jetstream', remedy: lookAtLog, look: limits },
      { name: 'streams', needs: 'jetstream', remedy: lookAtLog, look: (part) => streams(part, given) },
      { name: 'rights', remedy: lookAtLog, look: rights },
      { name: 'clock', needs: 'jetstream', remedy: lookAtLog, look: clock },
    ],
  };
};
