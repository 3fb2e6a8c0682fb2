import { systemTenant } from '@interlock/contracts';
import { destinationText } from '@interlock/platform';
import { apiAs, RouteRefused } from './demo/api.js';
import type { Home } from './home.js';
import type { DemoParts } from './stack.js';

type RadioPlan = {
  readonly cells: readonly {
    readonly cell_id: string;
    readonly neighbours: readonly { readonly cell_id: string; readonly coverage: string }[];
  }[];
};

/** The tenant that owns the simulated devices. */
export const simulatedTenant = 'demo';

/**
 * Registers the tenant of the bus user in `runtime.json`, who may name any agent and account there.
 * A second call changes nothing; a suspended or removed tenant stays so.
 */
export const registerDemoTenant = async (stack: DemoParts): Promise<void> => {
  const api = apiAs(stack.http, stack.issuer, { sub: 'installer', kind: 'person' }, systemTenant);
  const { items } = await api('get', '/api/v1/autonomous/tenants');
  if (items.some(({ tenant_id: tenant }) => tenant === simulatedTenant)) return;
  await api('post', '/api/v1/autonomous/tenants', { body: { name: simulatedTenant } });
  await api('post', '/api/v1/autonomous/tenants/{tenant}/credentials', {
    path: { tenant: simulatedTenant },
    body: { kind: 'bus', name: stack.nats.user, agents: ['*'], accounts: ['*'] },
  });
};

const isRefusedWith = (error: unknown, ...statuses: readonly number[]): boolean =>
  error instanceof RouteRefused && statuses.includes(error.status);

/**
 * Registers the simulated devices: each with its site, cells and neighbours, and its password in a
 * file for the gateway. A second call changes nothing.
 */
export const registerDevices = async (
  stack: DemoParts,
  home: Pick<Home, 'writeCredential'>,
): Promise<void> => {
  const api = apiAs(stack.http, stack.issuer, { sub: 'installer', kind: 'person' }, simulatedTenant);
  const plan = (await (await fetch(`${stack.simulator.control}/topology`)).json()) as RadioPlan;
  for (const { device_id, host, port, username, password, site_id, host_key_fingerprint, cells } of stack
    .simulator.devices) {
    home.writeCredential(simulatedTenant, device_id, password, [
      destinationText({ host, port }),
      host_key_fingerprint,
    ]);
    const settings = {
      host,
      port,
      username,
      credentials_ref: `file:${device_id}`,
      host_key_fingerprint,
      profile: '3gpp',
      site_id,
      cells: plan.cells
        .filter(({ cell_id }) => cells.includes(cell_id))
        .map(({ cell_id, neighbours }) => ({
          cell_id,
          neighbours: neighbours.map((n) => ({ cell_id: n.cell_id, coverage: n.coverage })),
        })),
    };
    try {
      await api('post', '/api/v1/devices', { body: { device_id, ...settings } });
    } catch (error) {
      if (!isRefusedWith(error, 409)) throw error;
      await api('put', '/api/v1/devices/{id}', { path: { id: device_id }, body: settings }).catch(
        (refusal: unknown) => {
          // A device whose port changed has an open transaction from before. It is settled at the
          // old address, and the next start moves the device. A device that was removed, and whose
          // cells another one has now, stays removed.
          if (!isRefusedWith(refusal, 404, 409)) throw refusal;
        },
      );
    }
  }
};
