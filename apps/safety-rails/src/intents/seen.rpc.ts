import {
  anyTenantPattern,
  entityPattern,
  targetKinds,
  type RpcAnswer,
  type TargetKind,
} from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, Matches, ValidateNested } from 'class-validator';
import { Seen } from './seen.js';
import { Tenants } from '../tenants/tenants.js';

class TargetDto {
  @IsIn(targetKinds) kind!: TargetKind;
  @Matches(entityPattern, { message: 'name must be 1 to 256 printable characters' }) name!: string;
}

export class SeenDto {
  @Matches(anyTenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id!: string;
  @IsArray()
  @ArrayMaxSize(1000)
  @Matches(anyTenantPattern, { each: true, message: 'tenants must be tenant names' })
  tenants!: string[];
  @IsArray()
  @ArrayMaxSize(1024)
  @ValidateNested({ each: true })
  @Type(() => TargetDto)
  targets!: TargetDto[];
}

/**
 * Tells the services that set modes and budgets if names have ever appeared, and if the tenant may
 * act.
 */
@Controller()
export class SeenRpc {
  constructor(
    private readonly seen: Seen,
    private readonly tenants: Tenants,
  ) {}

  @MessagePattern({ rpc: 'safety-rails.seen' })
  async ask(@Payload() { tenant_id, tenants, targets }: SeenDto): Promise<RpcAnswer<'safety-rails.seen'>> {
    await this.tenants.follower.ensureCurrent(true);
    const unseen = await this.seen.unseen(tenant_id, targets, tenants);
    return { tenant_status: this.tenants.of(tenant_id).status, unseen };
  }
}
