import { logReader, parseStream } from '@interlock/contracts';
import { genuine, type Recorded } from '@interlock/kernel';
import { tenantDecider, type TenantEvent, type TenantState } from '@interlock/rails';
import { areOfEnvironment } from '../../parts.js';
import { CliError, homeOf, readRuntime, type Globals } from '../../connection/session.js';

const { env } = process;

/**
 * Returns the log's address: EVENT_STORE_URL, otherwise the home's. Only the log is needed, because
 * it exists before the bus has users.
 */
const logOf = async (globals: Globals): Promise<string> => {
  if (areOfEnvironment(globals, 'EVENT_STORE_URL'))
    return (await import('@interlock/eventstore')).readLogUrl(env, logReader);
  const log = readRuntime(homeOf(globals)).event_store;
  if (log === undefined) throw new CliError('set EVENT_STORE_URL', 2);
  return log;
};

/** The current registrations of every tenant in the log, sorted by name. */
export const readTenants = async (globals: Globals): Promise<ReadonlyMap<string, TenantState>> => {
  const { connectEventStore, createFollower, readEventKeys } = await import('@interlock/eventstore');
  const store = await connectEventStore(await logOf(globals), { keys: readEventKeys(process.env, []) });
  const states = new Map<string, TenantState>();
  const follower = createFollower(genuine(store), {
    name: 'interlock-cli-tenants',
    prefixes: ['tenant-'],
    onEvent: (event) => {
      const stream = parseStream(event.stream);
      if (stream?.id === 'registry')
        states.set(
          stream.tenant,
          tenantDecider.evolve(
            states.get(stream.tenant) ?? tenantDecider.initial,
            event as Recorded<TenantEvent>,
          ),
        );
    },
  });
  try {
    await follower.start();
    await follower.confirmCurrent();
  } finally {
    await follower.stop();
    await store.close();
  }
  return new Map([...states].sort(([a], [b]) => (a < b ? -1 : 1)));
};
