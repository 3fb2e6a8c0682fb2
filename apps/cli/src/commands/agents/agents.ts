import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Schema } from '@interlock/api-types';
import type { Command } from 'commander';
import { answering, whole, words } from '../../asks.js';
import { writtenOrAsked } from '../../change.js';
import { addList } from '../../lists.js';
import { linesShape, remark, tell, type Output } from '../../output/output.js';
import { visible } from '../../output/visible.js';
import { CliError, personal, Session, type Globals } from '../../connection/session.js';
import { keepCredential, newKey, readKept, replaceKept, type Kept } from './files.js';

type Agent = Schema<'AgentDto'>;
type Written = Schema<'WrittenAgentDto'>;
type Revoked = Schema<'RevokedAgentDto'>;
type Metadata = { readonly issuer: string; readonly token_endpoint: string };
type Create = Output & {
  readonly account: readonly string[];
  readonly agent?: readonly string[];
  readonly signal?: readonly string[];
  readonly handlers?: string;
  readonly mcp?: boolean;
  readonly webhook?: boolean;
  readonly nats?: boolean;
  readonly out?: string;
};
type Rotate = Output & { readonly overlap?: string; readonly credential: string };

const path = '/api/v1/autonomous/agents';
const addressOf = (name: string, what: string): string => `${path}/${encodeURIComponent(name)}/${what}`;

/** Returns the token endpoint. Throws if this installation issues no tokens to agents. */
const metadataOf = async (session: Session): Promise<Metadata> => {
  const response = await fetch(session.urlOf('/.well-known/oauth-authorization-server')).catch(
    () => undefined,
  );
  if (response?.ok !== true)
    throw new CliError('this Interlock gives no tokens to agents: set INTERLOCK_PUBLIC_URL of its services');
  return (await response.json()) as Metadata;
};

const createdShape = linesShape<Written & { readonly file: string }>(
  ({ name, accounts, agents, file }) => [
    `${name} may name the accounts ${accounts.join(', ')} and the agents ${agents.join(', ')}`,
    `its credential with the private key is ${file}; give it to the agent, and keep no copy`,
  ],
  ({ name }) => [name],
);

/** Prints the agent's next step on the standard error. */
const hints = (file: string, { mcp, webhook, nats }: Create): void => {
  if (mcp === true) remark(`MCP: start \`interlock mcp proxy --credential ${visible(file)} --server NAME\``);
  if (webhook === true)
    remark(
      'webhook: store `webhook_secret` of the file with `interlock secrets put handler NAME --for HOST`, and check the requests with it',
    );
  if (nats === true) remark('NATS: log in with `bus` of the file, once the bus knows the user');
};

