import { ProblemError, type Position } from '@interlock/kernel';
import { affectedBy, buildTopology } from '@interlock/network';
import { Answers, AnswersProblems, MinPosition, nowText, RequireScope, Tenant } from '@interlock/platform';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { cellView } from '../devices/device-view.js';
import { AffectedQuery, TopologyQuery, type AffectedDto, type TopologyPageDto } from './topology.dto.js';
import { TopologyQueries } from './topology.queries.js';

const named = (values: readonly (string | null)[]): readonly string[] =>
  [...new Set(values.filter((value) => value !== null))].toSorted();

/** Serves the network's topology: devices, cells, neighbours and slices, now or at a time. */
@ApiTags('topology')
@Controller('api/v1/topology')
export class TopologyController {
  constructor(private readonly queries: TopologyQueries) {}

  @Get()
  @ApiOperation({
    summary: 'List the devices with their cells, neighbours and slices, now or at a time',
    description: 'The topology is that of the inventory. `at` shows the one that held then.',
  })
  @RequireScope('DEVICE_READ')
  async list(
    @Query() query: TopologyQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<TopologyPageDto> {
    await this.queries.atLeast(position);
    const { items, next } = await this.queries.devices(tenantId, query.at ?? null, query);
    return { items: items.map((device) => ({ ...device, cells: device.cells.map(cellView) })), next };
  }

  @Get(':entity_id/affected')
  @ApiOperation({
    summary: 'Show what a change of a cell, device, site or slice may affect',
    description:
      'Its own cells, their neighbours in both directions, and the other cells of their sites, with their slices. For a slice: the cells that serve it, with all their slices.',
  })
  @AnswersProblems('device-unknown')
  @RequireScope('DEVICE_READ')
  @Answers<AffectedDto>()
  async affected(
    @Param('entity_id') entityId: string,
    @Query() { at }: AffectedQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<AffectedDto> {
    await this.queries.atLeast(position);
    const devices = await this.queries.all(tenantId, at ?? null);
    const time = at === undefined ? nowText() : new Date(at).toISOString();
    const scope = affectedBy(buildTopology(devices, time), entityId);
    if (scope === undefined)
      throw new ProblemError(
        'device-unknown',
        `no device, site, cell or slice \`${entityId.slice(0, 256)}\` was registered at ${time}`,
      );
    return {
      entity_id: entityId,
      kind: scope.kind,
      at: time,
      devices: named([...scope.devices, ...scope.cells.map(({ device_id }) => device_id)]),
      sites: named(scope.cells.map(({ site_id }) => site_id)),
      cells: scope.cells,
      slices: named(scope.cells.flatMap(({ slices }) => slices ?? [])),
    };
  }
}
