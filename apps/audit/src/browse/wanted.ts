import { parseStream } from '@interlock/contracts';
import { isObject, type RecordedEvent } from '@interlock/kernel';
import { correlationOf } from '@interlock/tree';
import type { BrowseQuery } from './browse.dto.js';

type Wanted = (event: RecordedEvent) => boolean;

/** Returns true if a text anywhere in a value passes a test. */
const hasText = (value: unknown, test: (text: string) => boolean): boolean =>
  typeof value === 'string'
    ? test(value)
    : Array.isArray(value)
      ? value.some((one) => hasText(one, test))
      : isObject(value) && Object.values(value).some((one) => hasText(one, test));

const idIn = (stream: string): string => parseStream(stream)?.id ?? stream;

const namesEntity = (entity: string): Wanted => {
  const beginning = entity.endsWith('*') ? entity.slice(0, -1) : undefined;
  const test = (text: string): boolean =>
    beginning === undefined ? text === entity : text.startsWith(beginning);
  return ({ stream, data }) => test(idIn(stream)) || hasText(data, test);
};

/** Returns a test for the actor. `names` holds the last known names by `person_id`. */
const doneBy = (by: string, names: ReadonlyMap<string, string>): Wanted => {
  const people = new Set([by]);
  for (const [person, name] of names) if (name.toLowerCase().startsWith(by.toLowerCase())) people.add(person);
  return ({ metadata: { actor } }) =>
    actor.kind === 'person' ? people.has(actor.person_id) : actor.service === by;
};

/** Returns a test that an event passes if it matches every filter of the query. Pure. */
export const wantedBy = (query: BrowseQuery, names: ReadonlyMap<string, string>): Wanted => {
  const { category, type, entity, by, correlation, id, cause } = query;
  const tests: Wanted[] = [];
  if (category !== undefined) {
    const categories = category.split(',');
    tests.push(({ stream }) => categories.includes(parseStream(stream)?.category ?? ''));
  }
  if (type !== undefined) tests.push((event) => event.type === type);
  if (entity !== undefined) tests.push(namesEntity(entity));
  if (by !== undefined) tests.push(doneBy(by, names));
  if (correlation !== undefined) tests.push((event) => correlationOf(event) === correlation);
  if (id !== undefined)
    tests.push((event) => event.id === id || event.metadata.command_id === id || idIn(event.stream) === id);
  if (cause !== undefined) {
    const causes = cause.split(',');
    tests.push(({ metadata: { $causationId: of } }) => of !== undefined && causes.includes(of));
  }
  return (event) => tests.every((test) => test(event));
};
