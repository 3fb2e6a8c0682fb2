import type { Device } from '@interlock/network';
import type { DeviceEntryDto } from './devices-answers.dto.js';
import type { DeviceSettingsDto } from './devices.dto.js';
import type { LastCheck } from './drift/drift-checks.js';
import { driftView } from './drift/drift-view.js';
import type { InventoryEntry } from './inventory.js';
import { qualificationView } from './qualify/qualification-view.js';

/** The settings of a device in a request's body. */
export const deviceIn = (dto: DeviceSettingsDto): Omit<Device, 'device_id'> => ({
  host: dto.host,
  port: dto.port,
  username: dto.username,
  credentials_ref: dto.credentials_ref,
  host_key_fingerprint: dto.host_key_fingerprint,
  profile: dto.profile,
  site_id: dto.site_id,
  cells: dto.cells.map(({ cell_id, neighbours }) => ({
    cell_id,
    neighbours: neighbours.map((one) => ({ cell_id: one.cell_id, coverage: one.coverage })),
  })),
});

/** A device as the API shows it. */
export const deviceView = (entry: InventoryEntry, last: LastCheck | undefined): DeviceEntryDto => ({
  ...entry.device,
  quarantined: entry.quarantined,
  drift: driftView(entry, last),
  qualification: qualificationView(entry),
  revision: `${entry.revision}`,
  updated_at: entry.updated_at,
});
