import type { RecordAccessAnswer, RecordPersonAnswer, RecordSecretsAnswer } from '@interlock/contracts';
import { JetStreamContext } from '@interlock/jetstream';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { PersonRecords } from './person-records.js';
import {
  RecordAccessDto,
  RecordPersonDto,
  RecordRefusalDto,
  RecordSecretsDto,
  requestOf,
} from './person.dto.js';
import { CommandRefusals, IntentRefusals } from './refusal-records.js';
import { SecretRecords } from './secret-records.js';

/** Takes the edge's reports about people's access, refused requests, and the places of secrets. */
@Controller()
export class PersonRpc {
  constructor(
    private readonly records: PersonRecords,
    private readonly intents: IntentRefusals,
    private readonly commands: CommandRefusals,
    private readonly secrets: SecretRecords,
  ) {}

  @MessagePattern({ rpc: 'audit.record_person' })
  recordPerson(
    @Payload() request: RecordPersonDto,
    @Ctx() bus: JetStreamContext,
  ): Promise<RecordPersonAnswer> {
    return this.records.record(requestOf(request), bus.getCaller());
  }

  @MessagePattern({ rpc: 'audit.record_access' })
  recordAccess(@Payload() request: RecordAccessDto): Promise<RecordAccessAnswer> {
    return this.intents.refused(request);
  }

  @MessagePattern({ rpc: 'audit.record_refusal' })
  recordRefusal(@Payload() request: RecordRefusalDto): Promise<RecordAccessAnswer> {
    return this.commands.refused(request);
  }

  @MessagePattern({ rpc: 'audit.record_secrets' })
  recordSecrets(
    @Payload() request: RecordSecretsDto,
    @Ctx() bus: JetStreamContext,
  ): Promise<RecordSecretsAnswer> {
    return this.secrets.found(request, bus.getCaller());
  }
}
