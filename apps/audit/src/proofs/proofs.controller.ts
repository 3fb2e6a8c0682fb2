import { Controller, Get, Header, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { parseStream, systemTenant } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { tileWidth, wholeTree } from '@interlock/tree';
import { answerIn, RequireScope, Tenant } from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import {
  CheckpointPage,
  CheckpointsQuery,
  ConsistencyProof,
  ConsistencyQuery,
  InclusionProof,
  InclusionQuery,
  LogKeys,
  TreeQuery,
} from './proofs.dto.js';
import { ProofsQueries } from './proofs.queries.js';

/** The tree that a caller asks: of the request's tenant, or the whole log's where that tenant is the system's. */
export const treeOfRequest = (tenant: string, query: { readonly whole?: string }): string => {
  if (query.whole !== 'true') return tenant;
  if (tenant !== systemTenant)
    throw new ProblemError(
      'wrong-tenant',
      `the tree over the whole log is for tenant \`${systemTenant}\` only`,
    );
  return wholeTree;
};

/** What was signed of the log, and proofs against it: of the token's tenant, whose tree has its events only. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class ProofsController {
  constructor(@Inject(ProofsQueries) private readonly queries: ProofsQueries) {}

  /** The latest checkpoint, a signed note (C2SP tlog-checkpoint) with all cosignatures. */
  @Get('checkpoint')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse(answerIn('text/plain', 'A signed note'))
  async checkpoint(
    @Query() query: TreeQuery,
    @Tenant() tenant: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { note } = await this.queries.latest(treeOfRequest(tenant, query));
    await reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(note);
  }

  /** All checkpoints, newest first. */
  @Get('checkpoints')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse({ type: CheckpointPage })
  checkpoints(@Query() query: CheckpointsQuery, @Tenant() tenant: string): Promise<CheckpointPage> {
    return this.queries.checkpoints(
      treeOfRequest(tenant, query),
      query.cursor,
      query.limit,
    ) as Promise<CheckpointPage>;
  }

  /** That an event, named by its position or by stream and revision, is a leaf of the tree. */
  @Get('proofs/inclusion')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse({ type: InclusionProof })
  inclusion(@Query() query: InclusionQuery, @Tenant() tenant: string): Promise<InclusionProof> {
    const tree = treeOfRequest(tenant, query);
    return this.queries.inclusion(tree, query, (stream) => {
      if (tree !== wholeTree && parseStream(stream)?.tenant !== tree)
        throw new ProblemError('wrong-tenant', 'the stream is not of this tenant');
    });
  }

  /** That the tree of size `to` begins with the tree of size `from`. */
  @Get('proofs/consistency')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse({ type: ConsistencyProof })
  consistency(@Query() query: ConsistencyQuery, @Tenant() tenant: string): Promise<ConsistencyProof> {
    return this.queries.consistency(treeOfRequest(tenant, query), query);
  }

  /** The keys that sign the checkpoints of all trees. */
  @Get('keys')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse({ type: LogKeys })
  keys(): Promise<LogKeys> {
    return this.queries.keys();
  }

  /** A tile of the tree (C2SP tlog-tiles): up to 256 hashes of 32 bytes. */
  @Get('tiles/:level/:index')
  @RequireScope('AUDIT_READ')
  @Header('content-type', 'application/octet-stream')
  @ApiOkResponse(answerIn('application/octet-stream', 'Up to 256 hashes of 32 bytes'))
  async tile(
    @Param('level') level: string,
    @Param('index') index: string,
    @Query() query: TreeQuery,
    @Tenant() tenant: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const tree = treeOfRequest(tenant, query);
    if (!/^[0-6]$/.test(level) || !/^(?:0|[1-9]\d{0,14})$/.test(index))
      throw new ProblemError('not-found', 'the tree has no such tile');
    const hashes = await this.queries.tile(tree, Number(level), Number(index));
    const full = hashes.length === tileWidth * 32;
    await reply
      .header('content-type', 'application/octet-stream')
      .header('cache-control', full ? 'private, max-age=31536000, immutable' : 'no-store')
      .send(hashes);
  }
}
