import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseStream } from '@interlock/contracts';
import {
  collect,
  comparePositions,
  parsePosition,
  positionText,
  ProblemError,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { eventLine } from '@interlock/tree';
import {
  answerIn,
  AnswersProblems,
  CurrentPrincipal,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import { UncutLog } from './archive/uncut-log.js';
import { EventsQuery, StreamQuery } from './audit.dto.js';
import { ndjson } from './ndjson.js';
import { AccessRecords, filterOf } from './people/access-records.js';

/** Returns the position that a query gives; null if the query gives none. */
export const positionOf = (text: string | undefined, pointer: string): Position | null => {
  if (text === undefined) return null;
  const position = parsePosition(text);
  if (position === undefined)
    throw new ProblemError('validation-failed', 'the query has 1 fault', {
      violations: [{ pointer, detail: 'must be a position of the log' }],
    });
  return position;
};

/** Serves the events of the token's tenant as NDJSON, one event a line. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    private readonly log: UncutLog,
    private readonly access: AccessRecords,
  ) {}

  @Get('streams/:stream')
  @ApiOperation({ summary: 'Read one event stream from a revision on' })
  @AnswersProblems('unknown-stream')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse(answerIn('application/x-ndjson', 'One event a line'))
  async stream(
    @Param('stream') name: string,
    @Query() query: StreamQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const stream = parseStream(name);
    if (stream === undefined)
      throw new ProblemError('unknown-stream', `\`${name.slice(0, 64)}\` is not a stream of a tenant`);
    if (stream.tenant !== tenant) throw new ProblemError('wrong-tenant', 'the stream is not of this tenant');
    const options = {
      from: BigInt(query.from ?? '0'),
      ...(query.limit === undefined ? {} : { limit: query.limit }),
    };
    const first = await collect(this.log.read(name, { ...options, limit: 1 }));
    if (first.length === 0 && (await collect(this.log.read(name, { limit: 1 }))).length === 0)
      throw new ProblemError('unknown-stream', `there is no stream \`${name.slice(0, 64)}\``);
    const read = { route: 'streams', filter: filterOf({ ...query, stream: name }) };
    const lines = linesOf(this.log.read(name, options), () => true);
    await this.#send(reply, this.access.counted(principal, read, lines));
  }

  @Get('events')
  @ApiOperation({
    summary: 'Read the events of a tenant after a position',
    description:
      'The answer ends at the current end of the log or at `until`. The header `Interlock-Position` names that position.',
  })
  @RequireScope('AUDIT_READ')
  @ApiOkResponse(answerIn('application/x-ndjson', 'One event a line'))
  async events(
    @Query() query: EventsQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const head = await this.log.head();
    const asked = positionOf(query.until, '/query/until');
    const end = asked === null || (head !== null && comparePositions(head, asked) < 0) ? head : asked;
    void reply.header('interlock-position', end === null ? '0' : positionText(end));
    const categories = query.category?.split(',');
    const events = this.#upTo(end, positionOf(query.after, '/query/after'), query.limit ?? Infinity);
    const lines = linesOf(events, (event) => {
      const stream = parseStream(event.stream);
      return (
        stream !== undefined &&
        stream.tenant === tenant &&
        (categories === undefined || categories.includes(stream.category))
      );
    });
    const read = { route: 'events', filter: filterOf({ ...query }) };
    await this.#send(reply, this.access.counted(principal, read, lines));
  }

  async *#upTo(end: Position | null, after: Position | null, limit: number): AsyncIterable<RecordedEvent> {
    if (end === null) return;
    let left = limit;
    for await (const event of this.log.readAll({ after })) {
      if (comparePositions(event.position, end) > 0 || left <= 0) return;
      left -= 1;
      yield event;
    }
  }

  async #send(reply: FastifyReply, lines: AsyncIterable<string>): Promise<void> {
    await reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(ndjson(lines));
  }
}

const linesOf = async function* (
  events: AsyncIterable<RecordedEvent>,
  wanted: (event: RecordedEvent) => boolean,
): AsyncGenerator<string> {
  for await (const event of events) if (wanted(event)) yield eventLine(event);
};
