import { Global, Module, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  changeRpc,
  HealthChecks,
  SERVICE_CONTEXT,
  SettingChanges,
  settingChanges,
  type ServiceContext,
} from '@interlock/platform';
import { AccessRecords } from './access-records.js';
import { PersonRecords } from './person-records.js';
import { PersonRpc } from './person.rpc.js';
import { RecordsController } from './records.controller.js';
import { CommandRefusals, IntentRefusals } from './refusal-records.js';
import { SecretRecords } from './secret-records.js';
import { RecordsQueries } from './records.queries.js';
import { RecordsRunner } from './records.runner.js';

class RecordsLifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly runner: RecordsRunner,
    private readonly health: HealthChecks,
    private readonly intents: IntentRefusals,
    private readonly commands: CommandRefusals,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model people_records', () => this.runner.check());
    await this.runner.start();
    this.intents.start();
    this.commands.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.intents.stop();
    await this.commands.stop();
    await this.runner.stop();
  }
}

/** The module of people and access: it records their events and serves the lists of them. */
@Global()
@Module({
  exports: [AccessRecords, RecordsQueries],
  controllers: [RecordsController, PersonRpc, changeRpc('audit')],
  providers: [
    settingChanges,
    {
      provide: PersonRecords,
      useFactory: ({ store, people }: ServiceContext, changes: SettingChanges) =>
        new PersonRecords(store, people, changes),
      inject: [SERVICE_CONTEXT, SettingChanges],
    },
    {
      provide: AccessRecords,
      useFactory: ({ store, logger }: ServiceContext) => new AccessRecords(store, logger),
      inject: [SERVICE_CONTEXT],
    },
    {
      provide: IntentRefusals,
      useFactory: ({ store, logger }: ServiceContext) => new IntentRefusals(store, logger),
      inject: [SERVICE_CONTEXT],
    },
    {
      provide: CommandRefusals,
      useFactory: ({ store, logger }: ServiceContext) => new CommandRefusals(store, logger),
      inject: [SERVICE_CONTEXT],
    },
    {
      provide: SecretRecords,
      useFactory: ({ store }: ServiceContext) => new SecretRecords(store),
      inject: [SERVICE_CONTEXT],
    },
    RecordsRunner,
    RecordsQueries,
    {
      provide: RecordsLifecycle,
      useFactory: (...parts: ConstructorParameters<typeof RecordsLifecycle>) =>
        new RecordsLifecycle(...parts),
      inject: [RecordsRunner, HealthChecks, IntentRefusals, CommandRefusals],
    },
  ],
})
export class PeopleModule {}
