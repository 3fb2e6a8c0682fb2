import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { positionText, ProblemError } from '@interlock/kernel';
import { tenantOf, wholeTree } from '@interlock/tree';
import {
  answerIn,
  AnswersProblems,
  CurrentPrincipal,
  OpenAtOnce,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import { positionOf } from '../audit.controller.js';
import { ExportQuery } from '../audit.dto.js';
import { ndjson } from '../ndjson.js';
import { AccessRecords, filterOf } from '../people/access-records.js';
import { treeOfRequest } from '../proofs/proofs.controller.js';
import { SealedExport } from './sealed-export.js';

/** The exports that one tenant and one principal may run at a time. */
export const exportLimits = { what: 'exports', perTenant: 4, perPrincipal: 2 } as const;

/** Exports the log to auditors, with the proof that the events are the signed ones. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class ExportController {
  readonly #running = new OpenAtOnce(exportLimits);

  constructor(
    private readonly sealed: SealedExport,
    private readonly access: AccessRecords,
  ) {}

  @Get('export')
  @ApiOperation({
    summary: 'Export events with the proof that they are complete',
    description:
      'The lines are the events, the entries of their leaves, the referenced events of `_system`, and a seal of filter, proof and signed checkpoint. An export of categories or of a correlation also has the entries of all other leaves, which prove that none is missing. A response without a seal is incomplete.',
  })
  @AnswersProblems('no-checkpoint', 'tree-inconsistent')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse(answerIn('application/x-ndjson', 'Events, the entries of their leaves, and the seal'))
  async export(
    @Query() query: ExportQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const tree = treeOfRequest(tenant, query);
    const stream = query.stream ?? null;
    if (stream !== null && tree !== wholeTree && tenantOf(stream) !== tree)
      throw new ProblemError('wrong-tenant', 'the stream is not of this tenant');
    const after = positionOf(query.after, '/query/after');
    const until = positionOf(query.until, '/query/until');
    const release = this.#running.enter(tree, principal);
    try {
      const prepared = await this.sealed.prepare({
        tree,
        after,
        until,
        stream,
        categories: query.category === undefined ? null : [...new Set(query.category.split(','))].sort(),
        correlation: query.correlation ?? null,
        limit: query.limit ?? Infinity,
        archive: query.archive !== 'false',
      });
      await this.access.exported(principal, {
        what: 'log',
        filter: filterOf({ ...query }),
        until: positionText(prepared.end),
      });
      const body = ndjson(this.sealed.lines(prepared));
      body.once('close', release);
      await reply
        .header('content-type', 'application/x-ndjson; charset=utf-8')
        .header('cache-control', 'no-store')
        .header('interlock-position', positionText(prepared.end))
        .send(body);
    } catch (error) {
      release();
      throw error;
    }
  }
}
