import {
  InMemoryEventStore,
  testMetadata,
  type AppendResult,
  type EventToAppend,
  type RecordedEvent,
} from '@interlock/kernel';
import { defineProjection, tenantBound, type Projection } from '../src/index.js';

export type ThingRow = { id: string; tenant_id: string; name: string; changes: number };
export type ThingTables = { thing: ThingRow };

/** A log with the few events that the tests need. */
export class ThingLog extends InMemoryEventStore {
  #next = 0;
  constructor() {
    super(() => new Date().toISOString());
  }

  put(id: string, name: string, tenant = 'demo', type = 'ThingNamed'): Promise<AppendResult> {
    this.#next += 1;
    const event: EventToAppend = {
      id: `00000000-0000-4000-8000-${`${this.#next}`.padStart(12, '0')}`,
      type,
      data: { name },
      metadata: { ...testMetadata(), tenant_id: tenant },
    };
    return this.append(`thing-${tenant}:${id}`, [event], 'any');
  }
}

const idOf = (event: RecordedEvent): string => event.stream.slice(event.stream.indexOf(':') + 1);

export const migrations = [
  {
    name: '0001_thing',
    sql:
      'create table ${schema}.thing (tenant_id text not null, id text not null, name text not null, changes int not null, primary key (tenant_id, id));' +
      tenantBound('thing'),
  },
];

/**
 * Counts the changes of a thing: an event applied twice shows. `poison` is the name that its
 * handler throws on.
 */
export const things = (version = 1, poison?: string, prefix = ''): Projection<ThingTables> =>
  defineProjection<ThingTables>({
    name: 'things',
    version,
    prefixes: ['thing-'],
    migrations,
    handlers: {
      ThingNamed: async (event, db) => {
        const { name } = event.data as { name: string };
        if (name === poison) throw new Error('this name cannot be projected');
        await db
          .insertInto('thing')
          .values({
            tenant_id: event.metadata.tenant_id,
            id: idOf(event),
            name: `${prefix}${name}`,
            changes: 1,
          })
          .onConflict((conflict) =>
            conflict
              .columns(['tenant_id', 'id'])
              .doUpdateSet((eb) => ({ name: eb.ref('excluded.name'), changes: eb('thing.changes', '+', 1) })),
          )
          .execute();
      },
    },
  });
