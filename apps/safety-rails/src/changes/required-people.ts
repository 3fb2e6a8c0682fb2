import { parseStream } from '@interlock/contracts';
import {
  requiredPeopleDecider,
  requiredPeopleLoosens,
  type RequiredPeopleCommand,
  type RequiredPeopleEvent,
  type RequiredPeopleState,
} from '@interlock/kernel';
import { SettingChanges, type Setting } from '@interlock/platform';
import { requiredPeopleStream } from '@interlock/rails';
import { Injectable } from '@nestjs/common';
import { RequiredPeopleHandler } from '../handlers.js';

/** The setting of how many people a tenant's changes need. A lower number loosens. */
@Injectable()
export class RequiredPeopleSetting {
  readonly setting: Setting<RequiredPeopleCommand, RequiredPeopleEvent, RequiredPeopleState>;

  constructor(
    readonly changes: SettingChanges,
    handler: RequiredPeopleHandler,
  ) {
    this.setting = changes.add({
      holds: (stream) => stream === requiredPeopleStream(parseStream(stream)?.tenant ?? ''),
      decider: requiredPeopleDecider,
      handler,
      scope: 'AUTONOMY_ADMIN',
      loosens: () => requiredPeopleLoosens,
    });
  }
}
