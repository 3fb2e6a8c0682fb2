import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboxOf, subject, tenantConsumers } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { BusPublisher, connectBus } from '@interlock/jetstream';
import {
  buildApps,
  freePort,
  prepareCertificates,
  startNatsServer,
  until,
  type Guarded,
} from '@interlock/testing';
import { AckPolicy, type NatsConnection } from 'nats';
import { OperatorMode } from './operator-mode.js';

const user = 'acme.site';
const password = 'of-the-site';
const intents = subject({ kind: 'intents', tenant: 'acme', user });
const bus = new OperatorMode();
const folder = mkdtempSync(join(tmpdir(), 'interlock-leaf-'));
const certificates = join(folder, 'tls');
const connections: NatsConnection[] = [];
let hub = '';
let site: Guarded;
let atSite: NatsConnection;
let siteUrl = '';

/** The site's own server, as docs/external-parts.md configures it. */
const siteConfig = (port: number, creds: string): string => `
listen: "127.0.0.1:${port}"
authorization: { users: [ {
  user: ${user}, password: ${password}
  permissions: {
    publish: ["${intents}", "$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.interlock.API.CONSUMER.MSG.NEXT.*.*", "$JS.ACK.>"]
    subscribe: ["${inboxOf(user)}.>"]
  }
}, { user: root, password: ${password} } ] }
default_js_domain: { "$G": interlock }
leafnodes { remotes: [ { url: "tls://${hub}", credentials: "${creds}", tls: { ca_file: "${join(certificates, 'ca.pem')}" } } ] }
`;

beforeAll(async () => {
  await buildApps('apps/cli');
  hub = `127.0.0.1:${await freePort()}`;
  await prepareCertificates(certificates, 'bus', { hosts: ['127.0.0.1'] });
  await bus.start();
  await bus.tenant('acme', user);
  await bus.tenant('globex', 'globex.app');
  await bus.must();
  const link = `leafnodes { listen: "${hub}", tls: { cert_file: "${join(certificates, 'server.pem')}", key_file: "${join(certificates, 'server-key.pem')}" } }`;
  await bus.serve((text) => `${text}\n${link}\n`, 'interlock');
  await bus.must('--push');
  const creds = join(folder, 'site.creds');
  const login = bus.tenantLogin(user);
  if (!('creds' in login)) throw new Error('the tenant has no creds');
  writeFileSync(creds, login.creds, { mode: 0o600 });
  const port = await freePort();
  const config = join(folder, 'nats.conf');
  writeFileSync(config, siteConfig(port, creds), { mode: 0o600 });
  site = await startNatsServer(config);
  siteUrl = `nats://127.0.0.1:${port}`;
  atSite = await connectBus({ url: siteUrl, user, password });
  connections.push(atSite);
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
  await site.stop();
  await bus.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a leaf node for a site, in operator mode, over TLS with creds', () => {
  it('takes intents to the central stream and brings outcomes back', async () => {
    const rails = await bus.connect('safety-rails', { credsFile: bus.creds('safety-rails') });
    const manager = await rails.jetstreamManager({ checkAPI: false });
    for (const { stream, durable, filter } of tenantConsumers('acme'))
      await manager.consumers.add(stream, {
        durable_name: durable,
        filter_subject: filter,
        ack_policy: AckPolicy.Explicit,
      });
    const stored = await new BusPublisher(atSite).publish(intents, { intent: 1 }, { msgId: 'intent-1' });
    expect(stored).toMatchObject({ stream: 'INTENTS' });
    const outcomes = subject({ kind: 'outcomes', tenant: 'acme', actionType: 'cell_failover' });
    await new BusPublisher(rails).publish(outcomes, { outcome: 1 }, { msgId: 'outcome-1' });
    const taken = await until(async () => {
      const message = await atSite.jetstream().pull('OUTCOMES', 'outcomes-acme', 10_000);
      message.ack();
      return message.json();
    }, 'the outcome is taken at the site');
    expect(taken).toEqual({ outcome: 1 });
    await until(async () => {
      const { num_ack_pending: open, ack_floor: floor } = await manager.consumers.info(
        'OUTCOMES',
        'outcomes-acme',
      );
      return open === 0 && floor.stream_seq > 0;
    }, 'the acknowledgement has passed the link');
  });

  it('passes on nothing that its user may not do itself', async () => {
    // A user of the site without limits: the central servers bound what passes the link.
    const anyone = await connectBus({ url: siteUrl, user: 'root', password });
    connections.push(anyone);
    const heard: string[] = [];
    const rails = await bus.connect('safety-rails', { credsFile: bus.creds('safety-rails') });
    rails.subscribe('interlock.rpc.safety-rails.submit.*', {
      callback: (_error, { subject: asked }) => heard.push(asked),
    });
    await rails.flush();
    const submit = (caller: string): string =>
      subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller });
    for (const caller of ['globex.app', 'acme.other', user]) anyone.publish(submit(caller), '{}');
    await anyone.flush();
    await until(() => heard.includes(submit(user)), 'the own request has passed');
    expect(heard).toEqual([submit(user)]);
  });

  it('is cut off once its user is revoked', async () => {
    await bus.tell('acme', bus.revoked(user));
    await bus.must('--push');
    await until(
      async () =>
        new BusPublisher(atSite)
          .publish(intents, { intent: 2 }, { msgId: `late-${performance.now()}`, deadlineMs: 200 })
          .then(
            () => false,
            (error: unknown) => isProblem(error, 'bus-unavailable'),
          ),
      'nothing passes the link any more',
    );
  });
});
