import { streamName } from '@interlock/contracts';
import type { DeviceCommand } from '@interlock/network';
import { newId } from '@interlock/platform';
import { until } from '@interlock/testing';
import type { Gateway } from '../src/gateway.js';

/** The context of a command that the test gives. */
export const contextOf = (commandId = newId(), tenantId = 'demo') =>
  ({
    commandId,
    tenantId,
    actor: { kind: 'service', service: 'test' },
    now: new Date().toISOString(),
    correlationId: 'c',
    causationId: 'c',
  }) as const;

/** Gives a device's stream a command, as the gateway does, and waits until the inventory has it. */
export const tell = async (gateway: Gateway, deviceId: string, command: DeviceCommand): Promise<void> => {
  const context = contextOf();
  await gateway.devices.handle(streamName('device', context.tenantId, deviceId), command, context);
  await gateway.inventory.current();
};

/** Qualifies a device, and returns the result. */
export const qualified = async (gateway: Gateway, deviceId: string): Promise<object> => {
  const context = contextOf();
  await gateway.inventory.current();
  await gateway.qualifications.start(
    context.tenantId,
    deviceId,
    { reason: 'new device', timeoutS: 5 },
    context,
  );
  return until(
    () => gateway.inventory.find(context.tenantId, deviceId)?.qualification ?? false,
    'the qualification has a result',
    300_000,
  );
};
