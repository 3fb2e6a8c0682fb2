import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { parseStream } from '@interlock/contracts';
import { positionText, ProblemError } from '@interlock/kernel';
import { wholeTree } from '@interlock/tree';
import { answerIn, RequireScope, Tenant } from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import { positionOf } from '../audit.controller.js';
import { ExportQuery } from '../audit.dto.js';
import { ndjson } from '../ndjson.js';
import { treeOfRequest } from '../proofs/proofs.controller.js';
import { SealedExport } from './sealed-export.js';

/** Exports that one tenant may have running at a time. */
export const exportsAtOnce = 4;

/** The log as an auditor takes it away: with the proof that it is what was signed. */
@ApiTags('audit')
@Controller('api/v1/audit')
export class ExportController {
  readonly #running = new Map<string, number>();

  constructor(@Inject(SealedExport) private readonly sealed: SealedExport) {}

  /** Events as NDJSON, then the hashes of their leaves, and last the seal: proof and signed checkpoint. A response without a seal is not whole. */
  @Get('export')
  @RequireScope('AUDIT_READ')
  @ApiOkResponse(answerIn('application/x-ndjson', 'Events, the hashes of their leaves, and the seal'))
  async export(
    @Query() query: ExportQuery,
    @Tenant() tenant: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const tree = treeOfRequest(tenant, query);
    const stream = query.stream ?? null;
    if (stream !== null && tree !== wholeTree && parseStream(stream)?.tenant !== tree)
      throw new ProblemError('wrong-tenant', 'the stream is not of this tenant');
    const after = positionOf(query.after, '/query/after');
    const until = positionOf(query.until, '/query/until');
    const release = this.#enter(tree);
    try {
      const prepared = await this.sealed.prepare({
        tree,
        after,
        until,
        stream,
        categories: query.category?.split(',') ?? null,
        limit: query.limit === undefined ? Infinity : Number(query.limit),
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

  /** Counts an export in; the answer counts it out, once. */
  #enter(tree: string): () => void {
    const running = this.#running.get(tree) ?? 0;
    if (running >= exportsAtOnce)
      throw new ProblemError(
        'rate-limited',
        `${exportsAtOnce} exports of this tenant are running, which is as many as may`,
        { remedy: 'wait for one to end' },
      );
    this.#running.set(tree, running + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#running.set(tree, this.#running.get(tree)! - 1);
      if (this.#running.get(tree) === 0) this.#running.delete(tree);
    };
  }
}
