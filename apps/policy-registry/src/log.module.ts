import { Global, Module } from '@nestjs/common';
import { SettingChanges, settingChanges } from '@interlock/platform';
import { handlers } from './handlers.js';
import { RegistrySettings } from './registry-settings.js';
import { runners } from './runners.js';

/** The process-wide parts: a handler per decider, a runner per projection, changes that loosen. */
@Global()
@Module({
  providers: [...handlers, ...runners, settingChanges, RegistrySettings],
  exports: [...handlers, ...runners, SettingChanges, RegistrySettings],
})
export class LogModule {}
