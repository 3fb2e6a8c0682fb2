// What the examples for frameworks share: the names of their agent, the webhook that runs its tool,
// and a person who approves.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  handlersOf,
  InterlockProblem,
  serveWebhooks,
  type Governance,
  type InterlockClient,
} from '@interlock/client';
import { clientOf, confirmed, home, tenant, unlessThere, until } from '../start.mjs';

type Actions = { readonly items: readonly { readonly action_id: string }[] };

const client: InterlockClient = await clientOf(['AUTONOMOUS_SUBMIT', 'AUTONOMOUS_READ']);
/** An agent outside this repository has the file of a credential instead. */
export const agent = { client, tenant, account: 'mail', agent: 'mail-clerk' };
const person: InterlockClient = await clientOf(['AUTONOMOUS_READ', 'AUTONOMOUS_APPROVE'], 'example-approver');
const admin: InterlockClient = await clientOf(
  ['POLICY_READ', 'POLICY_WRITE', 'AUTONOMY_ADMIN', 'AUTONOMOUS_READ'],
  'example-admin',
);

/** Registers the tool's action type, with a webhook of this process that runs the tool. */
export const serve = async (tool: { readonly interlock: Governance }): Promise<() => Promise<void>> => {
  const { actionType } = tool.interlock;
  const secret = `whsec_${randomBytes(24).toString('base64')}`;
  const server = await serveWebhooks(secret, handlersOf(tool));
  const folder = join(home, 'handler-secrets', tenant);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, actionType), secret, { mode: 0o600 });
  writeFileSync(join(folder, `${actionType}.for`), `127.0.0.1:${server.port}\n`, { mode: 0o600 });
  const path = `/api/v1/action-types/${actionType}`;
  await admin.call('POST', `${path}/retire`, {}).catch(() => undefined);
  await confirmed(admin, 'POST', path, {
    title: 'Archive a message',
    parameters: { type: 'object', properties: { message: { type: 'string' } }, required: ['message'] },
    external_contact: false,
    handler: { kind: 'webhook', url: `http://127.0.0.1:${server.port}/`, secret_ref: `file:${actionType}` },
  });
  await unlessThere(() =>
    admin.call('POST', `/api/v1/policies/${tenant}`, {
      policy_id: `example-keep-${actionType.replaceAll('.', '-')}`,
      name: 'The contract stays in the inbox',
      action_types: [actionType],
      decision: 'DENY',
      conditions: [{ field: 'parameters.message', op: '==', value: 'contract' }],
    }),
  );
  // Interlock knows a new action type, and its handler, after a moment.
  const isKnown = async (): Promise<boolean> => {
    const accepted = await client.submit({
      intent_id: `dry-${actionType}-${Date.now()}`,
      tenant_id: tenant,
      account_id: agent.account,
      agent: agent.agent,
      action_type: actionType,
      entity_id: 'first',
      parameters: { message: 'first' },
      affected_entity_count: 1,
      confidence_score: 0.9,
      dry_run: true,
    });
    const { state } = await client.waitForOutcome(accepted.action_id, accepted);
    return state === 'COMPLETED';
  };
  await until(() =>
    isKnown().catch((error: unknown) => {
      if (error instanceof InterlockProblem && error.code === 'unknown-action-type') return false;
      throw error;
    }),
  );
  return server.stop;
};

/** A person approves the calls of the tool that wait. */
export const approve = async ({ interlock }: { readonly interlock: Governance }): Promise<void> => {
  const query = new URLSearchParams({ state: 'AWAITING_APPROVAL', action_type: interlock.actionType });
  const waiting = await until(async () => {
    const { items } = await person.call<Actions>('GET', `/api/v1/autonomous/actions?${String(query)}`);
    return items.length > 0 && items;
  });
  for (const { action_id: id } of waiting) await person.approve(id, { comment: 'it may go' });
};
