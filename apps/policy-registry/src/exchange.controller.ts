import { Body, Controller, Get, Inject, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { actingFor, commandContext, CurrentPrincipal, IfMatch, newId, nowText, requestTenant, RequireScope, type Principal } from '@interlock/platform';
import { envelopeSchema, type PublicBundleKey } from '@interlock/policy';
import { contextOf } from './context-of.js';
import { bundleView } from './bundles.queries.js';
import { ExportQuery, ImportQuery, SigningDto } from './exchange.dto.js';
import { ExchangeService, type Exported, type SigningView } from './exchange.service.js';
import { requireNoTeams, teamForNew } from './visibility.js';

type Reply = { readonly header: (name: string, value: string) => unknown };
type Asked = { readonly headers: { readonly [name: string]: string | readonly string[] | undefined }; readonly query?: unknown };

@ApiTags('bundles')
@Controller('api/v1/policy')
export class ExchangeController {
  constructor(@Inject(ExchangeService) private readonly exchange: ExchangeService) {}

  /** The bundle as a signed file that can be imported elsewhere until it expires. What a person wrote is in it as the signature is over it, sealed. */
  @Get('bundles/:id/export')
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ schema: envelopeSchema as never })
  async export(@Param('id') id: string, @Query() query: ExportQuery, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    const { envelope } = await this.#exported(id, query, request, principal, reply);
    // INVARIANT: as text it passes where texts are opened: opened, it would not be what was signed.
    return JSON.stringify(envelope);
  }

  /** The same as a file to keep. */
  @Get('bundles/:id/export/download')
  @RequireScope('POLICY_READ')
  async download(@Param('id') id: string, @Query() query: ExportQuery, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<string> {
    const { envelope, text } = await this.#exported(id, query, request, principal, reply);
    reply.header('content-disposition', `attachment; filename="bundle-${envelope.bundle.version}.json"`);
    return text;
  }

  /** Makes a draft of an exported file. */
  @Post('bundles/import')
  @RequireScope('POLICY_WRITE')
  @ApiBody({ schema: { type: 'object', required: ['format', 'export_id', 'bundle', 'provenance', 'expires_at', 'signed_by', 'signatures'], description: 'A file as it was exported' } })
  async import(@Body() body: unknown, @Query() { team }: ImportQuery, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<object> {
    const tenantId = requestTenant(principal, request);
    const { state, revision, position } = await this.exchange.import(tenantId, body, teamForNew(principal, team), await contextOf(principal, tenantId));
    reply.header('etag', `"${revision}"`);
    return bundleView(state, 'draft', null, { revision: `${revision}`, position });
  }

  /** Whose signatures the tenant demands of what is imported, and which keys sign what is exported. */
  @Get('signing')
  @RequireScope('POLICY_READ')
  async signing(@Req() request: Asked, @CurrentPrincipal() principal: Principal, @Res({ passthrough: true }) reply: Reply): Promise<SigningView> {
    return tagged(reply, await this.exchange.signing(requestTenant(principal, request), nowText()));
  }

  @Put('signing')
  @RequireScope('POLICY_ACTIVATE')
  async configure(@Body() { demand }: SigningDto, @Req() request: Asked, @CurrentPrincipal() principal: Principal, @IfMatch() revision: bigint | null, @Res({ passthrough: true }) reply: Reply): Promise<SigningView> {
    const tenantId = requestTenant(principal, request);
    requireNoTeams(principal, 'what is demanded of imports');
    const context = await contextOf(principal, tenantId);
    return tagged(reply, await this.exchange.configure(tenantId, demand, revision === null ? context : { ...context, expectedRevision: revision }));
  }

  /** What files are verified with: of an HMAC key its id alone. */
  @Get('signing/keys')
  @RequireScope('POLICY_READ')
  publicKeys(@Req() request: Asked, @CurrentPrincipal() principal: Principal): { readonly keys: readonly PublicBundleKey[] } {
    return { keys: this.exchange.publicKeys(requestTenant(principal, request)) };
  }

  async #exported(id: string, { expiry_h, expires_in_h: hours = expiry_h }: ExportQuery, request: Asked, principal: Principal, reply: Reply): Promise<Exported> {
    const tenantId = requestTenant(principal, request);
    const acting = await actingFor(principal, tenantId);
    // Every export is one of its own, also of a client that sends an idempotency key with everything.
    const exported = await this.exchange.export(tenantId, id, hours === undefined ? undefined : Number(hours), acting.actor, commandContext(acting, nowText(), { tenantId, commandId: newId() }));
    reply.header('cache-control', 'no-store');
    reply.header('content-type', 'application/json; charset=utf-8');
    return exported;
  }
}

const tagged = (reply: Reply, view: SigningView): SigningView => {
  reply.header('etag', `"${view.revision}"`);
  return view;
};
