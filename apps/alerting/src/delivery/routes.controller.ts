import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { streamName } from '@interlock/contracts';
import { type Position, positionOrNull, refuseViolations } from '@interlock/kernel';
import { checkRoutes, type AlertRoute } from '@interlock/notify';
import {
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { DeliveriesQueries } from './deliveries.queries.js';
import {
  type DeliveryPageDto,
  ListDeliveriesQuery,
  PutRoutesDto,
  type RoutesDto,
  type WrittenRoutesDto,
  type AlertRouteDto,
} from './routes.dto.js';
import { DeliverySettings } from './settings.js';

const routeOf = (body: AlertRouteDto): AlertRoute => ({
  name: body.name,
  alerts: body.alerts ?? null,
  severities: body.severities ?? null,
  channels: body.channels,
  quiet_hours: body.quiet_hours ? { ...body.quiet_hours } : null,
  escalation: body.escalation ? { ...body.escalation } : null,
});

/** The routes of alerts to channels, and the state of each notice. */
@ApiTags('alerts')
@Controller('api/v1/alerts')
export class RoutesController {
  constructor(
    private readonly queries: DeliveriesQueries,
    private readonly settings: DeliverySettings,
  ) {}

  @Get('routes')
  @ApiOperation({ summary: 'Get the routes from alerts to channels' })
  @RequireScope('ALERT_READ')
  async get(@Tenant() tenantId: string, @MinPosition() position: Position | null): Promise<RoutesDto> {
    await this.queries.atLeast(position);
    return this.queries.routes(tenantId);
  }

  @Put('routes')
  @ApiOperation({
    summary: 'Replace the routes from alerts to channels',
    description: 'A change request if an alert may reach fewer people afterwards.',
  })
  @MayLoosen()
  @RequireScope('ALERT_WRITE')
  async put(
    @Body() body: PutRoutesDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenRoutesDto | ChangeRequestedDto> {
    const routes = body.routes.map(routeOf);
    refuseViolations(checkRoutes(routes), 'the list of routes');
    const result = await this.settings.changes.write(this.settings.routes, {
      stream: streamName('route', tenantId, 'routes'),
      command: {
        kind: 'change',
        routes,
        ...(body.critical_to === undefined ? {} : { critical_to: body.critical_to }),
      },
      principal,
      context: commandContext(principal, undefined, revision === null ? {} : { expectedRevision: revision }),
    });
    if (isChangeRequested(result)) return result;
    await this.queries.atLeast(result.position);
    return {
      ...(await this.queries.routes(tenantId)),
      position: positionOrNull(result.position),
    };
  }

  @Get('deliveries')
  @ApiOperation({ summary: 'List the deliveries of notifications' })
  @RequireScope('ALERT_READ')
  async deliveries(
    @Query() query: ListDeliveriesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<DeliveryPageDto> {
    await this.queries.atLeast(position);
    return this.queries.deliveries(tenantId, query);
  }
}
