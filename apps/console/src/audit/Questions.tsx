import { Button } from '@mantine/core';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { scopes } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import type { ReactElement } from 'react';
import { read, tenantStore } from '../api/client.js';
import { useSend } from '../api/send.js';
import { useMissingScope } from '../api/session.js';
import { counted, zoneName } from '../format.js';
import { settings } from '../state/settings.js';
import { useStore } from '../state/store.js';
import { ActionButton, Card, Empty, UntrustedText, Head, Problem, Skeleton, Time } from '../ui/parts.js';
import { NoAccess } from '../ui/dialogs/NoAccess.js';
import { csvOf } from '../ui/tables/csv.js';
import { saveFile } from '../ui/tables/save.js';
import { Table } from '../ui/tables/Table.js';
import { Place } from './Place.js';
import { QuestionForm } from './QuestionForm.js';
import { words, type QuestionName, type QuestionSearch } from './question-search.js';
import css from './audit.module.css';

type Item = Schema<'AuditStatementDto'>;
type Answer = Schema<'AuditAnswerDto'>;

/** Returns the query of a question; undefined while a required input is missing. */
const queryOf = ({ q, id, month, scope: named, at }: QuestionSearch) => {
  if (q === undefined) return undefined;
  switch (words[q].with) {
    case 'id':
      return id === undefined ? undefined : { id };
    case 'month':
      return month === undefined ? {} : { month };
    case 'right': {
      if (id !== undefined) return { id };
      const scope = scopes.find((one) => one === named);
      return scope === undefined || at === undefined ? undefined : { scope, at };
    }
  }
};
type Query = NonNullable<ReturnType<typeof queryOf>>;

const page = (
  question: QuestionName,
  query: Query,
  cursor: string,
  tenant: string | undefined,
  signal?: AbortSignal,
): Promise<Answer> =>
  read('/api/v1/audit/questions/{question}', {
    path: { question },
    query: { ...query, limit: 200, ...(cursor === '' ? {} : { cursor }) },
    tenant,
    ...(signal === undefined ? {} : { signal }),
  });

const answerQuery = (question: QuestionName, query: Query, tenant = tenantStore.get()) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'question', question, query, tenant],
    queryFn: ({ signal, pageParam }) => page(question, query, pageParam, tenant, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    // Each answer requires a read of the whole log.
    staleTime: Infinity,
  });

const factsText = ({ facts }: Item): string =>
  facts
    .map(({ name, values }) =>
      values.length === 1 ? `${name}: ${values[0]}` : [`${name}:`, ...values].join('\n  '),
    )
    .join('\n');
/** Returns whether a row contains the text anywhere: a person, a type, a device. */
const has = (item: Item, only: string): boolean =>
  [item.actor, item.title, item.event.type, item.event.stream, factsText(item)]
    .join('\n')
    .toLowerCase()
    .includes(only.toLowerCase());

const rowOf = (item: Item): readonly string[] => [
  item.at,
  item.actor,
  item.title,
  factsText(item),
  item.event.type,
  item.event.stream,
  item.event.revision,
  item.event.position,
  item.event.id,
];
const heads = ['at', 'by', 'what', 'facts', 'event', 'stream', 'revision', 'position', 'event_id'];

