import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Schema } from '@interlock/api-types';
import { writtenOrAsked } from '../../change.js';
import { linesShape, remark } from '../../output/output.js';
import { visible } from '../../output/visible.js';
import { CliError, Session } from '../../connection/session.js';
import { keepCredential, newKey, readKept, replaceKept, type Kept } from './files.js';
import { list } from '../../lists.js';
import { whole } from '../../readers.js';
import { answer, group } from '../../program/declare.js';

type Metadata = { readonly issuer: string; readonly token_endpoint: string };

/** Returns the token endpoint. Throws if this installation issues no tokens to agents. */
const metadataOf = async (session: Session): Promise<Metadata> => {
  const response = await fetch(session.urlOf('/.well-known/oauth-authorization-server')).catch(
    () => undefined,
  );
  if (response?.ok !== true)
    throw new CliError('this Interlock gives no tokens to agents: set INTERLOCK_PUBLIC_URL of its services');
  return (await response.json()) as Metadata;
};

const createdShape = linesShape<Schema<'WrittenAgentDto'> & { readonly file: string }>(
  ({ name, accounts, agents, file }) => [
    `${name} may name the accounts ${accounts.join(', ')} and the agents ${agents.join(', ')}`,
    `its credential with the private key is ${file}; give it to the agent, and keep no copy`,
  ],
  ({ name }) => [name],
);

const create = answer({
  command: 'create <name>',
  about: 'register an agent with a new key; writes its credential into a file',
  routes: ['POST /api/v1/autonomous/agents'],
  options: {
    '--account <accounts...>': { about: 'the accounts that it may name', required: true },
    '--agent <agents...>': 'the agents that it may name in intents; default: its own name',
    '--signal <signals...>': 'the signals that its user of the bus may report',
    '--mcp': 'it calls tools through `interlock mcp proxy`',
    '--webhook': 'it answers its handlers by webhooks; makes the secret that signs them',
    '--nats': 'also give it a user of the bus',
    '--handlers <types>': {
      about: 'the action types that its user of the bus answers, with commas',
      list: true,
    },
    '--out <file>': 'the file of the credential; default: NAME.credential.json',
  },
  personal: true,
  run: async ({ session, options, output, tell }, name) => {
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
        agents: options.agent,
        signals: options.signal,
        bus_key: bus?.public_key,
        handlers: options.handlers,
      };
      const written = await writtenOrAsked(session, output, 'POST /api/v1/autonomous/agents', [], body);
      if (written === undefined)
        remark(
          `its credential with the private key is ${visible(file)}; it works once the change is approved`,
        );
      else await tell({ ...written, file }, createdShape);
    } catch (error) {
      rmSync(file, { force: true });
      throw error;
    }
    if (options.mcp === true)
      remark(`MCP: start \`interlock mcp proxy --credential ${visible(file)} --server NAME\``);
    if (options.webhook === true)
      remark(
        'webhook: store `webhook_secret` of the file with `interlock secrets put handler NAME --for HOST`, and check the requests with it',
      );
    if (options.nats === true) remark('NATS: log in with `bus` of the file, once the bus knows the user');
  },
});

const rotate = answer({
  command: 'rotate <name>',
  about: 'give an agent a new key; the old one ends some time after the request',
  routes: ['POST /api/v1/autonomous/agents/{name}/rotate'],
  options: {
    '--credential <file>': { about: 'the file of its credential, which gets the new key', required: true },
    '--overlap <seconds>': { about: 'how long the old key stays valid; default: 600', read: whole(0) },
  },
  personal: true,
  run: async ({ session, options, output, tell }, name) => {
    const file = resolve(options.credential);
    const kept = readKept(file);
    if (kept.client_id !== `${session.tenant}.${name}`)
      throw new CliError(`${file} is the credential of \`${visible(kept.client_id)}\``, 2);
    const { key, jwk } = newKey();
    const next = `${file}.next`;
    keepCredential(next, { ...kept, key });
    try {
      const body = { jwk, overlap_s: options.overlap };
      const route = 'POST /api/v1/autonomous/agents/{name}/rotate';
      const written = await writtenOrAsked(session, output, route, [name], body);
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
      );
    } catch (error) {
      rmSync(next, { force: true });
      throw error;
    }
  },
});

const revoke = answer({
  command: 'revoke <name>',
  about: 'revoke the credential of an agent at once and everywhere',
  routes: ['POST /api/v1/autonomous/agents/{name}/revoke'],
  options: { '--cancel': 'also cancel its open actions and plans' },
  run: async ({ session, options, tell }, name) => {
    const cancel = options.cancel === true;
    const revoked = await session.ask('POST /api/v1/autonomous/agents/{name}/revoke', [name], {
      body: { cancel },
    });
    await tell(
      revoked,
      linesShape(
        ({ cancelled_actions: actions, cancelled_plans: plans }) => [
          `${name} is revoked: every service refuses it within two seconds`,
          ...(cancel ? [`${actions.length} actions and ${plans.length} plans of it were cancelled`] : []),
        ],
        () => [name],
      ),
    );
  },
});

/** `interlock agents`: credentials of agents that run elsewhere. */
export const addAgents = group(
  'agents',
  'manage the credentials of agents that run elsewhere; for administrators',
  [
    create,
    list({
      command: 'list',
      about: 'list agents with their registered keys',
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
    }),
    rotate,
    revoke,
  ],
);
