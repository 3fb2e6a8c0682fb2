import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Lookup = Storage['getTargetValidationMetadatas'];
type Grouping = Storage['groupByPropertyName'];

let remembers = false;

/**
 * For every object that it checks, class-validator collects the rules of its class and all parent
 * classes again. That costs more than the checks. A class gets its rules when it is defined and
 * never more, so they are collected once. Calls with groups or a schema, which nothing here uses,
 * pass through.
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
