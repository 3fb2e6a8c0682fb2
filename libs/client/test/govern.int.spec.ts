import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import {
  answerStep,
  answerWebhook,
  govern,
  handlersOf,
  InterlockClient,
  Journal,
  NotApplied,
  Outcome,
  serveWebhooks,
  type GovernedFunction,
  type GovernOptions,
  type HandlerRequest,
} from '../src/index.js';

type Input = { readonly message: string; readonly folder?: string };
type Submitted = { readonly intent_id: string; readonly [member: string]: unknown };

/** Answers like Interlock's API: each intent is one action, in the state that a test sets. */
let server: Server;
let client: InterlockClient;
let submitted: Submitted[] = [];
let shown: { state: string; effect?: string; reasons?: readonly object[] } = { state: 'AWAITING_APPROVAL' };
let problem: object | undefined;
const ends = ['COMPLETED', 'DENIED', 'ROLLED_BACK', 'ROLLBACK_FAILED'];
beforeAll(async () => {
  server = createServer((request, response) => {
    const send = (status: number, value: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    if (problem !== undefined) {
      send(409, problem);
      return;
    }
    if (request.method === 'GET') {
      const { state, effect = null, reasons = [] } = shown;
      send(200, {
        action_id: request.url?.split('/').at(-1),
        action_type: 'mail.archive',
        state,
        effect,
        reasons,
        ended_at: ends.includes(state) ? '2026-01-01T00:00:00.000Z' : null,
      });
      return;
    }
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const intent = JSON.parse(text) as Submitted;
      if (!submitted.some(({ intent_id: id }) => id === intent.intent_id)) submitted.push(intent);
      const action_id = `action-${submitted.findIndex(({ intent_id: id }) => id === intent.intent_id) + 1}`;
      send(202, { action_id, intent_id: intent.intent_id, position: '1', state: 'RECEIVED' });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  client = new InterlockClient({ url: `http://127.0.0.1:${port}`, token: 't', tenant: 'demo' });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  submitted = [];
  problem = undefined;
  shown = { state: 'AWAITING_APPROVAL' };
});

const ran: Input[] = [];
const archive = (
  options: Partial<GovernOptions<Input>> = {},
  run: (input: Input) => unknown = (input) => {
    ran.push(input);
    return { folder: input.folder ?? 'archive' };
  },
): GovernedFunction<Input, unknown> =>
  govern(run, {
    client,
    actionType: 'mail.archive',
    entity: 'message',
    account: 'mail',
    agent: 'clerk',
    waitMs: 0,
    ...options,
  });
const request = (step: HandlerRequest['step'], id: string, parameters: object = {}): HandlerRequest =>
  ({ step, action_id: id, action_type: 'mail.archive', parameters }) as HandlerRequest;
const step = (tool: GovernedFunction<Input, unknown>, name: HandlerRequest['step'], id: string) =>
  answerStep(tool.interlock.handler, request(name, id, { message: 'm-1' }));

describe('a governed tool', () => {
  beforeEach(() => {
    ran.length = 0;
  });

  it('submits its call, waits for a person, and returns what the handler ran', async () => {
    const tool = archive({
      affected: ({ message }) => message.length,
      confidence: 0.5,
      model: 'planner',
      modelVersion: '2026-05',
    });
    const pending = await tool({ message: 'm-1' });
    expect(pending).toMatchObject({
      status: 'pending',
      continuation: 'action-1',
      state: 'AWAITING_APPROVAL',
    });
    expect(String(pending)).toBe(
      "Pending: mail.archive has not returned yet, because it waits for a person's approval. Make the same call again later, or continue with the continuation action-1.",
    );
    expect(submitted).toEqual([
      {
        intent_id: expect.any(String),
        tenant_id: 'demo',
        account_id: 'mail',
        agent: 'clerk',
        action_type: 'mail.archive',
        entity_id: 'm-1',
        parameters: { message: 'm-1' },
        affected_entity_count: 3,
        confidence_score: 0.5,
        agent_model: 'planner',
        agent_model_version: '2026-05',
      },
    ]);
    expect(ran).toEqual([]);
    expect(await step(tool, 'apply', 'action-1')).toEqual({ status: 'applied' });
    expect(await step(tool, 'apply', 'action-1')).toEqual({ status: 'applied' });
    expect(ran).toEqual([{ message: 'm-1' }]);
    shown = { state: 'COMPLETED' };
    expect(await tool.interlock.resume('action-1')).toEqual({ folder: 'archive' });
  });

  it('joins the identical open call, whatever the order of its members, and no other one', async () => {
    const tool = archive();
    await tool({ message: 'm-1', folder: 'a' });
    await tool({ folder: 'a', message: 'm-1' });
    await tool({ message: 'm-1', folder: 'b' });
    expect(submitted).toHaveLength(2);
    shown = { state: 'DENIED' };
    await tool({ message: 'm-1', folder: 'a' });
    await tool({ message: 'm-1', folder: 'a' });
    expect(submitted).toHaveLength(3);
  });

  it.each([
    ['DENIED', 'none', 'was not done'],
    ['ROLLED_BACK', 'taken_back', 'was tried and taken back'],
    ['ROLLED_BACK', 'refused', 'was tried, and nothing was done'],
    ['ROLLBACK_FAILED', 'unknown', 'may have run, and nobody can say how far it came; do not repeat it'],
  ])('says in words that it ended %s with the effect %s, with the reasons', async (state, effect, words) => {
    shown = { state, effect, reasons: [{ code: 'rule', detail: 'the night freeze forbids it' }] };
    const refused = await archive()({ message: 'm-1' });
    expect(refused).toBeInstanceOf(Outcome);
    expect(refused).toMatchObject({ status: 'refused', state });
    expect(String(refused)).toBe(
      `Refused: mail.archive ${words} (${state}). Reason: the night freeze forbids it.`,
    );
    expect(ran).toEqual([]);
  });

  it('throws the refusal of an intent, and submits the next call as another intent', async () => {
    const tool = archive();
    problem = { code: 'wrong-agent', detail: 'not yours', status: 409 };
    await expect(tool({ message: 'm-1' })).rejects.toMatchObject({ code: 'wrong-agent' });
    problem = undefined;
    expect(await tool({ message: 'm-1' })).toMatchObject({ status: 'pending', action_id: 'action-1' });
  });

  it('does not accept the continuation of another tool', async () => {
    const other = archive({ actionType: 'mail.delete' });
    await expect(other.interlock.resume('action-1')).rejects.toThrow('belongs to `mail.archive`');
  });

  it('needs a tenant, an agent, and an input that is an object with the entity', async () => {
    const nobody = { client, actionType: 'mail.archive', entity: 'message', account: 'mail' } as const;
    expect(() => govern((input: Input) => input, nobody)).toThrow('name the agent');
    const wrong = archive() as unknown as (input: unknown) => Promise<unknown>;
    await expect(wrong('m-1')).rejects.toThrow('an object that JSON can hold');
    await expect(wrong({ folder: 'a' })).rejects.toThrow('no `message` that names the entity');
    expect(submitted).toEqual([]);
  });

  it('keeps the shape of a tool, which is copied, and takes nothing but its input', async () => {
    const given: unknown[][] = [];
    class FrameworkTool {
      readonly name = 'archive';
      execute(...more: unknown[]): Promise<string> {
        given.push([this.name, ...more]);
        return Promise.resolve('ok');
      }
    }
    const own = new FrameworkTool();
    const options = {
      client,
      actionType: 'mail.archive',
      entity: () => 'm-1',
      account: 'mail',
      agent: 'clerk',
      waitMs: 0,
    };
    const tool = govern(own, options);
    expect([tool instanceof FrameworkTool, tool.name, Object.keys(tool)]).toEqual([
      true,
      'archive',
      ['name', 'execute'],
    ]);
    await tool.execute({ message: 'm-1' }, { secret: 'context' });
    await answerStep(tool.interlock.handler, request('apply', 'action-1', { message: 'm-1' }));
    expect(given).toEqual([['archive', { message: 'm-1' }, {}]]);
    expect(() => govern({ name: 'runs elsewhere' } as { readonly execute?: () => void }, options)).toThrow(
      'neither `execute` nor `func`',
    );
  });
});

describe('the handler of a governed tool', () => {
  it('says that nothing was done after `NotApplied`, and nothing at all after another error', async () => {
    const refuses = archive({}, () => {
      throw new NotApplied('the mailbox is full');
    });
    expect(await step(refuses, 'apply', 'a')).toEqual({ status: 'failed' });
    expect(await step(refuses, 'status', 'a')).toEqual({ status: 'not_applied' });
    const breaks = archive({}, () => {
      throw new Error('lost');
    });
    await expect(step(breaks, 'apply', 'a')).rejects.toThrow('lost');
    await expect(step(breaks, 'status', 'a')).rejects.toThrow('nobody can say');
    await expect(step(breaks, 'apply', 'a')).rejects.toThrow('the action is unknown');
  });

  it('says `in_progress` while the tool runs', async () => {
    let finish: () => void = () => undefined;
    const slow = archive({}, () => new Promise<void>((resolve) => (finish = resolve)));
    const applied = step(slow, 'apply', 'a');
    expect(await step(slow, 'status', 'a')).toEqual({ status: 'in_progress' });
    expect(await step(slow, 'apply', 'a')).toEqual({ status: 'in_progress' });
    finish();
    expect(await applied).toEqual({ status: 'applied' });
  });

  it('takes the work back once, and only what was applied', async () => {
    const undone: unknown[] = [];
    const tool = archive({ undo: (input) => undone.push(input) });
    await expect(step(tool, 'undo', 'a')).rejects.toThrow('nothing to undo');
    await step(tool, 'apply', 'a');
    expect(await step(tool, 'undo', 'a')).toEqual({ status: 'undone' });
    expect(await step(tool, 'undo', 'a')).toEqual({ status: 'undone' });
    expect(await step(tool, 'status', 'a')).toEqual({ status: 'undone' });
    expect(undone).toEqual([{ message: 'm-1' }]);
    expect(archive().interlock.handler.undo).toBeUndefined();
    const stuck = archive({
      undo: () => {
        throw new Error('lost');
      },
    });
    await step(stuck, 'apply', 'a');
    await expect(step(stuck, 'undo', 'a')).rejects.toThrow('lost');
    await expect(step(stuck, 'status', 'a')).rejects.toThrow('nobody can say');
  });
});

describe('a journal with a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-journal-'));
  const file = join(folder, 'journal');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('resumes the calls of the previous process, with their results', async () => {
    await archive({ journal: new Journal(file) })({ message: 'm-1' });
    const second = archive({ journal: new Journal(file) });
    await step(second, 'apply', 'action-1');
    shown = { state: 'COMPLETED' };
    expect(await archive({ journal: new Journal(file) })({ message: 'm-1' })).toEqual({ folder: 'archive' });
    expect(submitted).toHaveLength(1);
  });

  it('promises that an unknown action does not run later, and keeps the promise', async () => {
    const tool = archive({ journal: new Journal(file) });
    expect(await step(tool, 'status', 'b')).toEqual({ status: 'not_applied' });
    const later = archive({ journal: new Journal(file) });
    await expect(step(later, 'apply', 'b')).rejects.toBeInstanceOf(NotApplied);
  });

  it('knows nothing of what ran when the process ended, and reads over half a line', async () => {
    const begun = new Journal(file);
    begun.begin('c', 'running');
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"action":"d","kno`);
    const tool = archive({ journal: new Journal(file) });
    await expect(step(tool, 'status', 'c')).rejects.toThrow('nobody can say');
    expect(new Journal(file).progress('d')).toBeUndefined();
  });

  it('says that a result is not kept, once a thousand newer ones are', async () => {
    const journal = new Journal();
    const tool = archive({ journal });
    await tool({ message: 'm-1' });
    journal.end('action-1', 'applied', 'ok');
    for (let i = 0; i < 1000; i += 1) journal.end(`other-${i}`, 'applied', i);
    shown = { state: 'COMPLETED' };
    expect(String(await tool.interlock.resume('action-1'))).toBe(
      'Done: mail.archive has run, and its result is not kept.',
    );
    expect(await step(tool, 'status', 'action-1')).toEqual({ status: 'applied' });
  });
});

