import { setTimeout as delay } from 'node:timers/promises';
import { subject } from '@interlock/contracts';
import { startNats, type TestNats } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NatsConnection } from 'nats';
import { BusPublisher, newestMessages, type NewestPage } from '../src/index.js';

let bus: TestNats;
let connection: NatsConnection;
let publisher: BusPublisher;

/** So many refusals of the tenant `few`, each after so many of the tenant `many`. */
const [few, between] = [5, 20];
const subjectOf = (tenant: string): string => subject({ kind: 'rejected', tenant });
const decoder = new TextDecoder();
type Options = {
  readonly limit?: number;
  readonly scan?: number;
  readonly from?: number;
  readonly since?: string;
  readonly wanted?: (n: number) => boolean;
};
const page = (
  tenant: string,
  { wanted = () => true, ...options }: Options = {},
): Promise<NewestPage<{ readonly n: number; readonly at: string }>> =>
  newestMessages(connection, 'REJECTED', {
    subject: subjectOf(tenant),
    limit: 50,
    scan: 256,
    ...options,
    wanted: ({ at, data }) => {
      const { n } = JSON.parse(decoder.decode(data)) as { readonly n: number };
      return wanted(n) ? { n, at } : undefined;
    },
  });
const numbers = (items: readonly { readonly n: number }[]): readonly number[] => items.map(({ n }) => n);

const many = (count: number, id: string): Promise<unknown> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      publisher.publish(subjectOf('many'), { n: i }, { msgId: `${id}-${i}` }),
    ),
  );

beforeAll(async () => {
  bus = await startNats();
  connection = await bus.connection();
  publisher = new BusPublisher(connection);
  for (let n = 1; n <= few; n += 1) {
    await many(between, `many-${n}`);
    // A quick bus would take two of them in the same millisecond.
    await delay(5);
    await publisher.publish(subjectOf('few'), { n }, { msgId: `few-${n}` });
  }
});

afterAll(() => bus.stop());

describe('the newest messages on a subject', () => {
  it('come newest first, and no page follows the first message of the stream', async () => {
    const { items, next } = await page('few');
    expect([numbers(items), next]).toEqual([[5, 4, 3, 2, 1], null]);
    expect(await page('nobody')).toEqual({ items: [], next: null });
  });

  it('come page by page, none twice and none left out, where only so many are looked at for each', async () => {
    const pages: (readonly number[])[] = [];
    for (let from: number | null | undefined; from !== null;) {
      const { items, next } = await page('few', { scan: 30, ...(from === undefined ? {} : { from }) });
      pages.push(numbers(items));
      from = next;
    }
    expect(pages.flat()).toEqual([5, 4, 3, 2, 1]);
    expect(pages.length).toBe(Math.ceil((few * (between + 1)) / 30));
  });

  it('begin at the newest of the subject, however many others came after it', async () => {
    await many(40, 'later');
    expect(numbers((await page('few', { scan: 1 })).items)).toEqual([5]);
  });

  it('are as many as the limit, and the next page goes on behind them', async () => {
    const first = await page('few', { limit: 2 });
    expect(numbers(first.items)).toEqual([5, 4]);
    expect(numbers((await page('few', { limit: 2, from: first.next ?? 0 })).items)).toEqual([3, 2]);
    expect(numbers((await page('few', { limit: 1, wanted: (n) => n === 2 })).items)).toEqual([2]);
  });

  it('end at a time', async () => {
    const { items } = await page('few');
    const [, fourth] = items;
    const since = await page('few', { since: fourth?.at ?? '' });
    expect([numbers(since.items), since.next]).toEqual([[5, 4], null]);
  });
});
