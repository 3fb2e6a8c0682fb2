import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { parsePosition, positionText, ProblemError, type Position } from '@interlock/kernel';
import {
  AnswersProblems,
  CurrentPrincipal,
  OpenAtOnce,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { monthPeriod, questions, type Answer, type Asked, type QuestionName } from '@interlock/replay';
import { UncutLog } from '../archive/uncut-log.js';
import { AccessRecords, filterOf } from '../people/access-records.js';
import { answered, eventsFor } from './asked-log.js';
import { QuestionQuery, type AuditAnswerDto } from './questions.dto.js';

/** The questions that a tenant and a principal may ask at a time. Each one reads the whole log. */
const questionLimits = { what: 'questions', perTenant: 4, perPrincipal: 2 } as const;
const usual = 500;
const most = 1000;

const isQuestion = (name: string): name is QuestionName => Object.hasOwn(questions, name);
const fault = (pointer: string, detail: string): ProblemError =>
  new ProblemError('validation-failed', 'the query has 1 fault', { violations: [{ pointer, detail }] });

/** Returns the parameters of a question. Throws `validation-failed` if the query lacks one. */
const askedIn = (name: QuestionName, { id, since, until, month, scope, at }: QuestionQuery): Asked => {
  if (questions[name].subject || (name === 'rights' && scope === undefined && at === undefined)) {
    if (id === undefined) throw fault('/query/id', 'must name an action, plan, bundle or change request');
    return { id };
  }
  if (id !== undefined) throw fault('/query/id', 'must not be given together with the others');
  if (name === 'rights') {
    if (scope === undefined || at === undefined) throw fault('/query/at', 'needs a scope and a time');
    return { scope, at };
  }
  if (month === undefined)
    return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  if (since !== undefined || until !== undefined)
    throw fault('/query/month', 'must not be given together with since or until');
  return monthPeriod(month) ?? {};
};

/** The start of a page: the log position that the answer covers, and the index in the answer. */
type Place = { readonly end: Position; readonly from: number };
const placeOf = (cursor: string): Place => {
  const [, position = '', from = ''] = /^([\d/]{1,41}):(\d{1,9})$/.exec(cursor) ?? [];
  const end = parsePosition(position);
  if (end === undefined) throw fault('/query/cursor', 'must be the `next` of a page of this answer');
  return { end, from: Number(from) };
};

/** Answers the auditor's questions from the running log. */
@ApiTags('audit')
@Controller('api/v1/audit/questions')
export class QuestionsController {
  readonly #running = new OpenAtOnce(questionLimits);

  constructor(
    private readonly log: UncutLog,
    private readonly access: AccessRecords,
  ) {}

  @Get(':question')
  @ApiOperation({
    summary: "Answer one of the auditor's questions",
    description:
      'The questions are `approvals`, `unapproved`, `overrides`, `rights`, `access`, `said` and `decided`. The answer is that of `interlock audit <question>`. Each page reads the log again, up to the position of the first page.',
  })
  @AnswersProblems('not-found', 'rate-limited')
  @RequireScope('AUDIT_READ')
  async question(
    @Param('question') name: string,
    @Query() query: QuestionQuery,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AuditAnswerDto> {
    if (!isQuestion(name))
      throw new ProblemError('not-found', `\`${name.slice(0, 64)}\` is not a question`, {
        remedy: `ask one of ${Object.keys(questions).join(', ')}`,
      });
    const asked = askedIn(name, query);
    const given = query.cursor === undefined ? null : placeOf(query.cursor);
    const limit = Math.min(Math.max(query.limit ?? usual, 1), most);
    const release = this.#running.enter(tenant, principal);
    try {
      const end = given?.end ?? (await this.log.head()) ?? { commit: 0n, prepare: 0n };
      const { cursor: _page, ...filter } = query;
      const read = { route: 'questions', filter: filterOf({ ...filter, question: name }) };
      const events = this.access.counted(principal, read, eventsFor(this.log, tenant, name, end));
      return pageOf(await answered(this.log, name, asked, events), { end, from: given?.from ?? 0 }, limit);
    } finally {
      release();
    }
  }
}

const pageOf = (
  { question, found, summary, items, missing, notes, events }: Answer,
  { end, from }: Place,
  limit: number,
): AuditAnswerDto => ({
  question,
  found,
  summary,
  total: items.length,
  items: items.slice(from, from + limit).map(({ facts, ...item }) => ({
    ...item,
    facts: Object.entries(facts).map(([fact, value]) => ({
      name: fact,
      values: typeof value === 'string' ? [value] : value,
    })),
  })),
  missing,
  notes,
  events,
  position: positionText(end),
  next: from + limit < items.length ? `${positionText(end)}:${from + limit}` : null,
});
