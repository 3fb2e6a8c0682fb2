import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleScopes } from '@interlock/contracts';
import { commandLine, runProgram, type RunResult, until } from '@interlock/testing';
import pg from 'pg';
import { account, tenant } from './names.js';
import { site } from './network.js';
import { World } from './world.js';

type Item = {
  readonly kind: string;
  readonly id: string;
  readonly state: string;
  readonly why: string | null;
  readonly differences: readonly {
    readonly path: string;
    readonly logged: unknown;
    readonly answered: unknown;
  }[];
};

const program = fileURLToPath(new URL('tool-program.mjs', import.meta.url));
const world = new World({ devices: [site('rc01'), site('rc02'), site('rc03')] });
const [first, second] = ['cell-rc01-1', 'cell-rc02-1'];
const [changed, silent, untouched] = ['gnb-rc01', 'gnb-rc02', 'gnb-rc03'];

const cli = (...args: readonly string[]): Promise<RunResult> =>
  world.stack.cli('--tenant', tenant, 'audit', 'reconcile', ...args);
const itemsIn = ({ stdout }: Pick<RunResult, 'stdout'>): readonly Item[] =>
  (JSON.parse(stdout) as { readonly items: readonly Item[] }).items;
const stateLeaf = (cell: string): string => `/ran/cell[id='${cell}']/attributes/administrativeState`;

/** Changes the table of expected leaves as somebody with the database's password does. */
const sql = async (statement: (leaves: string) => string): Promise<number> => {
  const client = new pg.Client({ connectionString: world.stack.runtime.postgres });
  await client.connect();
  try {
    await client.query("select set_config('app.tenant_id', $1, false)", [tenant]);
    const { rows } = await client.query<{ leaves: string }>(
      "select format('%I.%I', schemaname, tablename) as leaves from pg_tables where tablename = 'expected_leaves'",
    );
    return (await client.query(statement(rows[0]!.leaves))).rowCount ?? 0;
  } finally {
    await client.end();
  }
};

/** Runs the command as an auditor does who has only an address and a token. */
const remote = (url: string, token: string): Promise<RunResult> =>
  runProgram(process.execPath, [
    ...[commandLine, '--url', url, '--token-file', token, '--tenant', tenant],
    ...['audit', 'reconcile', '--json'],
  ]);

/** The API with another figure for one day of a budget, as an altered ledger would show it. */
const altered = (): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      void (async () => {
        const asked = await fetch(`${world.stack.runtime.http}${request.url ?? ''}`, {
          method: request.method ?? 'GET',
          headers: { authorization: request.headers.authorization ?? '' },
        });
        const text = await asked.text();
        const body =
          request.url?.startsWith('/api/v1/autonomy/budget/state') === true
            ? JSON.stringify({ ...(JSON.parse(text) as object), count: 99 })
            : text;
        const position = asked.headers.get('interlock-position');
        response.writeHead(asked.status, position === null ? {} : { 'interlock-position': position });
        response.end(body);
      })();
    });
    server.listen(0, '127.0.0.1', () => resolve(server));
  });

beforeAll(async () => {
  await world.start();
  await world.provision();
  for (const cell of [first, second]) {
    await world.network.degrade(cell);
    await world.teach(cell);
    expect((await world.ends(await world.publish(world.intent(cell)))).state).toBe('COMPLETED');
  }
});
let handler: Server | undefined;
afterAll(async () => {
  handler?.close();
  handler?.closeAllConnections();
  await world.end();
});

