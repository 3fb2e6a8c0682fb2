import { systemTenant } from '@interlock/contracts';
import type { RequiredPeople } from '@interlock/kernel';
import { serviceCommandContext } from '@interlock/platform';
import { firstRequiredPeopleId, requiredPeopleStream } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { RailsConfig } from '../config.js';
import { RequiredPeopleHandler } from '../handlers.js';

/**
 * Writes the installation's first number of required people into the log once. A number that people
 * set later is kept.
 */
@Injectable()
export class FirstRequiredPeople {
  constructor(
    private readonly handler: RequiredPeopleHandler,
    @Inject(RailsConfig) private readonly config: Pick<RailsConfig, 'CHANGE_REQUIRED_PEOPLE'>,
  ) {}

  async ensure(): Promise<void> {
    const stream = requiredPeopleStream(systemTenant);
    if ((await this.handler.load(stream)).revision >= 0n) return;
    await this.handler.handle(
      stream,
      {
        kind: 'SetRequiredPeople',
        required_people: this.config.CHANGE_REQUIRED_PEOPLE as RequiredPeople,
        reason: 'first start of the installation',
      },
      serviceCommandContext('safety-rails', systemTenant, { commandId: firstRequiredPeopleId }),
    );
  }
}
