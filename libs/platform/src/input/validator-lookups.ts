import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Lookup = Storage['getTargetValidationMetadatas'];
type Grouping = Storage['groupByPropertyName'];

let remembers = false;

/**
 * Caches the rules that class-validator collects for a class and its parents. It collects them
 * again for every object, which costs more than the checks. A class gets all of its rules when it
 * is defined, so the cache stays valid. Calls with groups or a schema, which nothing here uses, are
 * not cached.
 */
export const rememberLookups = (): void => {
  if (remembers) return;
  remembers = true;
  const storage = getMetadataStorage();
  const lookUp = storage.getTargetValidationMetadatas.bind(storage) as Lookup;
  const group = storage.groupByPropertyName.bind(storage) as Grouping;
  const rules = new WeakMap<object, ReturnType<Lookup>>();
  const grouped = new WeakMap<object, ReturnType<Grouping>>();
  storage.getTargetValidationMetadatas = (
    target,
    schema,
    always,
    strictGroups,
    groups,
  ): ReturnType<Lookup> => {
    if (schema || always || strictGroups || groups !== undefined)
      return lookUp(target, schema, always, strictGroups, groups);
    const found = rules.get(target) ?? lookUp(target, schema, always, strictGroups, groups);
    rules.set(target, found);
    return found;
  };
  storage.groupByPropertyName = (metadata): ReturnType<Grouping> => {
    const found = grouped.get(metadata) ?? group(metadata);
    grouped.set(metadata, found);
    return found;
  };
};
