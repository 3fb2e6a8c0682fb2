import { Body, Controller, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { BundleDto } from '../bundles/bundles-answers.dto.js';
import type { PublicKeysDto, SigningViewDto } from './exchange-answers.dto.js';
import {
  AnswersProblems,
  anyObject,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  newId,
  nowText,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { envelopeSchema } from '@interlock/policy';
import { bundleView } from '../bundles/bundles.queries.js';
import { ExportQuery, ImportQuery, SigningDto } from './exchange.dto.js';
import { ExchangeService, type Exported, type SigningView } from './exchange.service.js';
import { requireNoTeams, teamForNew } from '../teams/visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };

// A schema inside a document has no name or version of its own.
const { $schema: _version, $id: _name, ...envelope } = envelopeSchema;
const exported = {
  schema: {
    ...envelope,
    properties: {
      ...envelope.properties,
      bundle: {
        ...anyObject,
        description: 'A bundle by the JSON Schema that GET /api/v1/policy/schema serves',
      },
    },
  } as never,
};

@ApiTags('bundles')
@Controller('api/v1/policy')
export class ExchangeController {
  constructor(private readonly exchange: ExchangeService) {}

  @Get('bundles/:id/export')
  @ApiOperation({
    summary: 'Export a bundle as a signed document',
    description:
      'The document can be imported elsewhere until it expires. Texts that people wrote stay encrypted in it.',
  })
  @AnswersProblems('bundle-signing-unavailable', 'bundle-too-large', 'bundle-invalid')
  @RequireScope('POLICY_READ')
  @ApiOkResponse(exported)
  async export(
    @Param('id') id: string,
    @Query() query: ExportQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const { envelope } = await this.#exported(tenantId, id, query, principal, reply);
    // INVARIANT: returned as text, so that sealed texts stay sealed: opened, the content would not
    // match its signature.
    return JSON.stringify(envelope);
  }

  @Get('bundles/:id/export/download')
  @ApiOperation({
    summary: 'Download a bundle as a signed file',
    description:
      'The file can be imported elsewhere until it expires. Texts that people wrote stay encrypted in it.',
  })
  @AnswersProblems('bundle-signing-unavailable', 'bundle-too-large', 'bundle-invalid')
  @RequireScope('POLICY_READ')
  @ApiOkResponse(exported)
  async download(
    @Param('id') id: string,
    @Query() query: ExportQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const { envelope, text } = await this.#exported(tenantId, id, query, principal, reply);
    reply.header('content-disposition', `attachment; filename="bundle-${envelope.bundle.version}.json"`);
    return text;
  }

  @Post('bundles/import')
  @ApiOperation({
    summary: 'Import a signed bundle as a draft',
    description: 'An export is imported once per tenant.',
  })
  @AnswersProblems(
    'bundle-invalid',
    'bundle-signature-invalid',
    'bundle-signature-missing',
    'bundle-key-unknown',
    'bundle-expired',
    'bundle-replayed',
    'bundle-lint-failed',
    'bundle-signing-unavailable',
    'already-exists',
  )
  @RequireScope('POLICY_WRITE')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['format', 'export_id', 'bundle', 'provenance', 'expires_at', 'signed_by', 'signatures'],
      description: 'A file as it was exported',
    },
  })
  async import(
    @Body() body: unknown,
    @Query() { team }: ImportQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<BundleDto> {
    const { state, revision, position } = await this.exchange.import(
      tenantId,
      body,
      teamForNew(principal, team),
      (actor) => principal.people.withNamesake(tenantId, actor),
      commandContext(principal),
    );
    reply.header('etag', `"${revision}"`);
    return bundleView(state, 'draft', null, { revision: `${revision}`, position });
  }

  @Get('signing')
  @ApiOperation({ summary: 'Get the signatures that imports require and the keys that sign exports' })
  @RequireScope('POLICY_READ')
  async signing(
    @Tenant() tenantId: string,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SigningViewDto> {
    return tagged(reply, await this.exchange.signing(tenantId, nowText()));
  }

  @Put('signing')
  @ApiOperation({ summary: 'Set the signatures that imports require' })
  @MayLoosen()
  @RequireScope('POLICY_ACTIVATE')
  async configure(
    @Body() { demand }: SigningDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SigningViewDto | ChangeRequestedDto> {
    requireNoTeams(principal, 'what is demanded of imports');
    const context = commandContext(principal);
    const written = await this.exchange.configure(
      tenantId,
      demand,
      principal,
      revision === null ? context : { ...context, expectedRevision: revision },
    );
    return isChangeRequested(written) ? written : tagged(reply, written);
  }

  @Get('signing/keys')
  @ApiOperation({
    summary: 'List the keys that verify exported bundles',
    description: 'An HMAC key is named by its id only.',
  })
  @RequireScope('POLICY_READ')
  publicKeys(@Tenant() tenantId: string): PublicKeysDto {
    return { keys: this.exchange.publicKeys(tenantId) };
  }

  async #exported(
    tenantId: string,
    id: string,
    { expiry_h, expires_in_h: hours = expiry_h }: ExportQuery,
    principal: Principal,
    reply: Reply,
  ): Promise<Exported> {
    // Each export is new, even if a client sends an idempotency key with every request.
    const exported = await this.exchange.export(
      tenantId,
      id,
      hours === undefined ? undefined : Number(hours),
      principal.actor,
      commandContext(principal, nowText(), { commandId: newId() }),
    );
    reply.header('cache-control', 'no-store');
    reply.header('content-type', 'application/json; charset=utf-8');
    return exported;
  }
}

const tagged = (reply: Reply, view: SigningView): SigningView => {
  reply.header('etag', `"${view.revision}"`);
  return view;
};
