import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { LogQuestion, questions, type Asked, type QuestionName } from '@interlock/replay';
import { nameOfSystemEvent, readExportedLine } from '@interlock/tree';
import type { AuditAnswerDto } from '../src/questions/questions.dto.js';
import { Audited } from './audited.js';

const audited = new Audited();
/** The demo's recorded log, with denied, approved and completed actions. */
const demo = readFileSync(new URL('../../../fixtures/streams/demo.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line): RecordedEvent => {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    return read.event;
  });
const actionOf = (type: string): string => parseStream(demo.find((event) => event.type === type)!.stream)!.id;

const ask = async (
  name: string,
  query: { readonly [name: string]: string } = {},
): Promise<{ readonly status: number; readonly json: AuditAnswerDto & { readonly code?: string } }> =>
  audited.get(`/questions/${name}?${new URLSearchParams(query)}`);

/** What the command answers: the same fold over the events that the log gives out. */
const told = async (name: QuestionName, asked: Asked): Promise<ReturnType<LogQuestion['answer']>> => {
  const question = new LogQuestion(name, asked);
  for (const event of await audited.eventsOf('demo')) question.take(event);
  for (const event of await audited.events())
    if (nameOfSystemEvent(event) !== null) question.takeNamed(event);
  return question.answer();
};

beforeAll(async () => {
  await audited.begin();
  await audited.start();
  for (const { stream, id, type, data, metadata } of demo)
    await audited.parts.log.store.append(stream, [{ id, type, data, metadata }], 'any');
});
afterAll(() => audited.end());

describe('a question to the running log', () => {
  it.each<readonly [QuestionName, Asked]>([
    ['approvals', { id: actionOf('ActionCompleted') }],
    ['said', { id: actionOf('ActionCompleted') }],
    ['decided', { id: actionOf('ActionCompleted') }],
    ['rights', { id: actionOf('ConfirmationWindowOpened') }],
    ['unapproved', {}],
    ['overrides', { since: '2020-01-01T00:00:00.000Z' }],
  ])('is answered as the command does: %s', async (name, asked) => {
    const { status, json } = await ask(name, asked as { readonly [name: string]: string });
    const { items, summary, missing, notes, found } = await told(name, asked);
    expect([status, json.question, json.found, json.next]).toEqual([200, name, found, null]);
    expect([json.summary, json.missing, json.notes, json.total]).toEqual([
      summary,
      missing,
      notes,
      items.length,
    ]);
    expect(
      json.items.map(({ facts, ...item }) => ({
        ...item,
        facts: facts.map(({ name: fact, values }) => [fact, values]),
      })),
    ).toEqual(
      items.map(({ facts, ...item }) => ({
        ...item,
        facts: Object.entries(facts).map(([fact, value]) => [
          fact,
          typeof value === 'string' ? [value] : value,
        ]),
      })),
    );
  });

  it('comes in pages of the log as it was at the first', async () => {
    const whole = (await ask('unapproved')).json;
    expect(whole.total).toBeGreaterThan(1);
    const pages: AuditAnswerDto[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query: { [name: string]: string } = cursor === '' ? { limit: '1' } : { limit: '1', cursor };
      const { status, json } = await ask('unapproved', query);
      expect([status, json]).toEqual([200, expect.objectContaining({ question: 'unapproved' })]);
      pages.push(json);
      // The log grows between two pages.
      await audited.append('action-demo:later');
      cursor = pages.at(-1)!.next;
    }
    expect(pages.flatMap(({ items }) => items)).toEqual(whole.items);
    expect(new Set(pages.map(({ position, events }) => `${position} ${events}`)).size).toBe(1);
  });

  it("is recorded as a read of the log, the first of the reader's hour", async () => {
    const asked = await audited.get('/questions/overrides?month=2026-11', { sub: 'otto' });
    expect(asked.status).toBe(200);
    const { items } = (await ask('access')).json;
    const filters = items.flatMap(({ facts }) => facts.filter(({ name }) => name === 'filter'));
    expect(filters).toContainEqual({ name: 'filter', values: ['month=2026-11 question=overrides'] });
  });

  it.each([
    ['nothing', {}, 404, 'not-found'],
    ['approvals', {}, 422, 'validation-failed'],
    ['unapproved', { id: 'x' }, 422, 'validation-failed'],
    ['unapproved', { month: '2026-11', since: '2026-11-01T00:00:00Z' }, 422, 'validation-failed'],
    ['unapproved', { month: 'May' }, 422, 'validation-failed'],
    ['unapproved', { cursor: '12' }, 422, 'validation-failed'],
    ['rights', { scope: 'AUDIT_READ' }, 422, 'validation-failed'],
  ])('is refused where it cannot be answered: %s %j', async (name, query, status, code) => {
    expect(await ask(name, query)).toMatchObject({ status, json: { code } });
  });

  it('needs the right to read the log, of that tenant', async () => {
    expect(await audited.get('/questions/unapproved', { scopes: ['ALERT_READ'] })).toMatchObject({
      status: 403,
    });
    const other = await audited.get<AuditAnswerDto>('/questions/unapproved', { tenant: 'other' });
    expect([other.status, other.json.items]).toEqual([200, []]);
    expect(Object.keys(questions)).toHaveLength(7);
  });
});
