import { Global, Module } from '@nestjs/common';
import { SettingChanges, settingChanges } from '@interlock/platform';
import { handlers } from './handlers.js';
import { RegistrySettings } from './registry-settings.js';
import { runners } from './runners.js';

/**
 * The process-wide providers: a handler per decider, a runner per projection, and the settings with
 * their change requests.
 */
@Global()
@Module({
  providers: [...handlers, ...runners, settingChanges, RegistrySettings],
  exports: [...handlers, ...runners, SettingChanges, RegistrySettings],
})
export class LogModule {}
