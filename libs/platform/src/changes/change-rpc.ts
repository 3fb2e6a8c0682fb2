import type { ApplyChangeAnswer, ChangeOwner, EndChangeAnswer } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { Controller, type FactoryProvider, type Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsUUID } from 'class-validator';

import type { ServiceContext } from '../base/context.js';
import { IsTenant } from '../base/names.js';
import { SERVICE_CONTEXT } from '../module/platform-module.js';
import { SettingChanges } from './setting-changes.js';

class ApplyChangeDto {
  @IsTenant() tenant_id!: string;
  @IsUUID() change_id!: string;
}

/** Returns the controller with which a service applies the approved changes of its settings. */
export const changeRpc = (service: ChangeOwner): Type => {
  @Controller()
  class ChangeRpc {
    constructor(private readonly changes: SettingChanges) {}

    @MessagePattern({ rpc: `${service}.apply_change` })
    apply(@Payload() request: ApplyChangeDto): Promise<ApplyChangeAnswer> {
      return this.changes.apply(request);
    }

    @MessagePattern({ rpc: `${service}.end_change` })
    end(@Payload() request: ApplyChangeDto): Promise<EndChangeAnswer> {
      return this.changes.end(request);
    }
  }
  return ChangeRpc;
};

/** Provides the settings of a service that requests changes over the bus. */
export const settingChanges: FactoryProvider<SettingChanges> = {
  provide: SettingChanges,
  inject: [SERVICE_CONTEXT],
  useFactory: ({ nats, service, store }: ServiceContext) => {
    const rpc = new RpcClient(nats, { caller: service });
    return new SettingChanges(store, (request) => rpc.call('safety-rails.request_change', request));
  },
};
