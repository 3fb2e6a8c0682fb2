import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { connectEventStore, readEventKeys, readLogUrl } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import { createDevIssuer, loadSigningKeys, rateLimitIn } from '@interlock/platform';
import type { Logger } from 'pino';
import { openBus } from '../connections.js';
import { invitedLogin, newLinks, type ConsoleOfHome } from '../console.js';
import { proxiedServices, type EdgeEntry } from '../edge-entry.js';
import { entryOf } from '../entries.js';
import { authIn, busIn, listenAt } from './settings.js';
import type { Running } from './service.js';
import { needed, type Environment } from './variables.js';

type RecordPerson = ConsoleOfHome['login']['record'];

/** The console's folder is beside this app, in the image and in the build. */
const site = fileURLToPath(new URL('../../console/site', import.meta.url));

const publicUrl = (environment: Environment): string =>
  environment['INTERLOCK_PUBLIC_URL'] || 'http://localhost:8080';

/**
 * Returns the login by invitation if this installation issues tokens itself: `INTERLOCK_ISSUER_DIR`
 * has its key.
 */
const invitedLoginIn = async (
  environment: Environment,
  record: RecordPerson,
  sessionKeysIn: EdgeEntry['sessionKeysIn'],
): Promise<ConsoleOfHome['login'] | undefined> => {
  const folder = environment['INTERLOCK_ISSUER_DIR'] ?? '';
  if (folder === '' || (environment['INTERLOCK_ISSUER'] ?? '') !== '') return undefined;
  return invitedLogin(
    `${needed(environment, 'EDGE_STATE_DIR')}/console-login.json`,
    sessionKeysIn(needed(environment, 'EDGE_SESSION_KEY')),
    await createDevIssuer(folder),
    record,
  );
};

/** The keys and folder of agents' tokens, which all instances of the edge share. */
const agentsIn = async (
  environment: Environment,
): Promise<{ readonly keys: readonly object[]; readonly folder: string }> => {
  const folder = join(needed(environment, 'EDGE_STATE_DIR'), 'agents');
  return { keys: await loadSigningKeys(folder, 'agent-tokens.jwk.json'), folder };
};

/** Starts the edge: the console, the API's public address, and the login. */
export const startEdge = async (environment: Environment, logger: Logger): Promise<Running> => {
  const { createEdge, consoleFrom, sessionKeysIn } = await entryOf<EdgeEntry>('edge');
  const auth = authIn(environment);
  const nats = await openBus(busIn(environment, 'edge'));
  const rpc = new RpcClient(nats, { caller: 'edge' });
  const record: RecordPerson = (request) => rpc.call('audit.record_person', request);
  const login = await invitedLoginIn(environment, record, sessionKeysIn);
  const console = consoleFrom(environment, site, auth, record);
  const store = await connectEventStore(readLogUrl(environment, 'edge'), {
    logger,
    keys: readEventKeys(environment, []),
  });
  const edge = await createEdge({
    ...listenAt,
    logger,
    auth,
    environment,
    console:
      login === undefined
        ? console
        : { ...console, https: publicUrl(environment).startsWith('https:'), login },
    rateLimit: rateLimitIn(environment),
    live: { store },
    agents: await agentsIn(environment),
    services: proxiedServices((service) => `http://${service}:${listenAt.port}`),
  });
  return {
    stop: async () => {
      await edge.stop();
      await nats.close();
      await store.close();
    },
  };
};

/** Returns new sign-in links, one line for each role. Each works once, within seven days. */
export const invitationText = async (environment: Environment): Promise<string> => {
  const { LoginState } = await entryOf<EdgeEntry>('edge');
  const state = new LoginState(`${needed(environment, 'EDGE_STATE_DIR')}/console-login.json`);
  return newLinks(publicUrl(environment), state)
    .map(({ role, link }) => `${role.replaceAll('_', ' ').padEnd(16)} ${link}\n`)
    .join('');
};
