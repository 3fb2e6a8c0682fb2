import type { ConsumerPattern } from './patterns.js';

/** A filter that excludes nothing; a 2.9 server accepts none for a stream with several subjects. */
const everything = '>';
/** The place of the event's type in a subject of EVENTS. */
const typeAt = 3;

const takesSeveral = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 10);
};

/**
 * What a server of this version delivers from a consumer's stream. If it filters by one subject
 * only (before 2.10), a consumer of several event types also gets the others, and acknowledges them
 * unread.
 */
export const filtersOf = (
  { filter, eventTypes }: Pick<ConsumerPattern, 'filter' | 'eventTypes'>,
  version: string,
): { readonly filter_subject?: string; readonly filter_subjects?: string[] } => {
  if (filter === everything) return {};
  const tokens = filter.split('.');
  if (eventTypes === undefined || tokens[typeAt] !== '*') return { filter_subject: filter };
  const subjects = [...new Set(eventTypes)].map((type) => tokens.with(typeAt, type).join('.'));
  if (subjects.length === 1) return { filter_subject: subjects[0]! };
  return takesSeveral(version) ? { filter_subjects: subjects } : { filter_subject: filter };
};
