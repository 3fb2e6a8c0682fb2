import type { Schema } from '@interlock/api-types';
import { actionColumns } from './action-views.js';
import { queryOf } from './asks.js';
import { remark } from './output/output.js';
import { screenOf } from './output/screen.js';
import { tableText } from './output/table.js';
import { visible } from './output/visible.js';
import { CliError, type Session } from './connection/session.js';

type View = Schema<'ActionRowDto'>;
type Page = Schema<'ActionPageDto'>;

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
  const list = async (query: object): Promise<readonly View[]> =>
    (
      await session.json<Page>(
        'GET',
        `/api/v1/autonomous/actions${queryOf({ ...query, limit: mostCandidates })}`,
      )
    ).items;
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
  <Row>(
    what: string,
    path: string,
    id: (row: Row) => string,
    others: (row: Row) => readonly (string | null | undefined)[] = () => [],
    isOpen: (row: Row) => boolean = () => true,
  ) =>
  async (session: Session, text: string): Promise<string> => {
    if (isUuid(text)) return text;
    if (text.trim() === '') throw new CliError(`name one of the ${what}`, 2);
    const { items } = await session.json<{ readonly items: readonly Row[] }>('GET', `${path}?limit=200`);
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
