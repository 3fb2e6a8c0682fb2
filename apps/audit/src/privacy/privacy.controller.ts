import { Readable } from 'node:stream';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ErasureDto, KnownPersonDto, PeoplePageDto } from './privacy-answers.dto.js';
import { actorKey, isSamePerson, parseStream, refusalKeys } from '@interlock/contracts';
import { comparePositions, ProblemError, type RecordedEvent } from '@interlock/kernel';
import { exportedEvent } from '@interlock/tree';
import { sealedBy, type Author, type People, type Person } from '@interlock/people';
import {
  answerIn,
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  openTexts,
  requirePerson,
  RequireScope,
  SERVICE_CONTEXT,
  PageQuery,
  TenantScoped,
  type Principal,
  type ServiceContext,
  Tenant,
} from '@interlock/platform';
import { pagesOf, reading } from '@interlock/postgres';
import type { FastifyReply } from 'fastify';
import { UncutLog } from '../archive/uncut-log.js';
import { AccessRecords } from '../people/access-records.js';
import { Erasures } from './erasures.js';
import { LookupDto, PersonParams } from './privacy.dto.js';

/** Decrypts the texts of one person only. Texts of others in the same event stay sealed. */
const openerFor = (people: Pick<People, 'open'>, personId: string): Pick<People, 'open'> => ({
  open: (tenants, texts) =>
    people.open(
      tenants,
      [...texts].filter((text) => sealedBy(text) === personId),
    ),
});

const people = pagesOf('people', ['uuid'], ({ person_id }: Person) => [person_id]);

/**
 * Shows who people are and what the log holds about one, and erases them. Only people with the
 * scope may call it, never services.
 */
@ApiTags('privacy')
@RequireScope('PRIVACY_ADMIN')
@Controller('api/v1/audit/people')
export class PrivacyController {
  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    private readonly erasures: Erasures,
    private readonly access: AccessRecords,
    private readonly log: UncutLog,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the people who are known in a tenant' })
  @AnswersProblems('person-required')
  async list(
    @Query() query: PageQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<PeoplePageDto> {
    requirePerson(principal);
    const { limit, after: [after] = [null] } = people.asked(query);
    const rows = await reading(() => this.context.people.page(tenant, after, limit + 1));
    const page = people.of(rows, limit);
    return { items: page.items.map(view), next: page.next };
  }

  @Post('lookup')
  @ApiOperation({ summary: 'Find the person id of a subject' })
  @AnswersProblems('person-required', 'not-found')
  @HttpCode(200)
  async lookup(
    @Body() { subject }: LookupDto,
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<KnownPersonDto> {
    requirePerson(principal);
    const found = await reading(() => this.context.people.find(tenant, subject));
    if (found === null) throw new ProblemError('not-found', 'no person with that subject is known');
    return view(found);
  }

  @Get(':person')
  @ApiOperation({
    summary: 'Export all data about a person',
    description:
      'The first line is the row of the person. One line follows for each event that they acted in or that names them, with their own texts decrypted.',
  })
  @AnswersProblems('person-required')
  @ApiOkResponse(answerIn('application/x-ndjson', "The person's row, then the events that concern them"))
  async export(
    @Param() { person }: PersonParams,
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    requirePerson(principal);
    const author = { tenant_id: tenant, person_id: person };
    const row = await reading(() => this.context.people.person(author.tenant_id, person));
    const erasedAt = row === null ? await this.erasures.erasedAt(author) : null;
    if (row === null && erasedAt === null)
      throw new ProblemError('not-found', `there is no person \`${person}\``);
    this.context.logger.info({ person_id: person, by: principal.requester }, "a person's data are exported");
    await this.access.exported(principal, { what: 'person', filter: `person=${person}`, until: null });
    const head = {
      tenant_id: author.tenant_id,
      person_id: person,
      subject: row?.subject ?? null,
      created_at: row?.created_at ?? null,
      erased_at: erasedAt,
    };
    await reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(Readable.from(this.#lines(author, head), { objectMode: true, highWaterMark: 64 }));
  }

  @Delete(':person')
  @ApiOperation({
    summary: 'Erase a person',
    description:
      'Deletes the row and the key of the person for good, so that their texts can no longer be read. Nobody may erase themselves or a person with the same name.',
  })
  @AnswersProblems('person-required', 'same-person')
  async erase(
    @Param() { person }: PersonParams,
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ErasureDto> {
    requirePerson(principal);
    const erased = refusalKeys(
      await reading(() => this.context.people.withNamesake(tenant, { kind: 'person', person_id: person })),
    );
    // Otherwise an erased person could approve their own request under a new identity.
    if (isSamePerson(principal.refused_as, erased))
      throw new ProblemError('same-person', 'a person cannot erase themselves; another person must do it');
    this.context.logger.info(
      { person_id: person, by: principal.requester },
      'the erasure of a person is asked for',
    );
    return reading(() =>
      this.erasures.erase({ tenant_id: tenant, person_id: person }, commandContext(principal)),
    );
  }

  async *#lines(author: Author, head: object): AsyncGenerator<string> {
    yield `${JSON.stringify({ person: head })}\n`;
    const end = await this.context.store.head();
    if (end === null) return;
    const people = openerFor(this.context.people, author.person_id);
    for await (const event of this.log.readAll({ after: null })) {
      if (comparePositions(event.position, end) > 0) return;
      if (concerns(event, author))
        yield `${JSON.stringify(await openTexts(people, [author.tenant_id], exportedEvent(event)))}\n`;
    }
  }
}

const view = ({ person_id, subject, created_at }: Person): KnownPersonDto => ({
  person_id,
  subject,
  created_at,
});

/** Returns true if the person caused the event, or if it names them or holds a text of theirs. */
const concerns = ({ stream, metadata, data }: RecordedEvent, { tenant_id, person_id }: Author): boolean =>
  parseStream(stream)?.tenant === tenant_id &&
  (actorKey(metadata.actor) === `person:${person_id}` || JSON.stringify(data).includes(person_id));
