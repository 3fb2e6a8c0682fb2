import type { DomainEvent } from '@interlock/kernel';
import type { ProjectedEvent } from './projection.js';

/**
 * The effect of each event on a row, as a table that names every event type. It is pure, so it is
 * tested without a database. `undefined` stands for no row: before the first event and after one
 * that removes it.
 */
export type RowFold<Row, E extends DomainEvent> = {
  readonly [Type in E['type']]: (
    row: Row | undefined,
    event: ProjectedEvent<Extract<E, { readonly type: Type }>>,
  ) => Row | undefined;
};

/**
 * The row after an event. INVARIANT: a handler receives only events of the type that it is listed
 * under, so that the data have that type.
 */
export const foldRow = <Row, E extends DomainEvent>(
  fold: RowFold<Row, E>,
  row: Row | undefined,
  event: ProjectedEvent<E>,
): Row | undefined => {
  const handlers = fold as unknown as {
    readonly [type: string]: (row: Row | undefined, event: ProjectedEvent<E>) => Row | undefined;
  };
  return handlers[event.type]?.(row, event);
};
