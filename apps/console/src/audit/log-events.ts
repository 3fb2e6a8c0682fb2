import { infiniteQueryOptions } from '@tanstack/react-query';
import { streamOwners } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { read, tenantStore } from '../api/client.js';
import { csvOf } from '../ui/tables/csv.js';
import { chosenOf, textOf, timeOf } from '../ui/forms/filter-values.js';
import type { FilterField } from '../ui/forms/Filters.js';
import { sentence, shortId } from '../format.js';

export type LogEvent = Schema<'BrowsedEventDto'>;
type Page = Schema<'BrowsedEventsDto'>;

const categories: { readonly [category: string]: string } = Object.fromEntries(
  Object.keys(streamOwners)
    .sort()
    .map((category) => [category, sentence(category)]),
);
const orders = { newest: 'Newest first', oldest: 'Oldest first' } as const;

const texts = ['type', 'entity', 'by', 'correlation', 'id', 'cause', 'stream', 'at'] as const;
/**
 * The members of the address of the audit page. Times are RFC 3339. `at` is the id of the event
 * that is open beside the list.
 */
export type AuditSearch = {
  readonly category?: string | undefined;
  readonly order?: keyof typeof orders | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
} & { readonly [T in (typeof texts)[number]]?: string | undefined };

/** Reads the search from an address and leaves out invalid members. Pure. */
export const auditSearchIn = (search: { readonly [name: string]: unknown }): AuditSearch => ({
  category: chosenOf(categories, search['category']),
  order: chosenOf(orders, search['order']),
  since: timeOf(search['since']),
  until: timeOf(search['until']),
  ...Object.fromEntries(texts.map((name) => [name, textOf(search[name])])),
});

const text = (name: string, label: string, placeholder: string, width: number): FilterField => ({
  kind: 'text',
  name,
  label,
  placeholder,
  width,
});
export const auditFields: readonly FilterField[] = [
  { kind: 'choice', name: 'category', label: 'Category', every: 'Every category', choices: categories },
  text('type', 'Event type', 'Event type', 140),
  text('entity', 'Entity, or a prefix and *', 'Entity, or a prefix and * (/)', 230),
  text('by', 'By a person or service', 'By a person or service', 160),
  text('correlation', 'Correlation', 'Correlation', 150),
  { kind: 'time', name: 'since', label: 'Stored from, UTC' },
  { kind: 'time', name: 'until', label: 'Stored before, UTC' },
  {
    kind: 'choice',
    name: 'order',
    label: 'Order',
    every: 'Newest first',
    choices: { oldest: orders.oldest },
  },
  // Links set these two fields. Here the user sees them and can save them.
  text('id', 'Event, command or stream id', 'Event id', 120),
  text('cause', 'Caused by', 'Caused by', 120),
];

export const eventPage = (
  { stream: _stream, at: _at, ...filter }: AuditSearch,
  cursor: string,
  limit: number,
  tenant: string | undefined,
  signal?: AbortSignal,
): Promise<Page> =>
  read('/api/v1/audit/browse', {
    query: { ...filter, limit, ...(cursor === '' ? {} : { cursor }) },
    tenant,
    ...(signal === undefined ? {} : { signal }),
  });

export const eventsQuery = (search: AuditSearch, tenant = tenantStore.get()) =>
  infiniteQueryOptions({
    queryKey: ['audit', 'browse', { ...search, at: undefined }, tenant],
    queryFn: ({ signal, pageParam }) => eventPage(search, pageParam, 50, tenant, signal),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
  });

/** Returns the name of the actor of an event. */
export const actorText = ({ actor, actor_name: name }: Pick<LogEvent, 'actor' | 'actor_name'>): string =>
  name ?? (actor.kind === 'person' ? `person ${shortId(actor.person_id)}` : actor.service);

const columns = [
  'position',
  'at',
  'stream',
  'revision',
  'type',
  'event_id',
  'command_id',
  'correlation_id',
  'causation_id',
] as const satisfies readonly (keyof LogEvent)[];

/** Returns the events as CSV (RFC 4180) with a header row. Pure. */
export const eventsCsv = (events: readonly LogEvent[]): string =>
  csvOf([
    [...columns, 'by', 'data'],
    ...events.map((event) => [
      ...columns.map((name) => event[name]),
      actorText(event),
      JSON.stringify(event.data),
    ]),
  ]);
