import type { CellSlice, Device } from '@interlock/network';
import type { CellViewDto, DeviceEntryDto } from './devices-answers.dto.js';
import type { DeviceSettingsDto, SliceDto } from './devices.dto.js';
import type { LastCheck } from '../drift/drift-checks.js';
import { driftView } from '../drift/drift-view.js';
import type { InventoryEntry } from './inventory.js';
import { qualificationView } from '../qualify/qualification-view.js';

/** Returns the member without null or undefined, with which a client says that it is unknown. */
const given = <T extends object>(member: T): { [N in keyof T]?: NonNullable<T[N]> } =>
  Object.fromEntries(Object.entries(member).filter(([, value]) => (value ?? null) !== null)) as {
    [N in keyof T]?: NonNullable<T[N]>;
  };

const sliceIn = ({ slice_id, policies, five_qis: fiveQis }: SliceDto): CellSlice => ({
  slice_id,
  policies,
  ...given({ five_qis: fiveQis }),
});

/** Returns a device's settings from a request's body. */
export const deviceIn = (dto: DeviceSettingsDto): Omit<Device, 'device_id'> => ({
  host: dto.host,
  port: dto.port,
  username: dto.username,
  credentials_ref: dto.credentials_ref,
  host_key_fingerprint: dto.host_key_fingerprint,
  ...(dto.next_host_key_fingerprint === undefined || dto.next_host_key_fingerprint === null
    ? {}
    : { next_host_key_fingerprint: dto.next_host_key_fingerprint }),
  ...(dto.call_home === true ? { call_home: true } : {}),
  ...(dto.transport === 'tls' ? { transport: dto.transport } : {}),
  profile: dto.profile,
  site_id: dto.site_id,
  cells: dto.cells.map(({ cell_id, neighbours, slices }) => ({
    cell_id,
    neighbours: neighbours.map((one) => ({ cell_id: one.cell_id, coverage: one.coverage })),
    ...given({ slices: slices?.map(sliceIn) }),
  })),
});

/** Returns a cell in the form of the API. */
export const cellView = ({ slices, ...cell }: Device['cells'][number]): CellViewDto => ({
  ...cell,
  slices: slices?.map(({ five_qis = null, ...slice }) => ({ ...slice, five_qis })) ?? null,
});

type DerivedMember = 'next_host_key_fingerprint' | 'call_home' | 'transport' | 'cells';

/** Returns a device's settings in the form of the API. */
export const settingsView = (
  device: Device,
): Omit<Device, DerivedMember> & Pick<DeviceEntryDto, DerivedMember> => ({
  ...device,
  next_host_key_fingerprint: device.next_host_key_fingerprint ?? null,
  call_home: device.call_home === true,
  transport: device.transport ?? 'ssh',
  cells: device.cells.map(cellView),
});

/** Returns a device in the form of the API. */
export const deviceView = (entry: InventoryEntry, last: LastCheck | undefined): DeviceEntryDto => ({
  ...settingsView(entry.device),
  quarantined: entry.quarantined,
  drift: driftView(entry, last),
  qualification: qualificationView(entry),
  revision: `${entry.revision}`,
  updated_at: entry.updated_at,
});
