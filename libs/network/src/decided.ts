import type { Decided, DecidedStreams } from '@interlock/kernel';
import { tenantBindingDecider } from './bindings/tenant-binding.js';
import { deviceDecider, type DeviceCommand, type DeviceEvent, type DeviceState } from './device.js';
import { deviceTxDecider } from './device-tx/decider.js';

export const deviceDecided: Decided<DeviceCommand, DeviceEvent, DeviceState> = {
  category: 'device',
  kind: 'device',
  decider: deviceDecider,
  whole: ({ type }) => type === 'DeviceRegistered' || type === 'DeviceRemoved',
  holds: ({ data }, { id }) => data.device_id === id,
};

export const deviceTxDecided = { category: 'device_tx', kind: 'transaction', decider: deviceTxDecider };

export const tenantBindingDecided = {
  category: 'device_binding',
  kind: 'device_binding',
  decider: tenantBindingDecider,
};

/** The streams of this context. */
export const networkStreams: readonly DecidedStreams[] = [
  deviceDecided,
  deviceTxDecided,
  tenantBindingDecided,
];
