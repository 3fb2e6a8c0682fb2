import {
  Body,
  Controller,
  Delete,
  Get,
  Inject,
  Injectable,
  Param,
  Post,
  Put,
  Res,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min, ValidateNested } from 'class-validator';
import type { FastifyReply } from 'fastify';
import type { RouteEffects } from '@interlock/contracts';
import { type CommandContext, type Position, positionOrNull, ProblemError } from '@interlock/kernel';

import {
  commandContext,
  CurrentPrincipal,
  HealthChecks,
  IfMatch,
  JudgesBodyTenant,
  MinPosition,
  newId,
  Public,
  requestArrivedAt,
  RequireScope,
  SERVICE_CONTEXT,
  sse,
  Tenant,
  type Principal,
  type ServiceContext,
} from '../src/index.js';

class Inner {
  @IsInt()
  @Min(1)
  @Max(10)
  size!: number;
}

class ThingDto {
  @Matches(/^[a-z]+$/, { message: 'name must be lower-case letters.' })
  name!: string;

  @IsString()
  @IsOptional()
  note?: string;

  @ValidateNested()
  @Type(() => Inner)
  inner!: Inner;
}

/** What happened in the life of the module. */
@Injectable()
export class Journal implements OnModuleInit, OnApplicationShutdown {
  readonly entries: string[] = [];
  release = (): void => undefined;
  readonly held = new Promise<void>((resolve) => {
    this.release = resolve;
  });
  readonly service: string;
  constructor(@Inject(SERVICE_CONTEXT) context: ServiceContext, health: HealthChecks) {
    this.service = context.service;
    health.add('journal', async () => {
      if (this.entries.includes('broken'))
        throw new ProblemError('read-model-behind', 'the journal is behind');
    });
  }
  onModuleInit(): void {
    this.entries.push('init');
  }
  onApplicationShutdown(): void {
    this.entries.push('shutdown');
  }
}

@Controller('api/v1/things')
class ThingController {
  readonly #journal: Journal;
  constructor(journal: Journal) {
    this.#journal = journal;
  }

  @Get()
  @RequireScope('POLICY_READ')
  list(@CurrentPrincipal() principal: Principal, @MinPosition() position: Position | null): object {
    return {
      principal,
      position: positionOrNull(position),
      service: this.#journal.service,
    };
  }

  @Post()
  @RequireScope('POLICY_WRITE', 'POLICY_ACTIVATE')
  make(
    @Body() body: ThingDto,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): object {
    const command: CommandContext = commandContext(principal);
    return { body, command, revision: revision === null ? null : `${revision}` };
  }

  @Get('tenant')
  @RequireScope('POLICY_READ')
  tenant(
    @Tenant() tenant_id: string,
    @CurrentPrincipal() { tenant_id: acting, person_id }: Principal,
  ): object {
    return { tenant_id, acting, person_id };
  }

  @Get('of/:tenantId')
  @RequireScope('POLICY_READ')
  ofTenant(@Tenant() tenantId: string): object {
    return { tenant_id: tenantId };
  }

  @Get('in/:stream')
  @RequireScope('POLICY_READ')
  inStream(@Tenant() tenant_id: string): object {
    return { tenant_id };
  }

  @Put('tenant')
  @RequireScope('POLICY_READ')
  put(@Tenant() tenant_id: string): object {
    return { tenant_id };
  }

  @Put('kept')
  @RequireScope('POLICY_READ')
  @JudgesBodyTenant()
  kept(@Tenant() tenant_id: string): object {
    return { tenant_id };
  }

  @Delete(':id')
  @RequireScope('POLICY_WRITE')
  remove(@CurrentPrincipal() principal: Principal, @Param('id') id: string): object {
    return { id, by: principal.person_id };
  }

  @Get('fail/:how')
  @Public()
  fail(@Param('how') how: string): object {
    if (how === 'problem')
      throw new ProblemError('stale-revision', 'it is at revision 3', {
        remedy: 'read it again',
        members: { revision: '3', status: 200 },
      });
    throw new Error('password=hunter2 at /secret/path');
  }

  @Get('waited')
  @Public()
  waited(): object {
    return { ms: performance.now() - requestArrivedAt() };
  }

  @Get('slow')
  @Public()
  async slow(): Promise<object> {
    this.#journal.entries.push('slow began');
    await this.#journal.held;
    return { slow: true };
  }

  @Get('stream')
  @Public()
  stream(@Res() reply: FastifyReply): Promise<void> {
    return this.#ticks(reply);
  }

  @Get('guarded-stream')
  @RequireScope('POLICY_READ')
  guardedStream(@Res() reply: FastifyReply): Promise<void> {
    return this.#ticks(reply);
  }

  async #ticks(reply: FastifyReply): Promise<void> {
    const journal = this.#journal.entries;
    const events = async function* (): AsyncGenerator<{ id: string; event: string; data: object }> {
      try {
        for (let i = 1; ; i += 1) {
          yield { id: `${i}`, event: 'tick', data: { i } };
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        journal.push('stream ended');
      }
    };
    await sse(reply, events());
  }
}

/** `POST` and `PUT` are for programs too; deleting a thing loosens. */
export const demoEffects: RouteEffects = {
  'POST /api/v1/things': 'by_content',
  'PUT /api/v1/things/tenant': 'neutral',
  'PUT /api/v1/things/kept': 'neutral',
  'DELETE /api/v1/things/{id}': 'loosens',
};

export const demoModule = { controllers: [ThingController], providers: [Journal], exports: [Journal] };
export const unscopedController = (): new () => object => {
  @Controller('api/v1/open')
  class OpenController {
    @Get('door/:id')
    door(): object {
      return { id: newId() };
    }
  }
  return OpenController;
};
