import type { Schema } from '@interlock/api-types';
import { subject, type ActionIntentV1, type ProblemDetails } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import { setTimeout as delay } from 'node:timers/promises';
import { list, pagesOf } from '../../lists.js';
import { remark, type Shape } from '../../output/output.js';
import { tableText } from '../../output/table.js';
import { answer, group } from '../../program/declare.js';
import { decimal, parseJson } from '../../readers.js';
import { CliError, connectNats, NoAnswer, type Session } from '../../connection/session.js';
import { upstreamOf } from '../tenants/tenant-users.js';
import { readText } from '../../reading.js';

type Rejected = Schema<'RejectedIntentDto'>;
/** The outcome of a published intent. */
type Outcome = {
  readonly intent_id: string;
  readonly outcome: 'published' | 'accepted' | 'refused' | 'unknown';
  readonly action_id: string | null;
  readonly code: string | null;
  readonly detail: string | null;
};

/** Reads one intent, an array of them, or one per line. */
export const readIntents = (text: string): readonly ActionIntentV1[] => {
  const trimmed = text.trim();
  if (trimmed === '') throw new CliError('there is no intent in the input');
  if (trimmed.startsWith('[')) return parseJson(trimmed, 'the input') as ActionIntentV1[];
  const lines = trimmed.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1 && lines.every((line) => line.trim().startsWith('{') && line.trim().endsWith('}')))
    return lines.map((line, i) => parseJson(line, `line ${i + 1}`) as ActionIntentV1);
  return [parseJson(trimmed, 'the input') as ActionIntentV1];
};

export const outcomeShape: Shape<readonly Outcome[]> = {
  text: (outcomes, screen) =>
    tableText(
      outcomes,
      [
        { head: 'INTENT', of: ({ intent_id }) => intent_id },
        { head: 'OUTCOME', of: ({ outcome }) => outcome, toned: true },
        { head: 'ACTION', of: ({ action_id }) => action_id },
        { head: 'WHY', of: ({ code, detail }) => (code === null ? '' : `${code}: ${detail ?? ''}`), fit: 20 },
      ],
      screen,
    ),
  names: (outcomes) => outcomes.flatMap(({ action_id }) => action_id ?? []),
};

const lookEveryMs = 250;
/** Up to this many intents are requested by id at once; more are searched in the lists. */
const askedById = 20;
const none = { action_id: null, code: null, detail: null } as const;
type Asks = Pick<Session, 'fetch'>;

const refusalOf = (
  intentId: string,
  { code, detail, violations }: Pick<Rejected, 'code' | 'detail' | 'violations'>,
): Outcome => ({
  intent_id: intentId,
  outcome: 'refused',
  action_id: null,
  code,
  detail: [detail, ...violations.map((v) => `${v.pointer}: ${v.detail}`)].join('; '),
});

/** Returns the known outcomes of some of these intents. */
const look = async (session: Asks, ids: readonly string[], since: string): Promise<readonly Outcome[]> => {
  const rejected = (query: object) =>
    pagesOf(session, 'GET /api/v1/autonomous/intents/rejected', { ...query, since });
  const accepted = (query: object, most?: number) =>
    pagesOf(session, 'GET /api/v1/autonomous/actions', { ...query }, most);
  const few = ids.slice(0, askedById);
  const many = ids.length > askedById;
  const [refusals, actions] = await Promise.all([
    Promise.all(many ? [rejected({})] : few.map((id) => rejected({ intent_id: id }))),
    Promise.all([
      ...(many ? [accepted({ since })] : []),
      // An intent that was published before already has its action.
      ...few.map((id) => accepted({ intent_id: id }, 1)),
    ]),
  ]);
  const refused = new Map(refusals.flatMap(({ items }) => items.map((one) => [one.intent_id, one] as const)));
  const taken = new Map(
    actions.flatMap(({ items }) => items.map((one) => [one.intent_id, one.action_id] as const)),
  );
  return ids.flatMap((id): readonly Outcome[] => {
    // A newer refusal comes first: it refuses other content under the id of an existing intent.
    const refusal = refused.get(id);
    if (refusal !== undefined) return [refusalOf(id, refusal)];
    const action = taken.get(id);
    return action === undefined ? [] : [{ ...none, intent_id: id, outcome: 'accepted', action_id: action }];
  });
};

/**
 * Waits until each intent's action is in the read model, or a refusal after `since` (milliseconds
 * since 1970) is known. The outcome is `unknown` after `until` on the monotonic clock. A failed
 * request is repeated.
 */
export const outcomesOf = async (
  session: Asks,
  ids: readonly string[],
  since: number,
  until: number,
): Promise<readonly Outcome[]> => {
  const known = new Map<string, Outcome>();
  let open = [...new Set(ids)];
  for (;;) {
    const found = await look(session, open, new Date(since).toISOString()).catch((error: unknown) => {
      if (error instanceof NoAnswer) return [];
      throw error;
    });
    for (const outcome of found) known.set(outcome.intent_id, outcome);
    open = open.filter((id) => !known.has(id));
    if (open.length === 0 || performance.now() >= until) break;
    // The next request asks for other ids.
    open = [...open.slice(askedById), ...open.slice(0, askedById)];
    await delay(lookEveryMs);
  }
  return ids.map((id) => known.get(id) ?? { ...none, intent_id: id, outcome: 'unknown' });
};

