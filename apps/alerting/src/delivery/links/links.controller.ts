import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { streamName } from '@interlock/contracts';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import { forgedLinks, type LinkCommand, type LinkRefusal } from '@interlock/notify';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  nowText,
  requirePerson,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { LinkHandler } from '../../handlers.js';
import { LINKS } from '../tokens.js';
import { linkIn, type LinkContent, type Links } from './link-token.js';

export class OpenLinkDto {
  /** The part of the link after `#`. */
  @IsString() @MaxLength(2048) token!: string;
}

/** The page to show. The session decides what its person may do there. */
export type OpenedLinkDto = {
  readonly page: string;
  readonly alert_id: string;
};

const words: { readonly [reason in LinkRefusal]: string } = {
  used: 'the link was opened before, and opens once',
  expired: 'the link has expired',
  forged: 'the link belongs to another installation or tenant',
};

/** The one-time links in messages. A link grants nothing; it only names a page. */
@ApiTags('alerts')
@Controller('api/v1/alerts/links')
export class LinksController {
  constructor(
    private readonly links: LinkHandler,
    @Inject(LINKS) private readonly known: Links | null,
  ) {}

  @Post('open')
  @ApiOperation({
    summary: 'Open the one-time link of a message',
    description: 'A link opens once, for a person. A used, expired or forged link is refused and recorded.',
  })
  @AnswersProblems('person-required', 'link-refused')
  @HttpCode(200)
  @RequireScope('ALERT_READ')
  async open(
    @Body() { token }: OpenLinkDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<OpenedLinkDto> {
    requirePerson(principal);
    const now = nowText();
    const by = principal.requester;
    const link = this.#read(token, tenantId);
    const command: LinkCommand =
      link === null
        ? { kind: 'forged', link_id: uuidV5('forged-link', token), by }
        : {
            kind: 'open',
            link_id: link.id,
            alert_id: link.alert,
            channel_id: link.channel,
            page: link.page,
            by,
            expires_at: new Date(link.expires * 1000).toISOString(),
            now,
          };
    const { events } = await this.links.handle(
      streamName('link', tenantId, link?.id ?? forgedLinks(now)),
      command,
      commandContext(principal, now),
    );
    const [event] = events;
    if (event?.type === 'LinkOpened') return { page: event.data.page, alert_id: event.data.alert_id };
    const reason = event?.data.reason ?? (link === null ? 'forged' : 'used');
    throw new ProblemError('link-refused', words[reason], {
      members: { reason },
      remedy: 'open the console; Approvals lists the requests that wait for you',
    });
  }

  #read(token: string, tenantId: string): LinkContent | null {
    const link = this.known === null ? null : linkIn(token, this.known.keys);
    return link?.tenant === tenantId ? link : null;
  }
}
