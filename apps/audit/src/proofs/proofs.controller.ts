import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { systemTenant } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { tenantOf, tileWidth, wholeTree } from '@interlock/tree';
import { answerIn, AnswersProblems, RequireScope, Tenant, PageQuery } from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import {
  type CheckpointPage,
  type ConsistencyProof,
  ConsistencyQuery,
  type InclusionProof,
  InclusionQuery,
  type LogKeys,
  TreeQuery,
} from './proofs.dto.js';
import { ProofsQueries } from './proofs.queries.js';

/**
 * Returns the tree that a caller asks for: the request's tenant's, or the whole log's if that
 * tenant is the system.
 */
export const treeOfRequest = (tenant: string, query: { readonly whole?: string }): string => {
  if (query.whole !== 'true') return tenant;
  if (tenant !== systemTenant)
    throw new ProblemError(
      'wrong-tenant',
      `the tree over the whole log is for tenant \`${systemTenant}\` only`,
    );
  return wholeTree;
};

const isTileIndex = (text: string): boolean => /^(?:0|[1-9]\d{0,14})$/.test(text);

/**
 * Serves the checkpoints and proofs against them. A tenant's tree holds only its own events. One
 * chain of checkpoints signs all trees.
 */
@ApiTags('audit')
@Controller('api/v1/audit')
export class ProofsController {
  constructor(private readonly queries: ProofsQueries) {}

  @Get('checkpoint')
  @ApiOperation({
    summary: 'Get the latest signed checkpoint of the log',
    description: 'A signed note (C2SP tlog-checkpoint) with all cosignatures.',
  })
  @AnswersProblems('no-checkpoint')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse(answerIn('text/plain', 'A signed note'))
  async checkpoint(@Res() reply: FastifyReply): Promise<void> {
    const { note } = await this.queries.latest();
    await reply
      .header('content-type', 'text/plain; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(note);
  }

  @Get('checkpoints')
  @ApiOperation({ summary: 'List the checkpoints of the log, newest first' })
  @RequireScope('AUDIT_READ')
  checkpoints(@Query() query: PageQuery): Promise<CheckpointPage> {
    return this.queries.checkpoints(query) as Promise<CheckpointPage>;
  }

  @Get('proofs/inclusion')
  @ApiOperation({
    summary: 'Prove that an event is a leaf of the tree',
    description: 'The query names the event by its position, or by its stream and revision.',
  })
  @AnswersProblems('no-checkpoint', 'not-found', 'tree-inconsistent')
  @RequireScope('AUDIT_READ')
  inclusion(@Query() query: InclusionQuery, @Tenant() tenant: string): Promise<InclusionProof> {
    const tree = treeOfRequest(tenant, query);
    return this.queries.inclusion(tree, query, (stream) => {
      if (tree !== wholeTree && tenantOf(stream) !== tree)
        throw new ProblemError('wrong-tenant', 'the stream is not of this tenant');
    });
  }

  @Get('proofs/consistency')
  @ApiOperation({
    summary: 'Prove that a later tree extends an earlier one',
    description: 'The tree of size `to` begins with the tree of size `from`.',
  })
  @AnswersProblems('no-checkpoint', 'tree-inconsistent')
  @RequireScope('AUDIT_READ')
  consistency(@Query() query: ConsistencyQuery, @Tenant() tenant: string): Promise<ConsistencyProof> {
    return this.queries.consistency(treeOfRequest(tenant, query), query);
  }

  @Get('keys')
  @ApiOperation({ summary: 'List the keys that sign the checkpoints' })
  @AnswersProblems('no-checkpoint')
  @RequireScope('AUDIT_READ')
  keys(): Promise<LogKeys> {
    return this.queries.keys();
  }

  @Get('tiles/entries/:index')
  @ApiOperation({
    summary: 'Get a tile of entries of the whole tree',
    description: 'C2SP tlog-tiles: up to 256 entries, each preceded by its length in two bytes.',
  })
  @AnswersProblems('not-found', 'no-checkpoint')
  @RequireScope('AUDIT_READ')
  @Header('content-type', 'application/octet-stream')
  @ApiOkResponse(answerIn('application/octet-stream', 'Up to 256 entries, each after its length'))
  async entries(
    @Param('index') index: string,
    @Query() query: TreeQuery,
    @Tenant() tenant: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (treeOfRequest(tenant, query) !== wholeTree || !isTileIndex(index))
      throw new ProblemError('not-found', 'the tree has no such tile of entries');
    const { bundle, full } = await this.queries.entries(Number(index));
    await this.#sendTile(reply, bundle, full);
  }

  @Get('tiles/:level/:index')
  @ApiOperation({
    summary: 'Get a tile of hashes of the tree',
    description: 'C2SP tlog-tiles: up to 256 hashes of 32 bytes.',
  })
  @AnswersProblems('not-found', 'no-checkpoint')
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
    if (!/^[0-6]$/.test(level) || !isTileIndex(index))
      throw new ProblemError('not-found', 'the tree has no such tile');
    const hashes = await this.queries.tile(tree, Number(level), Number(index));
    await this.#sendTile(reply, hashes, hashes.length === tileWidth * 32);
  }

  async #sendTile(reply: FastifyReply, tile: Buffer, full: boolean): Promise<void> {
    await reply
      .header('content-type', 'application/octet-stream')
      .header('cache-control', full ? 'private, max-age=31536000, immutable' : 'no-store')
      .send(tile);
  }
}