describe('the webhooks of governed tools', () => {
  const secret = `whsec_${Buffer.from('a secret of the test').toString('base64')}`;
  const signed = (body: string): { readonly [name: string]: string } => {
    const at = new Date();
    return {
      'webhook-id': 'r-1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('r-1', at, body),
    };
  };

  it('does not start without a signing secret', async () => {
    for (const none of [undefined, '', 'whsec_', 'no base64']) {
      const text = none as string;
      await expect(serveWebhooks(text, {})).rejects.toThrow('there is no signing secret');
      await expect(answerWebhook(text, {}, {}, '{}')).rejects.toThrow('there is no signing secret');
    }
  });

  it('answers by the handler of the action type, and refuses everything else', async () => {
    const faults: unknown[] = [];
    const tool = archive({}, ({ message }) => {
      if (message === 'full') throw new NotApplied('the mailbox is full');
      if (message === 'lost') throw new Error('lost');
    });
    const webhooks = await serveWebhooks(secret, handlersOf(tool), {
      onFault: (fault) => faults.push(fault),
    });
    const post = async (of: object | string, headers?: { readonly [name: string]: string }) => {
      const body = typeof of === 'string' ? of : JSON.stringify(of);
      const { status } = await fetch(`http://127.0.0.1:${webhooks.port}/`, {
        method: 'POST',
        body,
        headers: headers ?? signed(body),
      });
      return status;
    };
    expect(await post(request('apply', 'a', { message: 'm-1' }))).toBe(200);
    expect(await post(request('apply', 'a', { message: 'm-1' }), {})).toBe(401);
    expect(await post(request('undo', 'a'))).toBe(404);
    expect(await post({ ...request('apply', 'a'), action_type: 'toString' })).toBe(404);
    expect(await post(request('apply', 'full', { message: 'full' }))).toBe(200);
    expect(faults).toEqual([]);
    expect(await post(request('apply', 'lost', { message: 'lost' }))).toBe(500);
    expect(String(faults)).toContain('lost');
    expect(await post('x'.repeat(1_048_577), {})).toBe(413);
    await webhooks.stop();
    const refusing = { 'mail.archive': { status: () => Promise.reject(new NotApplied('not mine')) } };
    const body = JSON.stringify(request('status', 'a'));
    expect(await answerWebhook(secret, refusing, signed(body), body)).toEqual({
      status: 422,
      body: '{"detail":"not mine"}',
    });
  });
});
