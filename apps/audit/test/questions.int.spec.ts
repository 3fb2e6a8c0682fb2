import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { LogQuestion, questions, type Asked, type QuestionName } from '@interlock/replay';
import { nameOfSystemEvent, readExportedLine } from '@interlock/tree';
import type { BrowsedEventsDto } from '../src/browse/browse.dto.js';
import type { AuditAnswerDto } from '../src/questions/questions.dto.js';
import { Audited } from './audited.js';

const audited = new Audited();
/** The demo's recorded log, with denied, approved and completed actions. */
const demo = readFileSync(new URL('../../../fixtures/streams/demo-earlier.ndjson', import.meta.url), 'utf8')
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

describe('browsing the running log', () => {
  const browse = async (query: { readonly [name: string]: string } = {}): Promise<BrowsedEventsDto> => {
    const { status, json } = await audited.get<BrowsedEventsDto>(`/browse?${new URLSearchParams(query)}`);
    expect(status).toBe(200);
    return json;
  };
  let read: Promise<readonly RecordedEvent[]> | undefined;
  /** What is in the log but for the reads, which go on; the cases append nothing else. */
  const logged = async (): Promise<readonly RecordedEvent[]> =>
    (await (read ??= audited.eventsOf('demo'))).filter(({ stream }) => !stream.startsWith('access-'));
  const idsOf = ({ items }: BrowsedEventsDto): readonly string[] => items.map(({ event_id: id }) => id);
  /** Every page; the reads themselves are recorded and left out. */
  const all = async (query: { readonly [name: string]: string }): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await browse({ ...query, ...(cursor === '' ? {} : { cursor }) });
      ids.push(...page.items.flatMap(({ stream, event_id: id }) => (/^access-/.test(stream) ? [] : [id])));
      cursor = page.next;
    }
    return ids;
  };

  it('gives every event once, from either end, in pages', async () => {
    const ids = (await logged()).map(({ id }) => id);
    expect(await all({ order: 'oldest', limit: '150' })).toEqual(ids);
    expect(await all({ limit: '200' })).toEqual(ids.toReversed());
  });

  it.each<readonly [string, { readonly [name: string]: string }, (event: RecordedEvent) => boolean]>([
    ['a category', { category: 'alert,incident' }, ({ stream }) => /^(?:alert|incident)-/.test(stream)],
    ['a type', { type: 'TraceImported' }, ({ type }) => type === 'TraceImported'],
    [
      'an entity',
      { entity: 'cell-001-1' },
      ({ stream, data }) => stream.endsWith(':cell-001-1') || JSON.stringify(data).includes('"cell-001-1"'),
    ],
    [
      'a service',
      { by: 'safety-rails' },
      ({ metadata: { actor } }) => actor.kind === 'service' && actor.service === 'safety-rails',
    ],
  ])('by %s', async (_what, query, wanted) => {
    const ids = (await logged()).filter(wanted).map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(await all({ ...query, order: 'oldest', limit: '200' })).toEqual(ids);
  });

  it('follows a correlation, and a cause back and forth', async () => {
    const events = await logged();
    const effect = events.find(({ metadata: { $causationId: cause } }) =>
      events.some(({ id }) => id === cause),
    )!;
    const { $correlationId: correlation, $causationId: cause = '' } = effect.metadata;
    const ofIt = events.filter(({ metadata }) => metadata.$correlationId === correlation);
    expect(await all({ correlation, order: 'oldest' })).toEqual(ofIt.map(({ id }) => id));
    expect(idsOf(await browse({ id: cause }))).toContain(cause);
    expect(await all({ cause: `${cause},of-no-event`, order: 'oldest' })).toContain(effect.id);
  });

  it('finds a time without looking through what is later', async () => {
    const events = await logged();
    const middle = events[Math.floor(events.length / 2)]!.created;
    const before = events.filter(({ created }) => created < middle);
    expect(before.length).toBeGreaterThan(0);
    const page = await browse({ until: middle, limit: '5' });
    expect(idsOf(page)).toEqual(
      before
        .slice(-5)
        .reverse()
        .map(({ id }) => id),
    );
    expect(page.looked_through).toBe(5);
    const since = events.filter(({ created }) => created >= middle);
    expect((await all({ since: middle, order: 'oldest' })).slice(0, since.length)).toEqual(
      since.map(({ id }) => id),
    );
  });

  it('says how far it looked where nothing matches, and is refused without the right', async () => {
    const none = await browse({ entity: 'nothing-of-the-kind' });
    expect([none.items, none.next]).toEqual([[], null]);
    expect(none.looked_through).toBeGreaterThanOrEqual((await logged()).length);
    expect(none.reached).not.toBeNull();
    expect((await audited.get('/browse', { scopes: ['ALERT_READ'] })).status).toBe(403);
    expect((await audited.get('/browse?category=A')).status).toBe(422);
    const other = await audited.get<BrowsedEventsDto>('/browse', { tenant: 'other' });
    expect(other.json.items.filter(({ stream }) => !stream.includes('-other:'))).toEqual([]);
  });
});
