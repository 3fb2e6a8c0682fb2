import { checkKinds, type AuditCheckAnswer, type CheckKind } from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsIn, IsString, MaxLength, MinLength } from 'class-validator';
import { AuditChecks } from './audit-checks.js';

export class AuditCheckDto {
  @IsIn(checkKinds) kind!: CheckKind;
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
}

/** Checks of Interlock's own data, for posture. */
@Controller()
export class ChecksRpc {
  constructor(private readonly checks: AuditChecks) {}

  @MessagePattern({ rpc: 'audit.check' })
  check(@Payload() request: AuditCheckDto): Promise<AuditCheckAnswer> {
    return this.checks.check(request);
  }
}
