import type { EventToAppend } from './event-store.js';

/** One step, which converts the data of (type, from) into data of version from + 1. */
export type UpcastStep = {
  readonly type: string;
  readonly from: number;
  readonly up: (data: object) => object;
};

/**
 * Chains one-step upcasters by type and schema version. Data without a step stay unchanged. Only
 * the store adapter uses it.
 */
export const createUpcaster = (steps: readonly UpcastStep[]): (<E extends EventToAppend>(event: E) => E) => {
  const byKey = new Map(steps.map((step) => [`${step.type}@${step.from}`, step]));
  return <E extends EventToAppend>(event: E): E => {
    let version = event.metadata.schema_version;
    let data = event.data;
    for (
      let step = byKey.get(`${event.type}@${version}`);
      step !== undefined;
      step = byKey.get(`${event.type}@${version}`)
    ) {
      data = step.up(data);
      version += 1;
    }
    return version === event.metadata.schema_version
      ? event
      : { ...event, data, metadata: { ...event.metadata, schema_version: version } };
  };
};
