import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  childElements,
  childText,
  elementAt,
  elementBuilder,
  serialiseXml,
  SUBSCRIBED_NS,
  YANG_PUSH_NS,
  type NetconfClient,
  type XmlElement,
} from '@interlock/netconf';
import { demoFleet } from '../src/fleet.js';
import type { Simulator } from '../src/index.js';
import { device, failure, login, setPower, simulate, tagsOf, until } from './parts.js';

const [sn, yp] = [elementBuilder(SUBSCRIBED_NS), elementBuilder(YANG_PUSH_NS)];

/** The id of a push and the edits that it names, or the name of another notification. */
const summaryOf = (message: XmlElement): string => {
  const event = childElements(message)[1]!;
  const patch = elementAt(event, 'datastore-changes', 'yang-patch');
  if (event.namespace !== YANG_PUSH_NS) return event.name;
  const edits = (patch === undefined ? [] : childElements(patch, 'edit')).map(
    (edit) => `${childText(edit, 'operation')} ${childText(edit, 'target')}`,
  );
  return [event.name, childText(event, 'id'), ...edits].join(' ');
};

describe('a device that pushes changes', () => {
  let simulator: Simulator;
  let client: NetconfClient;
  let listener: NetconfClient;
  let received: XmlElement[];

  beforeEach(async () => {
    simulator = await simulate({
      devices: demoFleet()
        .slice(0, 2)
        .map((one, i) => ({ ...one, yang_push: i === 0 })),
    });
    client = await login(device(simulator));
    listener = await login(device(simulator));
    received = [];
    listener.session.onNotification((one) => received.push(one));
  });
  afterEach(async () => {
    client.destroy();
    listener.destroy();
    await simulator.stop();
  });

  const store = (name: string): XmlElement => ({
    ...yp('datastore', name),
    prefixes: { ds: 'urn:ietf:params:xml:ns:yang:ietf-datastores', x: 'urn:x' },
  });

  it('sends the content of running once if it is wanted, and then each change', async () => {
    const reply = await listener.rpc(sn('establish-subscription', store('ds:running'), yp('on-change')));
    expect(reply.content.map(({ name, namespace }) => [name, namespace])).toEqual([['id', SUBSCRIBED_NS]]);
    await until(() => received.length === 1);
    expect(serialiseXml(received[0]!)).toContain('<id>cell-001-1</id>');
    await setPower(client, 410);
    await client.commit();
    await setPower(client, 420);
    await client.commit({ confirmed: { timeoutS: 60, persist: 'p' } });
    await client.commit({ persistId: 'p' });
    await until(() => received.length === 3);
    const edit = "replace /ran/cell[id='cell-001-1']/attributes/configuredMaxTxPower";
    expect(received.map(summaryOf)).toEqual([
      'push-update 1',
      `push-change-update 1 ${edit}`,
      `push-change-update 1 ${edit}`,
    ]);
    const other = await login(device(simulator));
    const pushed: string[] = [];
    other.session.onNotification((one) => pushed.push(summaryOf(one)));
    await other.subscribeOnChange('running');
    await setPower(client, 430);
    await client.commit();
    await until(() => pushed.length === 1);
    expect(pushed).toEqual([`push-change-update 2 ${edit}`]);
  });

  it('names the modules in its library', async () => {
    const data = await client.get({
      subtree: [elementBuilder('urn:ietf:params:xml:ns:yang:ietf-yang-library')('yang-library')],
    });
    const set = elementAt(data, 'yang-library', 'module-set')!;
    expect(childElements(set, 'module').map((module) => childText(module, 'name'))).toEqual(
      expect.arrayContaining(['ietf-yang-push', 'ietf-subscribed-notifications']),
    );
  });

  it('refuses other datastores and triggers, and a second subscription of a session', async () => {
    const refusal = async (...children: readonly XmlElement[]) =>
      tagsOf(await failure(client.rpc(sn('establish-subscription', ...children))));
    expect(await refusal(store('ds:operational'), yp('on-change'))).toEqual(['bad-element']);
    expect(await refusal(store('x:running'), yp('on-change'))).toEqual(['bad-element']);
    expect(await refusal(store('ds:running'))).toEqual(['missing-element']);
    expect(await refusal(yp('on-change'))).toEqual(['missing-element']);
    expect(await refusal(store('ds:running'), yp('periodic'))).toEqual(['unknown-element']);
    expect(await refusal(store('ds:running'), sn('on-change'))).toEqual(['unknown-namespace']);
    expect(await refusal(store('ds:running'), yp('on-change', yp('sync-on-start', 'maybe')))).toEqual([
      'bad-element',
    ]);
    await client.subscribeOnChange('running');
    expect(tagsOf(await failure(client.subscribeOnChange('running')))).toEqual(['operation-failed']);
  });

  it('is another one than a device without the modules', async () => {
    const without = await login(device(simulator, 1));
    expect(tagsOf(await failure(without.subscribeOnChange('running')))).toEqual(['operation-not-supported']);
    without.destroy();
  });
});
