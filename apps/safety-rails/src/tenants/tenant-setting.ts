import { parseStream } from '@interlock/contracts';
import { SettingChanges, type Setting } from '@interlock/platform';
import {
  tenantDecider,
  tenantLoosens,
  tenantStream,
  type TenantCommand,
  type TenantEvent,
  type TenantState,
} from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { TenantConsumers } from '../intents/tenant-consumers.js';
import { TENANT_HANDLER } from '../tokens.js';
import type { TenantHandler } from './tenants.js';

/** The setting of a tenant's registration and credentials. Giving a right loosens. */
@Injectable()
export class TenantSetting {
  readonly setting: Setting<TenantCommand, TenantEvent, TenantState>;

  constructor(
    readonly changes: SettingChanges,
    @Inject(TENANT_HANDLER) handler: TenantHandler,
    consumers: TenantConsumers,
  ) {
    this.setting = changes.add({
      holds: (stream) => stream === tenantStream(parseStream(stream)?.tenant ?? ''),
      decider: tenantDecider,
      handler,
      scope: 'AUTONOMY_ADMIN',
      loosens: () => tenantLoosens,
      applied: async (command) => {
        if (command.kind === 'create') await consumers.make(command.tenant_id);
      },
    });
  }
}
