import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll } from '@jest/globals';
import { AgentCredential, type PrivateJwk } from '@interlock/client';
import { throughChange, type ActionIntentV1 } from '@interlock/contracts';
import {
  createLogger,
  loadSigningKeys,
  publicKeysOf,
  type AuthSettings,
  type RunningService,
} from '@interlock/platform';
import { freePort, startParts, testContext, type Parts } from '@interlock/testing';
import { exportJWK } from 'jose';
import { start } from '../src/main.js';
import { assertionOf, askToken, newAgentKeys, proofOf, type AgentKeys, type Answer } from './agent-client.js';
import { approveChange, registerUser } from './registered.js';

type Edge = { readonly url: string; readonly stop: () => Promise<void> };
type EdgeEntry = { readonly createEdge: (options: object) => Promise<Edge> };

export const actionsPath = '/api/v1/autonomous/actions';
const folder = mkdtempSync(join(tmpdir(), 'interlock-agents-'));
export let parts: Parts;
export let edge: Edge;
/** The token endpoint. */
export let endpoint: string;
let rails: RunningService;
let serial = 0;

export const intent = (agent: string, account = 'north'): ActionIntentV1 => {
  serial += 1;
  return {
    intent_id: `agent-${serial}`,
    tenant_id: 'demo',
    account_id: account,
    agent,
    action_type: 'cell_failover',
    entity_id: `cell-${serial}`,
    parameters: {},
    affected_entity_count: 3,
    confidence_score: 0.95,
  };
};

export const call = async (
  method: string,
  path: string,
  headers: { readonly [name: string]: string },
  body?: unknown,
): Promise<Answer> => {
  const response = await fetch(`${edge.url}${path}`, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
};
export const asAdmin = async (
  method: string,
  path: string,
  body?: unknown,
  kind: 'person' | 'service' = 'person',
): Promise<Answer> => {
  const headers = await parts.issuer.person(['AUTONOMY_ADMIN'], { sub: 'ada', kind });
  return call(method, `/api/v1/autonomous/agents${path}`, headers, body);
};

/** The same; what loosens is approved by another person. */
export const asTwo = (method: string, path: string, body?: unknown): Promise<Answer> =>
  throughChange(
    () => asAdmin(method, path, body),
    (change) => approveChange(rails, parts.issuer, 'demo', change),
  );

export type Agent = { readonly name: string; readonly keys: AgentKeys };
export const create = async (name: string, more: object = {}): Promise<Agent> => {
  const keys = await newAgentKeys();
  const { status, body } = await asTwo('POST', '', { name, accounts: ['north'], jwk: keys.jwk, ...more });
  if (status !== 200) throw new Error(JSON.stringify(body));
  return { name, keys };
};
export const clientId = ({ name }: Pick<Agent, 'name'>): string => `demo.${name}`;
export const ask = async (agent: Agent, more: { readonly jti?: string } = {}): Promise<Answer> =>
  askToken(endpoint, await proofOf(agent.keys, { method: 'POST', address: endpoint }), {
    client_assertion: await assertionOf(agent.keys, { client: clientId(agent), audience: endpoint, ...more }),
  });
export const tokenOf = async (agent: Agent): Promise<string> => {
  const { status, body } = await ask(agent);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body['access_token'] as string;
};
/** Calls with a token and its proof, of which parts may be wrong. */
export const callAs = async (
  { keys }: Pick<Agent, 'keys'>,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  proof: {
    readonly method?: string;
    readonly path?: string;
    readonly jti?: string;
    readonly iat?: number;
  } = {},
): Promise<Answer> =>
  call(
    method,
    path,
    {
      authorization: `DPoP ${token}`,
      dpop: await proofOf(keys, {
        token,
        ...proof,
        method: proof.method ?? method,
        address: `${edge.url}${proof.path ?? path}`,
      }),
    },
    body,
  );
export const credentialOf = async (agent: Agent): Promise<AgentCredential> =>
  new AgentCredential({
    client_id: clientId(agent),
    url: edge.url,
    token_endpoint: endpoint,
    key: (await exportJWK(agent.keys.privateKey)) as PrivateJwk,
  });

/** Starts safety-rails and the edge before the tests of a suite, and stops them after them. */
export const startAgentsWorld = (): void => {
  beforeAll(async () => {
    parts = await startParts();
    const port = await freePort();
    const keys = await loadSigningKeys(folder, 'agent-tokens.jwk.json');
    const auth: AuthSettings = {
      ...parts.issuer.auth,
      agents: { issuer: `http://127.0.0.1:${port}`, jwks: { keys: publicKeysOf(keys) } },
    };
    rails = await start({ ...testContext(parts, 'safety-rails'), auth });
    const { createEdge } = (await import(
      pathToFileURL(join(import.meta.dirname, '../../edge/dist/main.js')).href
    )) as EdgeEntry;
    edge = await createEdge({
      host: '127.0.0.1',
      port,
      logger: createLogger({ level: 'silent' }),
      services: [
        {
          name: 'safety-rails',
          prefixes: ['/api/v1/autonomous'],
          origin: `http://127.0.0.1:${rails.http.port}`,
        },
      ],
      auth,
      live: { store: parts.log.store },
      agents: { keys, folder },
    });
    endpoint = `${edge.url}/oauth/token`;
    await registerUser(rails, parts.issuer, 'demo.app');
  });
  afterAll(async () => {
    await edge.stop();
    await rails.stop();
    await parts.stop();
    rmSync(folder, { recursive: true, force: true });
  });
};
