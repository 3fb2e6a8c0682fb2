import { streamName } from '@interlock/contracts';
import type { CommandHandler } from '@interlock/kernel';
import type { DeviceCommand, DeviceEvent, DeviceState } from '@interlock/network';
import { serviceCommandContext } from '@interlock/platform';
import type { Inventory } from '../devices/inventory.js';
import type { TxLogger } from '../tx/context.js';
import type { DeviceAddress } from './sessions.js';

type Parts = {
  readonly inventory: Pick<Inventory, 'find'>;
  readonly devices: () => Pick<CommandHandler<DeviceCommand, DeviceEvent, DeviceState>, 'handle'>;
  readonly logger: TxLogger;
};

/** Ends the rotation of a host key, once the device shows the next one. */
export class HostKeyRotations {
  constructor(private readonly parts: Parts) {}

  /** Receives the host key with which a device opened a session. */
  shown({ tenant_id, device_id }: DeviceAddress, fingerprint: string): void {
    const device = this.parts.inventory.find(tenant_id, device_id)?.device;
    if (device?.next_host_key_fingerprint !== fingerprint) return;
    this.parts
      .devices()
      .handle(
        streamName('device', tenant_id, device_id),
        { kind: 'NoteHostKey', fingerprint },
        serviceCommandContext('netconf-gateway', tenant_id),
      )
      .catch((error: unknown) => {
        this.parts.logger.warn({ err: error, device_id }, 'the rotation of a host key could not be recorded');
      });
  }
}
