import { describe, expect, it } from '@jest/globals';
import type { Answer } from '@interlock/api-types';
import type { ActionIntentV1 } from '@interlock/contracts';
import { byHttp, outcomesOf } from '../src/commands/actions/intents.js';
import { NoAnswer, type Session } from '../src/connection/session.js';

type Actions = Answer<'/api/v1/autonomous/actions', 'get'>;
type Rejected = Answer<'/api/v1/autonomous/intents/rejected', 'get'>;

const soon = (): number => performance.now() + 20_000;
const refusal = (intent: string): Rejected['items'][number] => ({
  rejected_at: '2026-01-31T08:00:00.000Z',
  tenant_id: 'demo',
  intent_id: intent,
  code: 'validation-failed',
  detail: 'the intent has 1 fault',
  violations: [{ pointer: '/agent', detail: 'must be there' }],
});

/**
 * A server that accepts or refuses these intents, 200 a page. It drops the connection if more is
 * requested at once than a small server accepts.
 */
const serverOf = (
  accepted: readonly string[],
  refused: readonly string[],
  lost = 0,
): Pick<Session, 'fetch'> & { readonly most: () => number } => {
  let now = 0;
  let most = 0;
  let toLose = lost;
  const pageOf = <Row>(
    rows: readonly Row[],
    query: URLSearchParams,
  ): { items: readonly Row[]; next: string | null } => {
    const from = Number(query.get('cursor') ?? 0);
    const limit = Math.min(200, Number(query.get('limit') ?? 50));
    return {
      items: rows.slice(from, from + limit),
      next: from + limit < rows.length ? `${from + limit}` : null,
    };
  };
  return {
    most: () => most,
    fetch: async (_method, path) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise(setImmediate);
      now -= 1;
      if (now > 40 || toLose-- > 0) throw new NoAnswer('Interlock does not answer: is it running?');
      const { pathname, searchParams } = new URL(path, 'http://stand-in');
      const wanted = searchParams.get('intent_id');
      const of = (ids: readonly string[]): readonly string[] =>
        ids.filter((id) => wanted === null || id === wanted);
      const body = pathname.endsWith('/rejected')
        ? pageOf(of(refused).map(refusal), searchParams)
        : pageOf(
            of(accepted).map((id): Pick<Actions['items'][number], 'intent_id' | 'action_id'> => ({
              intent_id: id,
              action_id: `action of ${id}`,
            })),
            searchParams,
          );
      return new Response(JSON.stringify(body));
    },
  };
};
const ids = Array.from({ length: 500 }, (_, i) => `many-${i}`);

describe('the outcomes of published intents', () => {
  it('are found for five hundred without a single request for all', async () => {
    const server = serverOf(ids.slice(3), ids.slice(0, 3));
    const outcomes = await outcomesOf(server, ids, 0, soon());
    expect(outcomes.map(({ intent_id }) => intent_id)).toEqual(ids);
    expect(outcomes.filter(({ outcome }) => outcome === 'accepted')).toHaveLength(497);
    expect(outcomes[0]).toMatchObject({
      outcome: 'refused',
      code: 'validation-failed',
      detail: 'the intent has 1 fault; /agent: must be there',
    });
    expect(server.most()).toBeLessThanOrEqual(40);
  });

  it('are found although one request fails', async () => {
    const outcomes = await outcomesOf(serverOf(ids, [], 3), ids.slice(0, 4), 0, soon());
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 4 }, () => 'accepted'));
  });

  it('are unknown if no answer comes in time', async () => {
    expect(await outcomesOf(serverOf([], []), ['a'], 0, 0)).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('are a refusal if the intent was accepted before with another content', async () => {
    expect(await outcomesOf(serverOf(['a'], ['a']), ['a'], 0, soon())).toMatchObject([
      { outcome: 'refused' },
    ]);
  });
});

describe('intents submitted by HTTP', () => {
  const intent = { intent_id: 'a' } as ActionIntentV1;

  it('are repeated if the connection broke, and unknown if it stays broken', async () => {
    let left = 1;
    const once: Pick<Session, 'fetch'> = {
      fetch: () =>
        left-- > 0
          ? Promise.reject(new NoAnswer('broke off'))
          : Promise.resolve(new Response(JSON.stringify({ action_id: 'x' }), { status: 202 })),
    };
    expect(await byHttp(once, [intent])).toMatchObject([{ outcome: 'accepted', action_id: 'x' }]);
    const never: Pick<Session, 'fetch'> = { fetch: () => Promise.reject(new NoAnswer('broke off')) };
    expect(await byHttp(never, [intent, intent])).toMatchObject([
      { outcome: 'unknown' },
      { outcome: 'unknown' },
    ]);
  });
});
