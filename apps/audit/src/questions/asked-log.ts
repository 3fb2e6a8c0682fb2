import { parseStream } from '@interlock/contracts';
import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';
import { LogQuestion, questions, type Answer, type Asked, type QuestionName } from '@interlock/replay';
import { namedBy, nameOfSystemEvent } from '@interlock/tree';
import type { UncutLog } from '../archive/uncut-log.js';

/** Yields the events of a tenant that a question needs, in log order, up to a position. */
export const eventsFor = async function* (
  log: Pick<UncutLog, 'readAll'>,
  tenant: string,
  name: QuestionName,
  end: Position,
): AsyncGenerator<RecordedEvent> {
  const categories: readonly string[] = questions[name].categories;
  for await (const event of log.readAll({ after: null })) {
    if (comparePositions(event.position, end) > 0) return;
    const of = parseStream(event.stream);
    if (of?.tenant === tenant && categories.includes(of.category)) yield event;
  }
};

/**
 * Answers a question from a tenant's events. It also reads the events of `_system` that these
 * events name: the releases that decided.
 */
export const answered = async (
  log: Pick<UncutLog, 'read'>,
  name: QuestionName,
  asked: Asked,
  events: AsyncIterable<RecordedEvent>,
): Promise<Answer> => {
  const question = new LogQuestion(name, asked);
  const named = new Map<string, string>();
  for await (const event of events) {
    question.take(event);
    if (name === 'decided')
      for (const { name: reference, stream } of namedBy(event)) named.set(reference, stream);
  }
  for (const stream of new Set(named.values()))
    for await (const event of log.read(stream)) {
      const system = nameOfSystemEvent(event);
      if (system !== null && named.has(system)) question.takeNamed(event);
    }
  return question.answer();
};
