import { capability, parseXml, type NetconfClient, type XmlElement } from '@interlock/netconf';
import { describe, expect, it } from '@jest/globals';
import { ChangeNotices } from '../src/drift/change-notices.js';
import type { DeviceAddress } from '../src/sessions/sessions.js';

const address = { tenant_id: 'demo', device_id: 'd' } as DeviceAddress;

/** Subscribes to a device, and returns how it notifies and what is known then. */
const subscribed = async () => {
  let told: (notification: XmlElement) => void = () => undefined;
  const client = {
    capabilities: [],
    has: (uri: string) => uri === capability.notification,
    subscribe: () => Promise.resolve(),
    session: {
      ended: new Promise(() => undefined),
      onNotification: (listener: typeof told) => {
        told = listener;
      },
    },
  } as unknown as NetconfClient;
  const notices = new ChangeNotices({
    sessions: { open: () => Promise.resolve(client) },
    most: 1,
    isChanging: () => false,
    onChange: () => undefined,
  });
  await notices.subscribe(address);
  const notify = (time: string, by: string, target: string): void =>
    told(
      parseXml(
        `<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>${time}</eventTime><netconf-config-change xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"><changed-by>${by}</changed-by><edit><target>${target}</target></edit></netconf-config-change></notification>`,
      ),
    );
  return { notify, author: () => notices.authorOf(address, '/a/b') };
};

describe('a notification of a changed configuration', () => {
  it('names its author at a time in the usual form', async () => {
    const { notify, author } = await subscribed();
    notify('2026-12-01T10:00:00+02:00', '<username>ann</username>', '/x:a');
    expect(author()).toMatchObject({ username: 'ann', at: '2026-12-01T08:00:00.000Z' });
  });

  it('names a time even if the device sends none', async () => {
    const { notify, author } = await subscribed();
    for (const time of ['yesterday', '', '9'.repeat(1_000_000)]) {
      notify(time, '', '/a');
      expect(author()!.at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/);
    }
  });

  it('is cut to a size that an event can hold', async () => {
    const { notify, author } = await subscribed();
    notify('', `<username>${'u'.repeat(1_000_000)}</username>`, '/a');
    notify('', '<username>late</username>', `/a${' '.repeat(1_000_000)}/b`);
    expect(author()!.username).toBe('u'.repeat(256));
  });
});
