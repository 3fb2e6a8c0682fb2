import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  busConsumers,
  busOperator,
  busServices,
  busStreams,
  inboxOf,
  mayCall,
  parseSubject,
  repliesOf,
  rpcCallers,
  subject,
  tenantConsumers,
  tenantOfUser,
  type BusService,
  type RpcName,
} from '@interlock/contracts';
import { accounts, connectAs, forms, grantsOf, refused, users, type TestBus } from './access.js';

const tenants = ['demo', 'acme', 'globex'];
const durables = Object.entries(busConsumers).flatMap(([service, consumers]) =>
  consumers.map((consumer) => ({ ...consumer, service })),
);
const tenantDurables = tenants.flatMap((tenant) =>
  tenantConsumers(tenant).map((consumer) => ({ ...consumer, tenant })),
);
const commands = [
  ...(Object.keys(rpcCallers) as RpcName[]),
  ...durables.map(({ durable }) => `${durable}.replay`),
  'safety-rails.unknown',
];

const answerers = [...busServices, ...durables.map(({ durable }) => durable)];

/**
 * One of every subject that Interlock has, for every tenant and every name that may stand in it.
 */
const published = [
  ...tenants.flatMap((tenant) => [
    ...[...users, 'nobody'].flatMap((user) => [
      subject({ kind: 'intents', tenant, user }),
      subject({ kind: 'signals', tenant, name: 'integrity_score', user }),
      subject({ kind: 'signals', tenant, name: 'trust_locked', user }),
    ]),
    subject({ kind: 'old_intents', tenant }),
    ...['mail.sort', 'mail.send'].flatMap((actionType) => [
      subject({ kind: 'handlers', tenant, actionType, step: 'apply' }),
      subject({ kind: 'handled', tenant, actionType, instance: 'i', nonce: 'n' }),
    ]),
    subject({ kind: 'accepted', tenant }),
    subject({ kind: 'rejected', tenant }),
    subject({ kind: 'outcomes', tenant, actionType: 'cell_failover' }),
    subject({ kind: 'events', category: 'action', eventType: 'ActionCompleted', tenant }),
  ]),
  ...commands.flatMap((name) => {
    const [service = '', command = ''] = name.split('.');
    return [...users, 'nobody'].map((caller) => subject({ kind: 'rpc', service, command, caller }));
  }),
  ...durables.map(({ durable }) => subject({ kind: 'dead', consumer: durable })),
  ...users.flatMap((user) => [
    `${inboxOf(user)}.abc`,
    ...answerers.map((service) => `${repliesOf(user, service)}.abc`),
  ]),
  '_INBOX.abc',
  '_R_.abc',
];

/**
 * An answer comes from the service that was asked alone, or from the one whose consumer was; a
 * tenant's request waits on a subject of the server's.
 */
const mayAnswer = (user: string, text: string): boolean => {
  if (text.startsWith('_R_.')) return user === 'safety-rails';
  const [caller, service] =
    users
      .flatMap((one) => answerers.map((other) => [one, other] as const))
      .find(([one, other]) => text === `${repliesOf(one, other)}.abc`) ?? [];
  if (caller === undefined || tenantOfUser(caller) !== undefined) return false;
  if (caller === busOperator) return durables.some((one) => one.durable === service && one.service === user);
  return service === user && commands.some((name) => name.startsWith(`${user}.`) && mayCall(caller, name));
};

/** The rule in words: who publishes what, read from the subject alone. */
const mayPublish = (user: string, text: string): boolean => {
  const parsed = parseSubject(text);
  switch (parsed?.kind) {
    case 'intents':
      return parsed.user === user && parsed.tenant === tenantOfUser(user);
    case 'signals':
      return (
        parsed.user === user &&
        parsed.tenant === tenantOfUser(user) &&
        grantsOf(user).signals.includes(parsed.name)
      );
    case 'old_intents':
      return parsed.tenant === tenantOfUser(user);
    case 'accepted':
    case 'rejected':
    case 'outcomes':
      return user === 'safety-rails';
    case 'events':
      return user === 'relay';
    case 'rpc':
      return parsed.caller === user && mayCall(user, `${parsed.service}.${parsed.command}`);
    case 'dead':
      return durables.some(({ durable, service }) => durable === parsed.consumer && service === user);
    case 'handlers':
      return user === 'agent-gateway';
    case 'handled':
      return parsed.tenant === tenantOfUser(user) && grantsOf(user).handlers.includes(parsed.actionType);
    case undefined:
      return mayAnswer(user, text);
  }
};

/**
 * The owner of a stream makes consumers and fetches from them; a tenant fetches from those that
 * were made for it.
 */