const create = async (globals: Globals, name: string, options: Create): Promise<void> => {
  const session = personal(globals);
  const { issuer, token_endpoint } = await metadataOf(session);
  const { key, jwk } = newKey();
  const { newBusKey } = await import('@interlock/jetstream');
  const bus = options.nats === true ? newBusKey() : undefined;
  const file = resolve(options.out ?? `${name}.credential.json`);
  const clientId = `${session.tenant}.${name}`;
  const kept: Kept = {
    client_id: clientId,
    url: issuer,
    token_endpoint,
    accounts: options.account,
    agents: options.agent ?? [name],
    key,
    ...(options.webhook === true ? { webhook_secret: `whsec_${randomBytes(24).toString('base64')}` } : {}),
    ...(bus === undefined
      ? {}
      : {
          bus: {
            ...(session.isRemote ? {} : { url: session.runtime.nats.url }),
            user: clientId,
            seed: bus.seed,
          },
        }),
  };
  // The file is written first, so that no registered key is lost.
  keepCredential(file, kept);
  try {
    const body = {
      name,
      accounts: options.account,
      jwk,
      ...(options.agent === undefined ? {} : { agents: options.agent }),
      ...(options.signal === undefined ? {} : { signals: options.signal }),
      ...(bus === undefined ? {} : { bus_key: bus.public_key }),
      ...(options.handlers === undefined ? {} : { handlers: words(options.handlers) }),
    };
    const written = await writtenOrAsked<Written>(session, 'POST', path, body, options);
    if (written === undefined)
      remark(`its credential with the private key is ${visible(file)}; it works once the change is approved`);
    else await tell({ ...written, file }, createdShape, options);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
  hints(file, options);
};

const rotate = async (globals: Globals, name: string, options: Rotate): Promise<void> => {
  const session = personal(globals);
  const file = resolve(options.credential);
  const kept = readKept(file);
  if (kept.client_id !== `${session.tenant}.${name}`)
    throw new CliError(`${file} is the credential of \`${visible(kept.client_id)}\``, 2);
  const { key, jwk } = newKey();
  const next = `${file}.next`;
  keepCredential(next, { ...kept, key });
  try {
    const body = {
      jwk,
      ...(options.overlap === undefined ? {} : { overlap_s: whole(0)(options.overlap) }),
    };
    const written = await writtenOrAsked<Written>(session, 'POST', addressOf(name, 'rotate'), body, options);
    if (written === undefined) {
      remark(
        `the new key is in ${visible(next)}; put it in the place of ${visible(file)} once it is approved`,
      );
      return;
    }
    replaceKept(next, file);
    const ends = written.keys.find(({ ends_at }) => ends_at !== null)?.ends_at ?? null;
    await tell(
      written,
      linesShape(
        () => [
          `${file} has the new key of ${name}`,
          ...(ends === null ? [] : [`the old key ends at ${ends}`]),
        ],
        () => [name],
      ),
      options,
    );
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
};

const revoke = async (
  globals: Globals,
  name: string,
  { cancel, ...options }: Output & { readonly cancel?: boolean },
): Promise<void> => {
  const revoked = await new Session(globals).json<Revoked>('POST', addressOf(name, 'revoke'), {
    cancel: cancel === true,
  });
  await tell(
    revoked,
    linesShape(
      ({ cancelled_actions: actions, cancelled_plans: plans }) => [
        `${name} is revoked: every service refuses it within two seconds`,
        ...(cancel === true
          ? [`${actions.length} actions and ${plans.length} plans of it were cancelled`]
          : []),
      ],
      () => [name],
    ),
    options,
  );
};

/** `interlock agents`: credentials of agents that run elsewhere. */
export const addAgents = (program: Command, globals: () => Globals): void => {
  const agents = program
    .command('agents')
    .description('credentials of agents that run elsewhere; for administrators');
  answering(agents, 'create <name>', 'POST /api/v1/autonomous/agents')
    .description('register an agent with a new key; writes its credential into a file')
    .requiredOption('--account <accounts...>', 'the accounts that it may name')
    .option('--agent <agents...>', 'the agents that it may name in intents; else its own name')
    .option('--signal <signals...>', 'the signals that its user of the bus may report')
    .option('--mcp', 'it calls tools through `interlock mcp proxy`')
    .option('--webhook', 'it answers its handlers by webhooks: makes the secret that they are signed with')
    .option('--nats', 'it has a user of the bus too')
    .option('--handlers <types>', 'the action types that its user of the bus answers, with commas')
    .option('--out <file>', 'the file of the credential; else NAME.credential.json')
    .action((name: string, options: Create) => create(globals(), name, options));
  addList<Agent>(agents, globals, {
    command: 'list',
    about: 'with the keys that are registered',
    route: 'GET /api/v1/autonomous/agents',
    what: 'agents',
    columns: [
      { head: 'AGENT', of: ({ name }) => name, fit: 20 },
      { head: 'ACCOUNTS', of: ({ accounts }) => accounts.join(', '), fit: 16 },
      { head: 'NAMES', of: ({ agents: names }) => names.join(', '), fit: 16 },
      { head: 'SIGNALS', of: ({ signals }) => signals.join(', '), fit: 12 },
      {
        head: 'KEYS',
        of: ({ keys }) =>
          keys
            .map(({ jkt, ends_at: end }) => `${jkt.slice(0, 8)}${end === null ? '' : ` until ${end}`}`)
            .join(', '),
        fit: 20,
      },
      { head: 'BUS USER', of: ({ bus_user: user }) => user ?? '', fit: 16 },
    ],
    id: ({ name }) => name,
  });
  answering(agents, 'rotate <name>', 'POST /api/v1/autonomous/agents/{name}/rotate')
    .description('give an agent a new key; the old one ends after a while, which begins with the request')
    .requiredOption('--credential <file>', 'the file of its credential, which gets the new key')
    .option('--overlap <seconds>', 'how long the old key stays valid; else 600')
    .action((name: string, options: Rotate) => rotate(globals(), name, options));
  answering(agents, 'revoke <name>', 'POST /api/v1/autonomous/agents/{name}/revoke')
    .description('take the credential of an agent back, at once and everywhere')
    .option('--cancel', 'cancel its open actions and plans too')
    .action((name: string, options: Output & { readonly cancel?: boolean }) =>
      revoke(globals(), name, options),
    );
};
