import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseStream } from '@interlock/contracts';
import { collect, positionText, type RecordedEvent } from '@interlock/kernel';
import { correlationOf } from '@interlock/tree';
import {
  AnswersProblems,
  CurrentPrincipal,
  OpenAtOnce,
  openTexts,
  RequireScope,
  SERVICE_CONTEXT,
  Tenant,
  type Principal,
  type ServiceContext,
} from '@interlock/platform';
import { defaultLimit } from '@interlock/postgres';
import { FilledLog } from '../archive/filled-log.js';
import { AccessRecords, filterOf } from '../people/access-records.js';
import { RecordsQueries } from '../people/records.queries.js';
import { Trees } from '../tree/trees.js';
import { BrowseQuery, type BrowsedEventDto, type BrowsedEventsDto } from './browse.dto.js';
import { Browsing } from './browsing.js';
import { wantedBy } from './wanted.js';

/**
 * The pages that a tenant and a principal may read at a time. Each page reads a part of the log.
 */
const browseLimits = { what: 'pages of the log', perTenant: 8, perPrincipal: 4 } as const;
const reachMs = 5000;

/**
 * Serves pages of the log, filtered by the user's search terms, with the newest events first by
 * default.
 */
@ApiTags('audit')
@Controller('api/v1/audit/browse')
export class BrowseController {
  readonly #running = new OpenAtOnce(browseLimits);

  constructor(
    private readonly trees: Trees,
    private readonly filled: FilledLog,
    private readonly records: RecordsQueries,
    private readonly access: AccessRecords,
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
  ) {}

  @Get()
  @ApiOperation({
    summary: "Browse a tenant's events, newest first",
    description:
      'A page looks through a bounded part of the log: it may have few events, or none, and yet a `next`. Names and texts are opened, so the events are not the bytes that are signed; `audit/streams` and `audit/export` give those.',
  })
  @AnswersProblems('rate-limited', 'read-model-behind')
  @RequireScope('AUDIT_READ')
  async browse(
    @Query() query: BrowseQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BrowsedEventsDto> {
    const { since, until, order, cursor, limit = defaultLimit, ...filter } = query;
    const release = this.#running.enter(tenant, principal);
    try {
      await this.trees.reachHead(reachMs);
      const names = await this.records.names(tenant);
      const browsing = new Browsing({ trees: this.trees, filled: this.filled, tenant });
      const events = browsing.events({
        since,
        until,
        oldestFirst: order === 'oldest',
        cursor: cursor === undefined ? undefined : Number(cursor),
        limit,
        wanted: wantedBy(filter, names),
      });
      const read = { route: 'browse', filter: filterOf({ ...filter, since, until, order }) };
      const items = await collect(this.access.counted(principal, read, events));
      return await openTexts(this.context.people, [tenant], {
        items: items.map((event) => viewOf(event, names)),
        next: browsing.next === null ? null : `${browsing.next}`,
        looked_through: browsing.looked,
        reached: browsing.reached,
      });
    } finally {
      release();
    }
  }
}

const viewOf = (event: RecordedEvent, names: ReadonlyMap<string, string>): BrowsedEventDto => {
  const { id, type, stream, revision, position, created, data, metadata } = event;
  const { actor, command_id, $causationId: cause } = metadata;
  return {
    event_id: id,
    command_id,
    type,
    stream,
    category: parseStream(stream)?.category ?? '',
    revision: `${revision}`,
    position: positionText(position),
    at: created,
    actor,
    actor_name: actor.kind === 'person' ? (names.get(actor.person_id) ?? null) : null,
    correlation_id: correlationOf(event),
    causation_id: cause ?? null,
    data,
  };
};