/** The tolerated difference between two machines' clocks. */
const clockMs = 2000;

/**
 * Publishes on the bus, as the home's own user of the tenant. It waits so many seconds for the
 * outcomes; without a time it does not wait.
 */
const onBus = async (
  session: Session,
  intents: readonly ActionIntentV1[],
  timeout: string | undefined,
): Promise<readonly Outcome[]> => {
  const { BusPublisher } = await import('@interlock/jetstream');
  const address = upstreamOf(session);
  const connection = await connectNats(address);
  const since = Date.now() - clockMs;
  try {
    const publisher = new BusPublisher(connection);
    for (const intent of intents) {
      const { duplicate } = await publisher.publish(
        subject({ kind: 'intents', tenant: session.tenant, user: address.user }),
        {
          specversion: '1.0',
          type: 'interlock.action_intent.v1',
          source: 'interlock-cli',
          id: intent.intent_id,
          time: new Date().toISOString(),
          datacontenttype: 'application/json',
          data: intent,
        },
        { msgId: `${session.tenant}:${intent.intent_id}:${contentHash(intent)}` },
      );
      if (duplicate) remark(`${intent.intent_id} was published before`);
    }
  } finally {
    await connection.drain();
  }
  if (timeout === undefined)
    return intents.map(({ intent_id }) => ({ ...none, intent_id, outcome: 'published' }));
  const until = performance.now() + decimal(timeout) * 1000;
  return outcomesOf(
    session,
    intents.map(({ intent_id }) => intent_id),
    since,
    until,
  );
};

/**
 * How often an intent is submitted by HTTP. A repeat is safe, because the same id with the same
 * content gives the same action.
 */
const triesByHttp = 3;

const handOver = async (session: Asks, intent: ActionIntentV1): Promise<Outcome> => {
  for (let tried = 1; ; tried += 1) {
    try {
      const response = await session.fetch('POST', '/api/v1/autonomous/actions', intent);
      const answer = (await response.json()) as Partial<Schema<'AcceptedActionDto'> & ProblemDetails>;
      return response.ok
        ? { ...none, intent_id: intent.intent_id, outcome: 'accepted', action_id: answer.action_id ?? null }
        : refusalOf(intent.intent_id, {
            code: answer.code ?? `${response.status}`,
            detail: answer.detail ?? '',
            violations: answer.violations ?? [],
          });
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      if (tried === triesByHttp) return { ...none, intent_id: intent.intent_id, outcome: 'unknown' };
    }
  }
};

/** Submits intents by HTTP. Each answer says at once whether the intent is accepted. */
export const byHttp = async (
  session: Asks,
  intents: readonly ActionIntentV1[],
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  for (const intent of intents) outcomes.push(await handOver(session, intent));
  return outcomes;
};

const publish = answer({
  command: 'publish <file>',
  about:
    'publish one, an array, or one a line (- reads the standard input), and print whether each is accepted; exit code 1 if one is not',
  routes: [
    'POST /api/v1/autonomous/actions',
    'GET /api/v1/autonomous/actions',
    'GET /api/v1/autonomous/intents/rejected',
  ],
  options: {
    '--no-wait': 'only publish',
    '--timeout <seconds>': { about: 'how long to wait', preset: '30' },
  },
  run: async ({ session, options: { wait, timeout }, tell }, file) => {
    const intents = readIntents(readText(file));
    const outcomes = session.isRemote
      ? await byHttp(session, intents)
      : await onBus(session, intents, wait ? timeout : undefined);
    await tell(outcomes, outcomeShape);
    const refused = outcomes.filter(({ outcome }) => outcome === 'refused').length;
    const unknown = outcomes.filter(({ outcome }) => outcome === 'unknown').length;
    if (unknown > 0)
      remark(
        `Nothing was heard of ${unknown} of ${outcomes.length}${session.isRemote ? '' : ` within ${timeout} s`}: \`interlock actions list --intent ID\` and \`interlock intents rejected\` say later.`,
      );
    if (refused + unknown > 0) process.exitCode = 1;
  },
});

/** `interlock intents`: submits intents, and lists refused ones. */
export const addIntents = group('intents', 'publish action intents, which ask for actions', [
  publish,
  list({
    command: 'rejected',
    about: 'rejected intents with their reasons, newest first',
    route: 'GET /api/v1/autonomous/intents/rejected',
    what: 'rejected intents',
    query: { '--intent <id>': { about: "the intent's id", as: 'intent_id' } },
    limit: 50,
    columns: [
      { head: 'REJECTED (UTC)', time: ({ rejected_at }) => rejected_at },
      { head: 'INTENT', of: ({ intent_id }) => intent_id ?? '(none)', fit: 16 },
      { head: 'CODE', of: ({ code }) => code },
      {
        head: 'WHY',
        of: ({ detail, violations }) =>
          [detail, ...violations.map((v) => `${v.pointer}: ${v.detail}`)].join('; '),
        fit: 16,
      },
    ],
    id: ({ intent_id }) => intent_id ?? '',
  }),
]);
