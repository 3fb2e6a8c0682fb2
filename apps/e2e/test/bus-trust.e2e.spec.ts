import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  busConsumers,
  inboxOf,
  rpcCallers,
  streamName,
  streamOwners,
  subject,
  systemTenant,
  type JsonObject,
} from '@interlock/contracts';
import { connectEventStore } from '@interlock/eventstore';
import { answeredBy, BusPublisher, connectBus, type BusAddress } from '@interlock/jetstream';
import { actionIdOf } from '@interlock/kernel';
import { atThisPace, freePort, suiteWhere, until } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { doctorAt, startSite } from './bus-site.js';
import { logAs, writable, wrongWriters } from './log-rights.js';
import { missingForStranger, tryAsStranger } from './log-stranger.js';
import { site } from './network.js';
import { intentsSubject, tenant, upstreamUser, unique } from './names.js';
import { World } from './world.js';

/**
 * The reason why a user is refused. A server that reloads its configuration may break the
 * connection first; then the user tries again.
 */
const refusalOf = async (address: BusAddress): Promise<unknown> => {
  for (;;) {
    const error = await connectBus(address, { reconnect: false }).then(
      async (connection) => {
        await connection.close();
      },
      (refusal: unknown) => refusal as { readonly code?: string },
    );
    if (error?.code !== 'EPIPE' && error?.code !== 'ECONNRESET') return error;
  }
};

