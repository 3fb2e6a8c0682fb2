import type { Schema } from '@interlock/api-types';
import { requestedCells } from '@interlock/contracts';
import type { Command } from 'commander';
import { answering } from '../../asks.js';
import { tellWritten } from '../../change.js';
import { recordShape, type Output } from '../../output/output.js';
import { personal, type Globals } from '../../connection/session.js';

type Settings = Schema<'DeviceSettingsDto'>;
type RotateOptions = Output & { readonly why?: string };

const settingsOf = ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  call_home,
  transport,
  profile,
  site_id,
  cells,
}: Schema<'ShownDeviceDto'>): Settings => ({
  host,
  port,
  username,
  credentials_ref,
  host_key_fingerprint,
  call_home,
  transport,
  profile,
  site_id,
  cells: requestedCells(cells),
});

/** Requests that a device may show another host key beside its present one. */
export const addRotateKey = (devices: Command, globals: () => Globals): void => {
  answering(
    devices,
    'rotate-key <device> <fingerprint>',
    'GET /api/v1/devices/{id}',
    'PUT /api/v1/devices/{id}',
  )
    .description('trust a new host key beside the present one, until the device first shows it')
    .option('--why <text>', 'why, for the people who approve the change request')
    .action(async (id: string, fingerprint: string, { why, ...options }: RotateOptions) => {
      const session = personal(globals());
      const path = `/api/v1/devices/${encodeURIComponent(id)}`;
      const device = await session.json<Schema<'ShownDeviceDto'>>('GET', path);
      const response = await session.fetch(
        'PUT',
        path,
        { ...settingsOf(device), next_host_key_fingerprint: fingerprint },
        {
          'if-match': `"${device.revision ?? ''}"`,
          ...(why === undefined ? {} : { 'interlock-reason': encodeURIComponent(why) }),
        },
      );
      await tellWritten<Schema<'WrittenDeviceDto'>>(
        session,
        response,
        recordShape(() => id),
        options,
      );
    });
};
