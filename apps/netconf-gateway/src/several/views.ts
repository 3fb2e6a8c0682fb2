import type { KpiSample, Reason, Timestamp } from '@interlock/contracts';
import type { NetconfClient } from '@interlock/netconf';
import { profiles, type DeviceView, type NetworkHandler, type Topology } from '@interlock/network';
import { readRunningLeaves, sampleKpis } from '../devices/device-reading.js';
import type { Inventory, InventoryEntry } from '../devices/inventory.js';
import { missingModel, modelsOf } from '../devices/models.js';
import type { DeviceSessions } from '../sessions/sessions.js';

/** Returns what a plan needs of a device, or the reason why no binding serves the handler. */
export const viewOf = async (
  client: NetconfClient,
  entry: Pick<InventoryEntry, 'device' | 'bindings' | 'table'>,
  handler: NetworkHandler,
  entityId: string,
  topology: Topology,
): Promise<DeviceView | { readonly missing: Reason }> => {
  const models = await modelsOf(client, entry);
  const model = handler.modelOf(models, entityId, topology);
  return model === undefined
    ? { missing: missingModel(handler, models) }
    : {
        running: await readRunningLeaves(client, model.binding),
        profile: profiles[entry.device.profile]!,
        model,
      };
};

/**
 * Reads the KPIs of several devices as one moment: all samples get the same time. A device without
 * a binding for the handler gives none.
 */
export const sampleDevices = async (
  { sessions, inventory }: { readonly sessions: DeviceSessions; readonly inventory: Inventory },
  tenantId: string,
  devices: readonly string[],
  handler: NetworkHandler,
  entityId: string,
  cells: readonly string[],
  at: Timestamp,
): Promise<readonly KpiSample[]> => {
  const samples = await Promise.all(
    devices.map(async (id) => {
      const entry = inventory.find(tenantId, id);
      if (entry === undefined) return [];
      return sessions.read(entry.address, async (client) => {
        const models = await modelsOf(client, entry);
        const binding = handler.modelOf(models, entityId, inventory.topology(tenantId))?.binding;
        return binding === undefined ? [] : sampleKpis(client, binding, cells, at);
      });
    }),
  );
  return samples.flat();
};
