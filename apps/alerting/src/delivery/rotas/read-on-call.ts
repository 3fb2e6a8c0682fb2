import { isObject, isProblem } from '@interlock/kernel';
import type { RotaSource } from '@interlock/notify';
import type { OutboundAnswer } from '@interlock/outbound';
import { destinationOf } from '@interlock/platform';
import { SendFailure } from '../failure.js';
import type { Egress } from '../egress.js';

/** The provider's ids of the people on call, or why they could not be read. */
export type ReadOnCall = { readonly people: readonly string[] } | { readonly fault: string };

type Members = { readonly [name: string]: unknown };
const objectOf = (value: unknown): Members => (isObject(value) ? (value as Members) : {});
const listOf = (value: unknown): readonly unknown[] | null =>
  Array.isArray(value) ? (value as readonly unknown[]) : null;

class Unreadable extends Error {}

const bodyOf = (kind: RotaSource['kind'], { status, body }: OutboundAnswer): Members => {
  if (status < 200 || status >= 300) throw new Unreadable(`${kind} answered ${status}`);
  try {
    return objectOf(JSON.parse(body) as unknown);
  } catch {
    throw new Unreadable(`${kind} answered no JSON`);
  }
};

type Get = (path: string) => Promise<Members>;

const pageSize = 100;
/**
 * The largest number of pages. A schedule has only a few people on call at a time, so more pages
 * are an error.
 */
const mostPages = 20;

/** Calls `GET /oncalls` of PagerDuty's REST API, page by page. */
const fromPagerDuty = async (get: Get, schedule: string, at: string): Promise<readonly string[]> => {
  const people: string[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const query = new URLSearchParams([
      ['schedule_ids[]', schedule],
      ['since', at],
      ['until', at],
      ['limit', `${pageSize}`],
      ['offset', `${page * pageSize}`],
    ]);
    const { oncalls, more } = await get(`/oncalls?${query.toString()}`);
    const listed = listOf(oncalls);
    if (listed === null) throw new Unreadable('pagerduty answered no list of people on call');
    for (const one of listed) {
      const { id } = objectOf(objectOf(one)['user']);
      if (typeof id !== 'string') throw new Unreadable('pagerduty names nobody in an entry of its list');
      people.push(id);
    }
    if (more !== true) return people;
  }
  throw new Unreadable(`pagerduty answered more than ${mostPages} pages`);
};

/** Calls `GET /v2/schedules/{id}/on-calls` of Opsgenie. */
const fromOpsgenie = async (get: Get, schedule: string, at: string): Promise<readonly string[]> => {
  const query = new URLSearchParams({ scheduleIdentifierType: 'id', flat: 'true', date: at });
  const { data } = await get(`/v2/schedules/${encodeURIComponent(schedule)}/on-calls?${query.toString()}`);
  const listed = listOf(objectOf(data)['onCallRecipients']);
  if (listed === null) throw new Unreadable('opsgenie answered no list of people on call');
  if (!listed.every((one) => typeof one === 'string'))
    throw new Unreadable('opsgenie names nobody in an entry of its list');
  return listed;
};

const headersOf = (kind: RotaSource['kind'], token: string): { readonly [name: string]: string } =>
  kind === 'pagerduty'
    ? { authorization: `Token token=${token}`, accept: 'application/vnd.pagerduty+json;version=2' }
    : { authorization: `GenieKey ${token}`, accept: 'application/json' };

/** Asks the provider who is on call at a time. It never throws, and its result holds no secret. */
export const readOnCall = async (
  { http, secrets }: Pick<Egress, 'http' | 'secrets'>,
  tenantId: string,
  { kind, schedule_id, api_url, token_ref }: RotaSource,
  at: string,
): Promise<ReadOnCall> => {
  try {
    const fault = secrets.fault(tenantId, token_ref);
    if (fault !== null) return { fault: `the reference of the secret ${fault}` };
    const token = secrets.read(tenantId, token_ref, destinationOf(api_url)).trim();
    if (token === '') return { fault: `the secret \`${token_ref}\` is not there, or cannot be read` };
    const get: Get = async (path) =>
      bodyOf(
        kind,
        await http.send({
          method: 'GET',
          url: `${api_url.replace(/\/$/, '')}${path}`,
          headers: headersOf(kind, token),
          body: null,
        }),
      );
    const read = kind === 'pagerduty' ? fromPagerDuty : fromOpsgenie;
    return { people: [...new Set(await read(get, schedule_id, at))].sort() };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message };
    if (error instanceof SendFailure) return { fault: `${kind} cannot be reached: ${error.message}` };
    if (isProblem(error, 'secret-not-for-host')) return { fault: error.detail };
    return { fault: `${kind} could not be read` };
  }
};
