import { parseStream } from '@interlock/contracts';
import {
  retentionDecider,
  retentionLoosens,
  retentionStream,
  type RetentionCommand,
  type RetentionEvent,
  type RetentionState,
} from '@interlock/kernel';
import { SettingChanges, type Setting } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import { RetentionHandler } from '../handlers.js';

/**
 * The setting of how long a tenant's read models keep rows. A shorter time loosens. It allows no
 * break-glass, because removed rows cannot be restored.
 */
@Injectable()
export class RetentionSetting {
  readonly setting: Setting<RetentionCommand, RetentionEvent, RetentionState>;

  constructor(
    readonly changes: SettingChanges,
    readonly handler: RetentionHandler,
  ) {
    this.setting = changes.add({
      holds: (stream) => stream === retentionStream(parseStream(stream)?.tenant ?? ''),
      decider: retentionDecider,
      handler,
      scope: 'AUTONOMY_ADMIN',
      loosens: () => retentionLoosens,
    });
  }
}
