import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  childElements,
  childText,
  elementAt,
  operation,
  textOf,
  withChildren,
  elementBuilder,
  NOTIFICATION_NS,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import type { Simulator } from '../src/index.js';
import { EVENTS_NS } from '../src/device/events.js';
import { STREAMS_NS } from '../src/device/subscriptions.js';
import { device, failure, login, setPower, simulate, tagsOf, until } from './parts.js';

/** The name of an event and its leaves, without the envelope. */
const summaryOf = (notification: XmlElement): string => {
  const event = childElements(notification)[1] as XmlElement;
  const by = elementAt(event, 'changed-by', 'server') ?? elementAt(event, 'server');
  const parts = ['session-id', 'confirm-event', 'timeout', 'termination-reason'].flatMap(
    (leaf) => childText(event, leaf) ?? [],
  );
  const edits = childElements(event, 'edit').map(
    (edit) => `${childText(edit, 'operation')} ${childText(edit, 'target')}`,
  );
  return [event.name, ...parts, ...(by === undefined ? [] : ['by the server']), ...edits].join(' ');
};

describe('events of a device', () => {
  let simulator: Simulator;
  let client: NetconfClient;
  let listener: NetconfClient;
  let heard: string[];

  beforeEach(async () => {
    simulator = await simulate();
    client = await login(device(simulator));
    listener = await login(device(simulator));
    heard = [];
    listener.session.onNotification((one) => heard.push(summaryOf(one)));
    await listener.subscribe();
  });
  afterEach(async () => {
    client.destroy();
    listener.destroy();
    await simulator.stop();
  });

  const hears = async (...events: readonly string[]): Promise<void> => {
    await until(() => heard.length >= events.length);
    expect(heard.splice(0)).toEqual(events);
  };
  const edit = "replace /ran/cell[id='cell-001-1']/attributes/configuredMaxTxPower";

  it('report what changed in running, and the outcome of a confirmed commit', async () => {
    const id = client.sessionId;
    await setPower(client, 410);
    await client.commit();
    await hears(`netconf-config-change ${edit}`);
    await setPower(client, 420);
    await client.commit({ confirmed: { timeoutS: 60, persist: 'p' } });
    await hears(`netconf-config-change ${edit}`, `netconf-confirmed-commit ${id} start 60`);
    await client.commit({ confirmed: { timeoutS: 90, persist: 'p' }, persistId: 'p' });
    await hears(`netconf-confirmed-commit ${id} extend 90`);
    await client.commit({ persistId: 'p' });
    await hears(`netconf-confirmed-commit ${id} complete`);
    await setPower(client, 430);
    await client.commit({ confirmed: { timeoutS: 1 } });
    await hears(
      `netconf-config-change ${edit}`,
      `netconf-confirmed-commit ${id} start 1`,
      `netconf-config-change by the server ${edit}`,
      'netconf-confirmed-commit timeout',
    );
  });

  it("report the rollback that a session's end causes before that end", async () => {
    await setPower(client, 410);
    await client.commit({ confirmed: { timeoutS: 60 } });
    await hears(`netconf-config-change ${edit}`, `netconf-confirmed-commit ${client.sessionId} start 60`);
    await listener.killSession(client.sessionId);
    await hears(
      `netconf-config-change by the server ${edit}`,
      'netconf-confirmed-commit cancel',
      `netconf-session-end ${client.sessionId} killed`,
    );
  });

  it('report the start and end of sessions', async () => {
    const guest = await login(device(simulator));
    await hears(`netconf-session-start ${guest.sessionId}`);
    await guest.close();
    await hears(`netconf-session-end ${guest.sessionId} closed`);
    client.destroy();
    await hears(`netconf-session-end ${client.sessionId} dropped`);
  });

  it('carry the time, and are absent if nothing changed', async () => {
    const times: string[] = [];
    listener.session.onNotification((one) => times.push(textOf(childElements(one)[0] as XmlElement)));
    await client.commit();
    await setPower(client, 410);
    await client.commit();
    await hears(`netconf-config-change ${edit}`);
    expect(times).toHaveLength(1);
    expect(Number.isNaN(Date.parse(times[0] ?? ''))).toBe(false);
  });

  it('come from one stream, which the device shows, once to each session', async () => {
    expect(tagsOf(await failure(client.subscribe('SNMP')))).toEqual(['invalid-value']);
    expect(tagsOf(await failure(listener.subscribe()))).toEqual(['operation-failed']);
    const shown = await client.get({ subtree: [elementBuilder(STREAMS_NS)('netconf')] });
    const stream = elementAt(shown, 'netconf', 'streams', 'stream');
    expect(stream && childText(stream, 'name')).toBe('NETCONF');
    await setPower(client, 410);
    await client.commit();
    await hears(`netconf-config-change ${edit}`);
  });

  const nt = elementBuilder(NOTIFICATION_NS);
  const subscribeWith = (session: NetconfClient, ...parameters: readonly XmlElement[]) =>
    session.rpc(withChildren(operation.createSubscription(), parameters));

  it('are filtered by the subscription', async () => {
    const wanted = elementBuilder(EVENTS_NS)('netconf-confirmed-commit');
    const told: string[] = [];
    client.session.onNotification((one) => told.push(summaryOf(one)));
    await subscribeWith(client, nt('filter', wanted));
    await setPower(client, 410);
    await client.commit({ confirmed: { timeoutS: 60 } });
    await client.commit();
    await until(() => told.length === 2);
    const id = client.sessionId;
    expect(told).toEqual([
      `netconf-confirmed-commit ${id} start 60`,
      `netconf-confirmed-commit ${id} complete`,
    ]);
  });

  it('are told again from a time on, and end at another one', async () => {
    await setPower(client, 410);
    await client.commit();
    await hears(`netconf-config-change ${edit}`);
    const told: string[] = [];
    client.session.onNotification((one) => told.push((childElements(one)[1] as XmlElement).name));
    await subscribeWith(
      client,
      nt('startTime', '2026-01-01T00:00:00Z'),
      nt('stopTime', new Date().toISOString()),
    );
    await until(() => told.includes('notificationComplete'));
    expect(told).toEqual([
      'netconf-session-start',
      'netconf-session-start',
      'netconf-config-change',
      'replayComplete',
      'notificationComplete',
    ]);
    await setPower(client, 420);
    await client.commit();
    await hears(`netconf-config-change ${edit}`);
    expect(told).toHaveLength(5);
    await client.subscribe();
  });

  it('refuse times that cannot be', async () => {
    const refused = async (...parameters: readonly XmlElement[]): Promise<unknown> =>
      tagsOf(await failure(subscribeWith(client, ...parameters)));
    const [early, late] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
    expect(await refused(nt('stopTime', late))).toEqual(['missing-element']);
    expect(await refused(nt('startTime', late), nt('stopTime', early))).toEqual(['bad-element']);
    expect(await refused(nt('startTime', '9999-01-01T00:00:00Z'))).toEqual(['bad-element']);
    expect(await refused(nt('startTime', 'yesterday'))).toEqual(['bad-element']);
  });
});