describe('interlock audit reconcile', () => {
  it('finds that devices and budgets are as the log has them, exit code 0', async () => {
    const ran = await cli('--json');
    expect([ran.code, ran.stderr]).toEqual([0, '']);
    const items = itemsIn(ran);
    // The two actions are of one day, or of two around midnight.
    expect(items.slice(0, 4).map(({ kind, id, state }) => [kind, id.split(' ')[0], state])).toEqual([
      ['device', changed, 'agrees'],
      ['device', silent, 'agrees'],
      ['device', untouched, 'nothing_logged'],
      ['budget', account, 'agrees'],
    ]);
    const table = await cli();
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/^KIND +NAME +STATE +DETAIL$/m);
    expect(table.stdout).toMatch(
      /^[34] agree, 0 differ, 0 not checked, 1 not in the log up to position \d+$/m,
    );
  });

  it('finds a leaf that somebody changed by hand, exit code 1', async () => {
    await world.network.editState(changed, first, 'UNLOCKED');
    const ran = await cli('--json');
    expect(ran.code).toBe(1);
    expect(itemsIn(ran)[0]).toMatchObject({
      id: changed,
      state: 'differs',
      differences: [{ path: stateLeaf(first), logged: 'LOCKED', answered: 'UNLOCKED' }],
    });
    expect((await cli()).stdout).toContain(
      `${stateLeaf(first)}: the log says LOCKED, the answer is UNLOCKED`,
    );
  });

  it('finds it too where the expected value was altered in the database to hide it', async () => {
    const state = `where device_id = '${changed}' and path like '%administrativeState'`;
    expect(await sql((leaves) => `update ${leaves} set value = 'UNLOCKED' ${state}`)).toBe(1);
    expect(
      (await world.stack.cli('--tenant', tenant, 'devices', 'check', changed, '--json')).stdout,
    ).toContain('"state": "in_sync"');
    const ran = await cli('--json');
    expect([ran.code, itemsIn(ran)[0]?.differences]).toEqual([
      1,
      [{ path: stateLeaf(first), logged: 'LOCKED', answered: 'UNLOCKED' }],
    ]);
    await sql((leaves) => `delete from ${leaves} ${state}`);
    expect(itemsIn(await cli('--json'))[0]?.differences).toEqual([
      { path: expect.stringMatching(/not among the leaves/) as unknown, logged: 'LOCKED', answered: null },
    ]);
  });

  it('does not check a device that does not answer, exit code 2 where nothing differs', async () => {
    await world.network.editState(changed, first, 'LOCKED');
    await sql(
      (
        leaves,
      ) => `insert into ${leaves} select tenant_id, device_id, '${stateLeaf(first).replaceAll("'", "''")}',
        binding, 'LOCKED', action_id, position from ${leaves} where device_id = '${changed}' limit 1`,
    );
    await world.network.fault(silent, { kind: 'drop_session', when: 'before' });
    const ran = await cli('--json');
    expect([
      ran.code,
      itemsIn(ran)
        .slice(0, 4)
        .map(({ state }) => state),
    ]).toEqual([2, ['agrees', 'not_checked', 'nothing_logged', 'agrees']]);
    expect(itemsIn(ran)[1]?.why).toMatch(/\S/);
    await world.network.mend(silent);
    expect((await cli()).code).toBe(0);
  });

  it('finds a budget that shows another figure than the log, exit code 1', async () => {
    const server = await altered();
    const token = join(world.stack.home, 'auditor.token');
    writeFileSync(token, await world.token({ scopes: roleScopes.auditor }));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ran = await remote(url, token);
    server.close();
    const [found] = itemsIn(ran).filter(({ state }) => !['agrees', 'nothing_logged'].includes(state));
    expect([ran.code, found]).toEqual([
      1,
      {
        kind: 'budget',
        id: expect.stringMatching(`^${account} `) as unknown,
        state: 'differs',
        why: null,
        differences: [{ path: '/count', logged: expect.any(Number) as unknown, answered: 99 }],
      },
    ]);
  });

  it('finds a handled action that its handler does not have any more, and a handler that does not answer', async () => {
    let status = 'applied';
    const answered: string[] = [];
    handler = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { step } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly step: string };
        answered.push(step);
        response.end(JSON.stringify({ status: step === 'apply' ? 'applied' : status }));
      });
    }).listen(0, '127.0.0.1');
    await once(handler, 'listening');
    const { port } = handler.address() as AddressInfo;
    const secrets = join(world.stack.home, 'handler-secrets', tenant);
    mkdirSync(secrets, { recursive: true });
    writeFileSync(join(secrets, 'notes'), `whsec_${Buffer.alloc(24, 7).toString('base64')}`);
    writeFileSync(join(secrets, 'notes.for'), `127.0.0.1:${port}\n`);
    const type = 'e2e.note';
    await world.must(
      'POST',
      `/api/v1/action-types/${type}`,
      {
        title: 'Take a note',
        parameters: { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' },
        read_only: true,
        external_contact: false,
        handler: { kind: 'webhook', url: `http://127.0.0.1:${port}/`, secret_ref: 'file:notes' },
      },
      { sub: 'operator', tenant },
    );
    const action = await until(async () => {
      const id = await world.publish(
        world.intent(second, { action_type: type, entity_id: 'note-1', parameters: {} }),
      );
      const { state, reasons } = await world.reaches(id, ['AWAITING_APPROVAL', 'COMPLETED', 'DENIED']);
      if (state === 'AWAITING_APPROVAL') await world.approve(id, { sub: 'operator', tenant });
      if (JSON.stringify(reasons).includes('no-handler')) return false;
      return (await world.ends(id)).state === 'COMPLETED' && id;
    }, 'the handler has done an action');
    const found = async (): Promise<readonly [number, Item | undefined]> => {
      const ran = await cli('--json');
      return [ran.code, itemsIn(ran).find(({ kind }) => kind === 'handler')];
    };
    const id = `${type} ${action}`;
    expect(await found()).toMatchObject([0, { id, state: 'agrees' }]);
    expect(answered.at(-1)).toBe('status');
    status = 'not_applied';
    const difference = { path: 'status', logged: 'applied', answered: 'not_applied' };
    expect(await found()).toMatchObject([1, { id, state: 'differs', differences: [difference] }]);
    handler.close();
    handler.closeAllConnections();
    expect(await found()).toMatchObject([
      2,
      { id, state: 'not_checked', why: expect.stringMatching(/^handler-unreachable: /) as unknown },
    ]);
    status = 'applied';
    handler.listen(port, '127.0.0.1');
    expect(await found()).toMatchObject([0, { id, state: 'agrees' }]);
  });

  it('finds a tool that is not any more what a person confirmed, and a server that does not answer', async () => {
    const folder = join(world.stack.home, 'mcp', tenant, 'lookup');
    mkdirSync(folder, { recursive: true });
    const description = join(realpathSync(folder), 'description');
    writeFileSync(description, 'Looks a word up.');
    const options = ['--read-only', 'all', '--internal', 'all', '--json'];
    const added = await world.stack.cli(
      ...['--tenant', tenant, '--as', 'operator', 'mcp', 'add', 'lookup', ...options],
      ...['--', 'node', program, description],
    );
    const { change_id: id, digest } = JSON.parse(added.stdout) as { readonly [name: string]: string };
    await world.must('POST', `/api/v1/changes/${id}/approve`, { digest }, { sub: 'operator', tenant });
    const server = async (): Promise<readonly [number, Item | undefined]> => {
      const ran = await cli('--json');
      return [ran.code, itemsIn(ran).find(({ kind }) => kind === 'mcp_server')];
    };
    expect(await server()).toEqual([0, expect.objectContaining({ id: 'lookup', state: 'agrees' })]);
    writeFileSync(description, 'Looks a word up, and tells others.');
    const hash = expect.stringMatching(/^[0-9a-f]{64}$/) as unknown;
    const changed = {
      state: 'differs',
      differences: [{ path: 'look_up', logged: hash, answered: hash }],
    };
    // The second look finds the tool held, which changes nothing in the answer.
    expect(await server()).toMatchObject([1, changed]);
    expect(await server()).toMatchObject([1, changed]);
    rmSync(description);
    expect(await server()).toMatchObject([
      2,
      { state: 'not_checked', why: expect.stringMatching(/^handler-unreachable: /) as unknown },
    ]);
  });
});
