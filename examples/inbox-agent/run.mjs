// An agent that sorts mail, with a webhook handler of its own. One action is approved, one denied,
// one taken back.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { answerStep, readWebhook } from '@interlock/client';
import { clientOf, home, confirmed, tenant, unlessThere, until } from '../start.mjs';

// The mailbox, and what the handler does with it.
const folders = new Map([
  ['message-1', 'inbox'],
  ['message-2', 'inbox'],
  ['message-3', 'inbox'],
]);
const moved = new Map();
const table = {
  plan: ({ entity_id }) => ({
    diff: [{ path: `/${entity_id}/folder`, before: folders.get(entity_id), after: 'quarantine' }],
    reversible: true,
  }),
  apply: ({ action_id, entity_id }) => {
    // Asked again, it has done it already.
    if (!moved.has(action_id)) moved.set(action_id, { entity_id, from: folders.get(entity_id) });
    folders.set(entity_id, 'quarantine');
    return { status: 'applied', undo: moved.get(action_id) };
  },
  undo: ({ action_id, undo }) => {
    folders.set(undo.entity_id, undo.from);
    moved.delete(action_id);
    return { status: 'undone' };
  },
  status: ({ action_id }) => ({ status: moved.has(action_id) ? 'applied' : 'not_applied' }),
};

const secret = `whsec_${randomBytes(24).toString('base64')}`;
const secrets = join(home, 'handler-secrets', tenant);
mkdirSync(secrets, { recursive: true, mode: 0o700 });
writeFileSync(join(secrets, 'inbox-agent'), secret, { mode: 0o600 });

/** The body of a request, up to a mebibyte: whoever reaches the port may send any. */
const bodyOf = async (request) => {
  const chunks = [];
  for await (const chunk of request)
    if (chunks.push(chunk) > 0 && chunks.reduce((sum, { length }) => sum + length, 0) > 1_048_576)
      return null;
  return Buffer.concat(chunks).toString('utf8');
};
const server = createServer(async (request, response) => {
  let asked;
  try {
    asked = readWebhook(secret, request.headers, (await bodyOf(request)) ?? '');
  } catch {
    // A refusal says that nothing was done.
    response.writeHead(401, { connection: 'close' }).end();
    return;
  }
  try {
    const answer = await answerStep(table, asked);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch {
    // Nobody knows how far it came: Interlock asks for the status.
    response.writeHead(500).end();
  }
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
// The secret may be used for this address only.
writeFileSync(join(secrets, 'inbox-agent.for'), `127.0.0.1:${server.address().port}\n`, { mode: 0o600 });

// An administrator gives the built-in type `inbox.quarantine` this handler, and writes the
// policies.
const admin = await clientOf(
  ['POLICY_READ', 'POLICY_WRITE', 'AUTONOMY_ADMIN', 'AUTONOMOUS_READ'],
  'example-admin',
);
const path = '/api/v1/action-types/inbox.quarantine';
const handler = {
  kind: 'webhook',
  url: `http://127.0.0.1:${server.address().port}/`,
  secret_ref: 'file:inbox-agent',
  steps: ['plan', 'undo'],
};
await admin.call('POST', `${path}/retire`, {}).catch(() => undefined);
await confirmed(admin, 'POST', path, { handler });
await unlessThere(() =>
  admin.call('POST', `/api/v1/policies/${tenant}`, {
    policy_id: 'example-inbox-low',
    name: 'What does not look dangerous is not quarantined',
    action_types: ['inbox.quarantine'],
    decision: 'DENY',
    conditions: [{ field: 'parameters.risk_score', op: '<', value: 50 }],
  }),
);

const agent = await clientOf(['AUTONOMOUS_SUBMIT', 'AUTONOMOUS_READ']);
const person = await clientOf(['AUTONOMOUS_READ', 'AUTONOMOUS_APPROVE'], 'example-approver');
const submit = (entity, risk) =>
  agent.submit({
    intent_id: `${entity}-${Date.now()}`,
    tenant_id: tenant,
    account_id: 'inbox',
    agent: 'inbox_triage',
    action_type: 'inbox.quarantine',
    entity_id: entity,
    parameters: { risk_score: risk },
    affected_entity_count: 1,
    confidence_score: 0.97,
  });
/**
 * Asks for an action until it is held or at its end; the rails take a new handler a moment after it
 * was registered.
 */
const ask = (entity, risk) =>
  until(async () => {
    const accepted = await submit(entity, risk);
    const action = await until(async () => {
      const seen = await agent.action(accepted.action_id, accepted);
      return (seen.state === 'AWAITING_APPROVAL' || seen.ended_at !== null) && seen;
    });
    return !action.reasons.some(({ code }) => code === 'no-handler') && action;
  });
const yes = ({ action_id }) => person.approve(action_id, { comment: 'it is spam' });
const report = ({ entity_id, state }) =>
  console.log(`${entity_id}: ${state}, in the folder ${folders.get(entity_id)}`);

const approved = await ask('message-1', 91);
await yes(approved);
report(await agent.waitForOutcome(approved.action_id));

const denied = await ask('message-2', 12);
report(await agent.waitForOutcome(denied.action_id));

const undone = await ask('message-3', 88);
await yes(undone);
await until(() => moved.has(undone.action_id));
await until(async () => (await person.action(undone.action_id)).state === 'VALIDATING');
await person.rollback(undone.action_id);
report(await agent.waitForOutcome(undone.action_id));

server.close();
server.closeAllConnections();