const Rows = ({ items }: { readonly items: readonly Item[] }): ReactElement => {
  const { zone } = useStore(settings);
  return (
    <Table
      name="Answer"
      className={css['events']}
      head={[`At, ${zoneName(zone)}`, 'What', 'By', 'Event', 'Facts']}
    >
      {items.map((item, n) => (
        <tr key={`${item.event.id} ${n}`}>
          <td className="sm t2">
            <Time at={item.at} />
          </td>
          <td>
            <bdi>{item.title}</bdi>
          </td>
          <td>
            <UntrustedText text={item.actor} />
          </td>
          <td>
            <Place event={item.event} />
          </td>
          <td>
            {item.facts.length === 0 ? null : (
              <details>
                <summary>{counted(item.facts.length, 'fact')}</summary>
                <pre className="js" tabIndex={0}>
                  {factsText(item)}
                </pre>
              </details>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
};

const Remarks = ({ title, texts }: { readonly title: string; readonly texts: readonly string[] }) =>
  texts.length === 0 ? null : (
    <div className="b">
      <b>{title}</b>
      <ul>
        {texts.map((text) => (
          <li key={text}>
            <bdi>{text}</bdi>
          </li>
        ))}
      </ul>
    </div>
  );

/** Says why a table is empty and what the user can do about it. */
const emptyHint = (question: QuestionName, only: string): string => {
  if (only !== '') return `No loaded row contains “${only}”. Ask again without it.`;
  return words[question].with === 'month'
    ? 'Nothing matches in this period. Choose another month, or none.'
    : 'Check the id and the tenant.';
};

/**
 * Returns all items of an answer: those that were already read, and those of the following pages.
 */
const allItems = async (
  question: QuestionName,
  query: Query,
  read: readonly Answer[],
): Promise<readonly Item[]> => {
  const tenant = tenantStore.get();
  const items = read.flatMap((one) => one.items);
  let next = read.at(-1)?.next ?? null;
  while (next !== null) {
    const one = await page(question, query, next, tenant);
    items.push(...one.items);
    next = one.next;
  }
  return items;
};

type AnsweredProps = {
  readonly question: QuestionName;
  readonly query: Query;
  readonly only?: string | undefined;
};
const Answered = ({ question, query, only = '' }: AnsweredProps): ReactElement => {
  const answer = useInfiniteQuery(answerQuery(question, query));
  const pages = answer.data?.pages ?? [];
  const exported = useSend(() => allItems(question, query, pages), []);
  const [first] = pages;
  const items = pages.flatMap((one) => one.items).filter((item) => has(item, only));
  return (
    <Card
      title="Answer"
      right={
        first === undefined ? null : (
          <ActionButton
            off={exported.isPending ? 'Still loading' : undefined}
            onAct={() =>
              exported.mutate(undefined, {
                onSuccess: (all) => {
                  const rows = all.filter((item) => has(item, only)).map(rowOf);
                  saveFile(`${question}.csv`, csvOf([heads, ...rows]), 'text/csv');
                },
              })
            }
          >
            {exported.isPending ? 'Loading…' : 'Export as CSV'}
          </ActionButton>
        )
      }
    >
      {exported.isError ? <Problem error={exported.error} what="nothing was saved" /> : null}
      {first === undefined ? (
        answer.isError ? (
          <Problem error={answer.error} what="the answer" onRetry={() => void answer.refetch()} />
        ) : (
          <Skeleton />
        )
      ) : (
        <>
          <p className="b" role="status">
            <bdi>{first.summary}</bdi>. From {counted(first.events, 'event')}, up to position{' '}
            <span className="mono">{first.position}</span>.
          </p>
          {items.length === 0 ? (
            <Empty>
              <b>{first.found ? 'No row.' : 'The log holds nothing about it.'}</b> {emptyHint(question, only)}
            </Empty>
          ) : (
            <Rows items={items} />
          )}
          {answer.hasNextPage ? (
            <div className="b">
              <Button size="sm" onClick={() => void answer.fetchNextPage()}>
                {answer.isFetchingNextPage ? 'Loading…' : `More of ${first.total}`}
              </Button>
            </div>
          ) : null}
          <Remarks title="Missing from the log" texts={first.missing} />
          <Remarks title="Notes" texts={first.notes} />
        </>
      )}
    </Card>
  );
};

const route = getRouteApi('/shell/audit/questions');

export const QuestionsPage = (): ReactElement => {
  const search = route.useSearch();
  const missing = useMissingScope('AUDIT_READ');
  const query = queryOf(search);
  if (missing !== undefined) return <NoAccess title="Questions" card="Evidence" missing={missing} />;
  return (
    <div className={css['page']}>
      <Head title="Questions">
        <Link to="/audit">Audit</Link>
      </Head>
      <QuestionForm search={search} />
      {search.q === undefined || query === undefined ? (
        <Card title="Answer">
          <Empty>
            <b>No question asked yet.</b> Choose a question and say what it is about. The same answers come
            from <span className="mono">interlock audit {search.q ?? 'approvals'}</span>, also from a file.
          </Empty>
        </Card>
      ) : (
        <Answered question={search.q} query={query} only={search.only} />
      )}
    </div>
  );
};
