import { describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import { InventoryReplay } from '../src/network/inventory.js';
import { payloadsAgain } from '../src/network/plan-again.js';
import { bindingAdded } from './simulated-log/rare/system.ts';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

describe('the binding of a tenant in a log', () => {
  const inventory = new InventoryReplay(true);
  const simulated = new SimulatedLog(1);
  const events = [...simulated.events(1), ...simulated.stories([bindingAdded])].filter(({ stream }) =>
    stream.startsWith('device_binding-'),
  );
  const { tenant, id: name } = parseStream(events[0]!.stream)!;
  const path = "/interfaces/interface[name='eth0']/config/mtu";
  const payloads = () =>
    payloadsAgain('3gpp', [{ path, before: '1500', after: '1400' }], name, (one) =>
      inventory.binding(tenant, one),
    );

  it('gives the payloads of changes that were made over it, also after its removal', () => {
    expect(payloads()).toBeNull();
    for (const event of events)
      expect(inventory.takeBinding(event, parseStream(event.stream)!)).not.toContainEqual(
        expect.objectContaining({ difference: expect.anything() as unknown }),
      );
    expect(events.map(({ type }) => type)).toEqual(['DeviceBindingAdded', 'DeviceBindingRemoved']);
    expect(payloads()).toEqual({
      edit_xml: `<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>eth0</name><config><mtu>1400</mtu></config></interface></interfaces>`,
      inverse_xml: `<interfaces xmlns="http://openconfig.net/yang/interfaces"><interface><name>eth0</name><config><mtu>1500</mtu></config></interface></interfaces>`,
    });
    expect(inventory.binding('other', name)).toBeUndefined();
  });
});
