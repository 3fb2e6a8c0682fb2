import type { Schema } from '@interlock/api-types';
import { requestedCells } from '@interlock/contracts';
import { reasonHeader } from '../../asks.js';
import { written } from '../../change.js';
import { recordShape } from '../../output/output.js';
import { answer } from '../../program/declare.js';

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
}: Schema<'ShownDeviceDto'>): Schema<'DeviceSettingsDto'> => ({
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
export const addRotateKey = answer({
  command: 'rotate-key <device> <fingerprint>',
  about: 'trust a new host key beside the present one, until the device first shows it',
  routes: ['GET /api/v1/devices/{id}', 'PUT /api/v1/devices/{id}'],
  options: { '--why <text>': 'why, for the people who approve the change request' },
  personal: true,
  run: async ({ session, options, output, tell }, id, fingerprint) => {
    const device = await session.ask('GET /api/v1/devices/{id}', [id]);
    const changed = await written(session, output, 'PUT /api/v1/devices/{id}', [id], {
      body: { ...settingsOf(device), next_host_key_fingerprint: fingerprint },
      headers: { 'if-match': `"${device.revision ?? ''}"`, ...reasonHeader(options.why) },
    });
    if (changed !== undefined)
      await tell(
        changed,
        recordShape(() => id),
      );
  },
});