const jetStream = [
  ...durables.flatMap(({ stream, durable }) =>
    [
      'CONSUMER.MSG.NEXT',
      'CONSUMER.DURABLE.CREATE',
      'CONSUMER.CREATE',
      'CONSUMER.INFO',
      'CONSUMER.DELETE',
    ].map((verb) => `$JS.API.${verb}.${stream}.${durable}`),
  ),
  ...durables.map(({ stream, durable }) => `$JS.ACK.${stream}.${durable}.1.1.1.1.1`),
  ...tenantDurables.flatMap(({ stream, durable }) => [
    ...[
      'CONSUMER.MSG.NEXT',
      'CONSUMER.DURABLE.CREATE',
      'CONSUMER.CREATE',
      'CONSUMER.INFO',
      'CONSUMER.DELETE',
    ].map((verb) => `$JS.API.${verb}.${stream}.${durable}`),
    `$JS.ACK.${stream}.${durable}.1.1.1.1.1`,
  ]),
  ...busStreams.flatMap(({ name }) =>
    [
      'STREAM.CREATE',
      'STREAM.UPDATE',
      'STREAM.DELETE',
      'STREAM.PURGE',
      'STREAM.INFO',
      'STREAM.MSG.GET',
      'STREAM.MSG.DELETE',
      'CONSUMER.LIST',
    ].map((verb) => `$JS.API.${verb}.${name}`),
  ),
  ...busStreams.flatMap(({ name }) => [
    `$JS.API.CONSUMER.CREATE.${name}`,
    `$JS.API.CONSUMER.CREATE.${name}.mine.interlock.>`,
    `$JS.API.CONSUMER.DURABLE.CREATE.${name}.mine`,
    `$JS.API.CONSUMER.MSG.NEXT.${name}.mine`,
  ]),
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.LIST',
  '$KV.interlock_relay.active',
  '$KV.interlock_relay_checkpoint.position',
  '$SYS.REQ.SERVER.PING',
];
const rightsIn = (user: string, text: string): boolean => {
  if (user === busOperator) return !text.startsWith('$SYS');
  const tenant = tenantOfUser(user);
  const owned = durables.filter(({ service }) => service === user);
  const [, verb = '', stream = '', durable = ''] =
    /^\$JS\.(?:API\.)?(CONSUMER\.MSG\.NEXT|CONSUMER\.DURABLE\.CREATE|ACK|[A-Z]+\.[A-Z]+(?:\.GET|\.DELETE)?)\.([A-Z]+)(?:\.([\w-]+))?/.exec(
      text,
    ) ?? [];
  const isTaking = verb === 'CONSUMER.MSG.NEXT' || verb === 'ACK';
  if (tenant !== undefined)
    return (
      isTaking &&
      tenantDurables.some((one) => one.tenant === tenant && one.stream === stream && one.durable === durable)
    );
  const isMaking =
    isTaking || verb === 'CONSUMER.DURABLE.CREATE' || verb === 'CONSUMER.CREATE' || verb === 'CONSUMER.INFO';
  if (isMaking && owned.some((one) => one.stream === stream && one.durable === durable)) return true;
  if (user === 'safety-rails')
    return (
      (!isTaking &&
        ['OUTCOMES', 'REJECTED'].includes(stream) &&
        durable !== '' &&
        (isMaking || verb === 'CONSUMER.DELETE')) ||
      (stream === 'INTENTS' && verb.startsWith('STREAM.MSG.')) ||
      (stream === 'REJECTED' && ['STREAM.INFO', 'STREAM.MSG.GET'].includes(verb))
    );
  if (user === 'audit')
    return stream === 'DEAD' && ['STREAM.INFO', 'STREAM.MSG.GET', 'STREAM.MSG.DELETE'].includes(verb);
  if (user === 'relay')
    return (
      text.startsWith('$KV.interlock_relay') ||
      verb === 'STREAM.INFO' ||
      verb === 'STREAM.CREATE' ||
      (stream === 'EVENTS' && verb === 'STREAM.MSG.GET')
    );
  return false;
};

