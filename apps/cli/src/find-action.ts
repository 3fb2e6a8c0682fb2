import type { Schema } from '@interlock/api-types';
import { actionColumns } from './action-views.js';
import { remark } from './output/output.js';
import { screenOf } from './output/screen.js';
import { tableText } from './output/table.js';
import { visible } from './output/visible.js';
import { answerOf, CliError, type Session } from './connection/session.js';
import type { RowOf } from './lists.js';
import { partsOf, type Route } from './program/routes.js';

type View = Schema<'ActionRowDto'>;

const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
/**
 * True if a text may be a prefix of a UUID, with at least four characters, so that a name rarely
 * matches.
 */
const isUuidStart = (text: string): boolean =>
  /^(?:[0-9a-f]{4,8}|[0-9a-f]{8}-[0-9a-f-]{0,27})$/.test(text) &&
  isUuid(`${text}${'00000000-0000-0000-0000-000000000000'.slice(text.length)}`);

const mostCandidates = 20;
/** The shortest prefix of an id. */
const leastOfId = 4;

/**
 * Returns the intended one of the matches: the only one, or the only open one; undefined if
 * ambiguous.
 */
const meant = <T>(found: readonly T[], isOpen: (one: T) => boolean): T | undefined => {
  const [only, another] = found;
  if (another === undefined) return only;
  const [open, otherOpen] = found.filter(isOpen);
  return otherOpen === undefined ? open : undefined;
};

const refuse = (text: string, found: readonly View[]): never => {
  remark(tableText(found, actionColumns(found), screenOf(process.stderr)));
  throw new CliError(
    `\`${visible(text)}\` may be any of these${found.length < mostCandidates ? '' : ' and more'}: say which by its id`,
  );
};

/**
 * Returns the id of the action that a text names: an id or its prefix, the id of an intent, or an
 * entity with a single open action. If there are several, it writes the candidates to the standard
 * error and throws.
 */
export const findAction = async (session: Session, text: string): Promise<string> => {
  const given = text.toLowerCase();
  if (isUuid(given)) return given;
  const list = async (query: object): Promise<readonly View[]> => {
    const page = { ...query, limit: mostCandidates };
    return (await session.ask('GET /api/v1/autonomous/actions', [], { query: page })).items;
  };
  const begun = isUuidStart(given) ? await list({ action_id_prefix: given }) : [];
  if (begun.length === 1) return begun[0]?.action_id ?? given;
  if (begun.length > 1) return refuse(text, begun);
  const ofIntent = text.length <= 128 ? await list({ intent_id: text }) : [];
  const ofEntity = ofIntent.length > 0 ? [] : await list({ entity_id: text, open: 'true' });
  const found =
    ofIntent.length > 0 ? ofIntent : ofEntity.length > 0 ? ofEntity : await list({ entity_id: text });
  if (found.length === 0) {
    await session.checkTenant();
    throw new CliError(
      `no action has the id, the intent or the entity \`${visible(text)}\`: \`interlock actions list\` has them`,
    );
  }
  const one = meant(found, ({ ended_at }) => ended_at === null);
  return one === undefined ? refuse(text, found) : one.action_id;
};

/**
 * Finds a row of a list by its id, a prefix of it, or another name. Among several, it takes the
 * only open one.
 */
export const findIn =
  <R extends Route>(
    what: string,
    route: R,
    id: (row: RowOf<R>) => string,
    others: (row: RowOf<R>) => readonly (string | null | undefined)[] = () => [],
    isOpen: (row: RowOf<R>) => boolean = () => true,
  ) =>
  async (session: Session, text: string): Promise<string> => {
    if (isUuid(text)) return text;
    if (text.trim() === '') throw new CliError(`name one of the ${what}`, 2);
    const { path } = partsOf(route, [], () => session.tenant);
    const response = await session.fetch('GET', `${path}?limit=200`);
    const { items } = await answerOf<{ readonly items: readonly RowOf<R>[] }>(response);
    const exact = items.filter((row) => id(row) === text);
    const found =
      exact.length > 0 ? exact : items.filter((row) => text.length >= leastOfId && id(row).startsWith(text));
    const named = found.length > 0 ? found : items.filter((row) => others(row).includes(text));
    // A row that is not among the newest may still exist; the service decides.
    if (named.length === 0) {
      await session.checkTenant();
      return text;
    }
    const one = meant(named, isOpen);
    if (one !== undefined) return id(one);
    remark(named.map((row) => visible([id(row), ...others(row)].join('  ').trimEnd())).join('\n'));
    throw new CliError(
      `\`${visible(text)}\` may be any of these ${named.length} ${what}: say which by its id`,
    );
  };
