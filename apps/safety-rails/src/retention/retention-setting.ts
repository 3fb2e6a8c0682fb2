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
 * How long a tenant's read models keep rows, as a setting: a shorter time loosens. It allows no
 * break-glass, because nobody can put back what was removed meanwhile.
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