const listened = [
  '>',
  'interlock.>',
  '_INBOX.>',
  '$JS.>',
  '$JS.API.>',
  'interlock.rpc.>',
  'interlock.events.>',
  'interlock.intents.>',
  ...users.flatMap((user) => [`${inboxOf(user)}.>`, `${inboxOf(user)}.abc`]),
  ...commands.map((name) => `interlock.rpc.${name}.*`),
  ...tenants.map((tenant) => subject({ kind: 'outcomes', tenant, actionType: '*' })),
  ...tenants.flatMap((tenant) =>
    ['*', 'mail.sort', 'mail.send'].flatMap((actionType) => [
      subject({ kind: 'handlers', tenant, actionType, step: '*' }),
      subject({ kind: 'handled', tenant, actionType, instance: '*', nonce: '*' }),
    ]),
  ),
];
const mayListen = (user: string, text: string): boolean => {
  if (text === `${inboxOf(user)}.>` || text === `${inboxOf(user)}.abc`) return true;
  const parsed = parseSubject(text);
  if (parsed?.kind === 'handlers')
    return parsed.tenant === tenantOfUser(user) && grantsOf(user).handlers.includes(parsed.actionType);
  if (parsed?.kind === 'handled') return user === 'agent-gateway';
  const [, , service] = /^interlock\.(rpc)\.([\w-]+)\./.exec(text) ?? [];
  return (
    service !== undefined &&
    (service === user || (busConsumers[user as BusService] ?? []).some(({ durable }) => durable === service))
  );
};

const allowed = (all: readonly string[], not: ReadonlySet<string>): readonly string[] =>
  all.filter((text) => !not.has(text));

describe.each(Object.entries(forms))('%s', (_form, start) => {
  let bus: TestBus;
  beforeAll(async () => {
    bus = await start();
  });
  afterAll(async () => {
    await bus.nats.stop();
  });

  it("a handler's request reaches the user that is registered for it alone, and so does its answer the gateway", async () => {
    const [gateway, own, other] = await Promise.all(
      ['agent-gateway', 'demo.app', 'demo.other'].map((user) => connectAs(bus, user)),
    );
    const heard: string[] = [];
    for (const [name, connection] of [
      ['own', own],
      ['other', other],
    ] as const)
      connection!.subscribe(
        subject({ kind: 'handlers', tenant: 'demo', actionType: 'mail.sort', step: '*' }),
        {
          callback: (error, message) => {
            heard.push(error === null ? name : `${name} refused`);
            if (error === null) message.respond(name);
          },
        },
      );
    await Promise.all([own!.flush(), other!.flush()]);
    const reply = subject({
      kind: 'handled',
      tenant: 'demo',
      actionType: 'mail.sort',
      instance: 'i',
      nonce: 'n',
    });
    const answers = gateway!.subscribe(reply, { max: 1 });
    await gateway!.flush();
    other!.publish(reply, 'forged');
    await other!.flush();
    gateway!.publish(
      subject({ kind: 'handlers', tenant: 'demo', actionType: 'mail.sort', step: 'apply' }),
      '{}',
      { reply },
    );
    for await (const answer of answers) expect(answer.string()).toBe('own');
    expect(heard.sort()).toEqual(['other refused', 'own']);
    await Promise.all([gateway!.close(), own!.close(), other!.close()]);
  });

  describe.each(users)('as %s', (user) => {
    it('every subject can be published that is its own, and no other', async () => {
      expect(allowed(published, await refused(bus, user, 'publish', published))).toEqual(
        published.filter((text) => mayPublish(user, text)),
      );
    });

    it('every right over streams and consumers is there that it needs, and no other', async () => {
      // The operator may do everything there, so nothing is tried as the operator: it would
      // succeed.
      const tried = user === busOperator ? ['$SYS.REQ.SERVER.PING', '$JS.API.STREAM.NAMES'] : jetStream;
      expect(allowed(tried, await refused(bus, user, 'publish', tried))).toEqual(
        tried.filter((text) => rightsIn(user, text)),
      );
    });

    it.each([undefined, 'policy-evaluator', 'budget-ledger'])(
      'it listens to nothing but its own commands and answers, in the queue group %s',
      async (queue) => {
        expect(allowed(listened, await refused(bus, user, 'subscription', listened, queue))).toEqual(
          listened.filter((text) => mayListen(user, text)),
        );
      },
    );
  });
});

describe('the table of callers', () => {
  it("lets nobody answer by the server's own leave: it would look through all that was delivered of late for every message", () =>
    expect(accounts).not.toContain('allow_responses'));

  it('lets a command be called by services that there are, and each by someone', () => {
    for (const callers of Object.values(rpcCallers)) {
      expect(callers.length).toBeGreaterThan(0);
      expect(
        callers.filter(
          (caller) => caller !== 'tenant' && !(busServices as readonly string[]).includes(caller),
        ),
      ).toEqual([]);
    }
    expect(mayCall('safety-rails', 'budget-ledger.consume')).toBe(true);
    for (const caller of users.filter((user) => user !== 'safety-rails'))
      for (const name of [
        'budget-ledger.consume',
        'budget-ledger.give_back',
        'netconf-gateway.apply',
        'netconf-gateway.undo',
        'policy-evaluator.evaluate',
      ])
        expect(mayCall(caller, name)).toBe(false);
    expect(mayCall('constructor', 'constructor')).toBe(false);
  });
});