const stranger = await missingForStranger();
const layouts = [
  ['with --processes', ['--no-demo', '--processes']],
  ['in one process', ['--no-demo']],
] as const;
/** A single process has the same bus users; the long form tests it too. */
const tried = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? layouts : layouts.slice(0, 1);
/** Simulates an attacker with the credentials of integrators, and with a tenant's own. */
describe.each(tried)('the bus is not one trust zone, %s', (_how, args) => {
  const world = new World({ args, devices: [site('t01'), site('t02')] });
  const attackers: NatsConnection[] = [];
  let hub = '';

  beforeAll(async () => {
    hub = `127.0.0.1:${await freePort()}`;
    mkdirSync(join(world.stack.home, 'nats'), { mode: 0o700 });
    writeFileSync(join(world.stack.home, 'nats', 'leafnodes.conf'), `leafnodes { listen: "${hub}" }\n`);
    await world.start();
    await world.provision({ budget: 1 });
    await world.teach('cell-t01-1', 'cell-t02-1');
    attackers.push(world.upstream, await connectBus(world.stack.runtime.nats));
  });
  afterAll(async () => {
    await attackers[1]?.close();
    await world.end();
  });

  /** The refusals of every connection from now on. */
  const refusals = (connection: NatsConnection): { readonly seen: Set<string> } => {
    const seen = new Set<string>();
    void (async () => {
      for await (const { permissionContext } of connection.status())
        if (permissionContext !== undefined) seen.add(permissionContext.subject);
    })();
    return { seen };
  };

  it("hands out only the demo tenant's user, and keeps the services' users in a separate file", () => {
    const { nats } = world.stack.runtime;
    expect(nats.user).toBe('demo.upstream');
    const file = join(world.stack.home, 'secrets', 'bus.json');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const runtime = readFileSync(join(world.stack.home, 'runtime.json'), 'utf8');
    for (const [user, password] of Object.entries(
      JSON.parse(readFileSync(file, 'utf8')) as { readonly [user: string]: string },
    ))
      expect([user, runtime.includes(password)]).toEqual([user, user === 'demo.upstream']);
  });

  it("gives 200 subscriptions in the services' queue groups nothing, and a mode of DISABLED holds", async () => {
    const got: string[] = [];
    for (const attacker of attackers) {
      const { seen } = refusals(attacker);
      for (let n = 0; n < 200; n += 1) {
        for (const name of Object.keys(rpcCallers)) {
          const answer = { ok: { mode: 'AUTO_EXECUTE', decision: 'ALLOW', consumed: true } };
          const subscription = attacker.subscribe(`interlock.rpc.${name}.*`, {
            queue: name.split('.')[0]!,
            callback: (error, message) => {
              if (error !== null) return;
              got.push(message.subject);
              message.respond(JSON.stringify(answer));
            },
          });
          subscription.closed.catch(() => undefined);
        }
      }
      await until(() => seen.size >= Object.keys(rpcCallers).length, 'every subscription is refused');
    }
    await world.must(
      'PUT',
      '/api/v1/autonomy/config',
      {
        account_id: 'ran-north',
        action_type: 'cell_failover',
        mode: 'DISABLED',
        reason: 'a test',
        force: true,
      },
      { sub: 'author' },
    );
    const view = await world.ends(await world.publish(world.intent('cell-t01-1')));
    expect(view.state).toBe('BLOCKED');
    expect(got).toEqual([]);
    await world.must(
      'PUT',
      '/api/v1/autonomy/config',
      { account_id: 'ran-north', action_type: 'cell_failover', mode: 'AUTO_EXECUTE', reason: 'a test' },
      { sub: 'author' },
    );
  });

  it("lets nobody forge an event, an outcome, an answer or another's intent", async () => {
    for (const attacker of attackers) {
      const { seen } = refusals(attacker);
      const forged = [
        subject({ kind: 'events', category: 'action', eventType: 'ActionCompleted', tenant }),
        subject({ kind: 'outcomes', tenant, actionType: 'cell_failover' }),
        subject({ kind: 'accepted', tenant }),
        subject({ kind: 'intents', tenant, user: 'acme.somebody' }),
        subject({ kind: 'intents', tenant: 'globex', user: upstreamUser }),
        `${inboxOf('safety-rails')}.abc.1`,
        subject({ kind: 'rpc', service: 'budget-ledger', command: 'give_back', caller: 'safety-rails' }),
        subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: 'netconf-gateway' }),
        '$JS.API.CONSUMER.DURABLE.CREATE.OUTCOMES.mine',
        '$JS.API.STREAM.DELETE.INTENTS',
        `$JS.API.CONSUMER.MSG.NEXT.INTENTS.${busConsumers['safety-rails']![0]!.durable}`,
      ];
      for (const text of forged)
        attacker.publish(
          text,
          JSON.stringify({
            intent: world.intent('cell-t01-1'),
            requester: 'person:ann',
            time: new Date().toISOString(),
          }),
        );
      await until(() => forged.every((text) => seen.has(text)), 'every forgery is refused');
    }
  });

  it("publishes no answer on a subject that the caller names: it stays in the caller's account", async () => {
    const events = subject({ kind: 'events', category: 'action', eventType: 'Forged', tenant });
    const body = JSON.stringify(world.cloudEvent(world.intent('cell-t01-1', { dry_run: true })));
    world.upstream.publish(intentsSubject, body, { reply: events });
    world.upstream.publish(
      subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: upstreamUser }),
      body,
      { reply: events },
    );
    world.upstream.publish(
      `$JS.API.CONSUMER.MSG.NEXT.OUTCOMES.outcomes-${tenant}`,
      JSON.stringify({ batch: 1, expires: 1_000_000_000 }),
      { reply: events },
    );
    await world.upstream.flush();
    await world.ends(await world.publish(world.intent('cell-t01-1', { dry_run: true })));
    expect(await world.messages('EVENTS', events)).toEqual([]);
  });

  it('takes the caller from the connection, so a submitter cannot pose as another and approve itself', async () => {
    const intent = world.intent('cell-t02-1', { intent_id: unique('self'), dry_run: true });
    const reply = await world.upstream.request(
      subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: upstreamUser }),
      JSON.stringify({ intent, requester: 'service:somebody-else', time: new Date().toISOString() }),
      { timeout: atThisPace(10_000) },
    );
    const { ok } = reply.json<{ readonly ok: { readonly action_id: string } }>();
    expect((await world.ends(ok.action_id)).requester).toBe(`service:nats.${upstreamUser}`);
  });

  it('releases no budget of a running action, for any caller', async () => {
    const id = await world.publish(world.intent('cell-t02-1'));
    await world.seen(`action-${tenant}:${id}`, 'ExecutionStarted');
    const { operator: _operator, 'safety-rails': password } = JSON.parse(
      readFileSync(join(world.stack.home, 'secrets', 'bus.json'), 'utf8'),
    ) as { readonly [user: string]: string };
    // Even the one service that may call it is not believed.
    const rails = await connectBus({
      url: world.stack.runtime.nats.url,
      user: 'safety-rails',
      password: password!,
    });
    try {
      const { consume: requested } = (await world.events(id)).find(({ type }) => type === 'GatesJudged')!
        .data as { readonly consume: { readonly day: string; readonly request_id: string } };
      const reply = await rails.request(
        subject({ kind: 'rpc', service: 'budget-ledger', command: 'give_back', caller: 'safety-rails' }),
        JSON.stringify({
          request_id: requested.request_id,
          tenant_id: tenant,
          account_id: 'ran-north',
          action_id: id,
          day: requested.day,
        }),
        { timeout: atThisPace(10_000), ...answeredBy('safety-rails', 'budget-ledger') },
      );
      expect(reply.json<JsonObject>()).toMatchObject({ problem: { code: 'side-door' } });
      expect(
        (await world.stream(`budget-${tenant}:ran-north:${requested.day}`)).map(({ type }) => type),
      ).not.toContain('BudgetGivenBack');
    } finally {
      await rails.close();
    }
    await world.ends(id);
  });

  it("informs a tenant's user of its intents' outcomes through consumers made for it", async () => {
    const answers = world.upstream.subscribe(`${inboxOf(upstreamUser)}.accepted`, { max: 1 });
    world.upstream.publish(
      `$JS.API.CONSUMER.MSG.NEXT.OUTCOMES.accepted-${tenant}`,
      JSON.stringify({ batch: 1 }),
      { reply: answers.getSubject() },
    );
    for await (const message of answers) {
      expect(message.json<{ readonly data: { readonly tenant_id: string } }>().data.tenant_id).toBe(tenant);
      message.respond('+ACK');
    }
  });

  it("refuses a suspended tenant's intents on both ways until it is resumed; a removed tenant's user cannot log in", async () => {
    const cli = async (...words: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await world.stack.cli('tenants', ...words);
      expect([words.join(' '), code, stderr]).toEqual([words.join(' '), 0, '']);
      return stdout;
    };
    await world.cliApproved(systemTenant, 'tenants', 'create', 'globex', '--agents', '*', '--accounts', '*');
    const address = JSON.parse(
      readFileSync(join(world.stack.home, 'bus-users', 'globex.upstream.json'), 'utf8'),
    ) as BusAddress;
    const connection = await until(
      () => connectBus(address, { reconnect: false }).catch(() => undefined),
      'the bus knows the user',
    );
    const submit = async (): Promise<JsonObject> =>
      (
        await connection.request(
          subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: address.user }),
          JSON.stringify({
            intent: world.intent('x', { tenant_id: 'globex', dry_run: true }),
            time: new Date().toISOString(),
          }),
          { timeout: atThisPace(10_000) },
        )
      ).json<JsonObject>();
    const post = () =>
      world.call(
        'POST',
        '/api/v1/autonomous/actions',
        world.intent('x', { tenant_id: 'globex', dry_run: true }),
        { sub: 'ann', tenant: 'globex' },
      );
    expect(await submit()).toHaveProperty('ok');
    expect(await cli('suspend', 'globex')).toBe('globex is suspended\n');
    expect(await submit()).toMatchObject({ problem: { code: 'tenant-suspended' } });
    expect(await post()).toMatchObject({ status: 403, body: { code: 'tenant-suspended' } });
    await world.cliApproved(systemTenant, 'tenants', 'resume', 'globex');
    expect(await submit()).toHaveProperty('ok');
    await cli('remove', 'globex');
    await connection.closed();
    expect(await refusalOf(address)).toMatchObject({ code: 'AUTHORIZATION_VIOLATION' });
    expect((await world.stream('tenant-globex:registry')).length).toBeGreaterThan(3);
  });

  const logPort = (): number => Number(/@127\.0\.0\.1:(\d+)/.exec(world.stack.runtime.event_store)![1]);

  it("lets each process write only its services' streams, in their names only", async () => {
    const { home } = world.stack;
    const users = JSON.parse(readFileSync(join(home, 'secrets', 'log', 'users.json'), 'utf8')) as readonly {
      readonly name: string;
    }[];
    const services = [...new Set<string>(Object.values(streamOwners))];
    expect(users.map(({ name }) => name).sort()).toEqual(
      (args.length > 1 ? [...services, 'relay', 'reader'] : ['interlock', 'reader']).sort(),
    );
    for (const { name } of users) {
      const client = logAs(home, logPort(), name);
      try {
        for (const writer of services)
          expect([name, writer, await writable(client, writer)]).toEqual([
            name,
            writer,
            name === writer || name === 'interlock'
              ? Object.keys(streamOwners).filter(
                  (one) => streamOwners[one as keyof typeof streamOwners] === writer,
                )
              : [],
          ]);
      } finally {
        await client.dispose();
      }
    }
  });

  it('lets a site in by a leaf node, which takes intents and brings their outcomes back', async () => {
    await world.cliApproved(systemTenant, 'tenants', 'create', 'demo', '--agents', '*', '--accounts', '*');
    const config = { account_id: 'ran-north', action_type: 'cell_failover', mode: 'DISABLED' };
    const asAuthor = { sub: 'author', tenant: 'demo' };
    await world.must(
      'PUT',
      '/api/v1/autonomy/config',
      { ...config, reason: 'a test', force: true },
      asAuthor,
    );
    const { user, password } = world.stack.runtime.nats;
    const { url, connection, stop } = await startSite(hub, user, password);
    try {
      const sent = world.intent('cell-t02-1', { intent_id: unique('site'), tenant_id: 'demo' });
      const intents = subject({ kind: 'intents', tenant: 'demo', user });
      await new BusPublisher(connection).publish(intents, world.cloudEvent(sent), { msgId: sent.intent_id });
      const outcome = await until(async () => {
        const message = await connection.jetstream().pull('OUTCOMES', 'outcomes-demo', 10_000);
        message.ack();
        return message.json<{ readonly data: { readonly action_id: string } }>().data;
      }, 'the outcome of the intent is taken at the site');
      expect(outcome.action_id).toBe(actionIdOf('demo', sent.intent_id));

      const { seen } = refusals(connection);
      for (const other of ['globex', 'acme'])
        connection.publish(subject({ kind: 'intents', tenant: other, user }), '{}');
      connection.publish(subject({ kind: 'accepted', tenant }), '{}');
      await until(() => seen.size === 3, 'the site refuses the subjects of others');

      const found = await doctorAt(url, user);
      const statuses = Object.fromEntries(found.map(({ name, status }) => [name, status]));
      expect(statuses).toMatchObject({
        'nats reachable': 'ok',
        'nats jetstream': 'ok',
        'nats limits': 'ok',
        'nats streams': 'skipped',
        'nats rights': 'ok',
      });
    } finally {
      await stop();
    }
  });

  it('has no event in the log whose writer does not own its category', async () => {
    const store = await connectEventStore(world.stack.runtime.event_store);
    try {
      const { count, wrong } = await wrongWriters(store.readAll());
      expect(count).toBeGreaterThan(100);
      expect(wrong).toEqual([]);
    } finally {
      await store.close();
    }
  });

  suiteWhere(describe, 'another user of the machine', stranger, () => {
    it('gives access neither to the log nor to its credentials', async () => {
      const stream = streamName('action', tenant, 'forged');
      const tries = await tryAsStranger(world.stack.home, logPort(), stream);
      const files = Object.entries(tries).filter(([what]) => what.startsWith('/'));
      expect(files.length).toBeGreaterThan(6);
      expect(files.filter(([, how]) => how !== 'EACCES')).toEqual([]);
      const calls = Object.entries(tries).filter(([what]) => !what.startsWith('/'));
      expect(calls.length).toBe(14);
      // The status of gRPC for a failed connection, which the client passes on unchanged for an
      // append.
      const refusals = ['access-denied', 'unavailable', '14'];
      expect(calls.filter(([, how]) => !refusals.includes(`${how}`))).toEqual([]);
      expect(await world.stream(stream)).toEqual([]);
    });
  });
});
