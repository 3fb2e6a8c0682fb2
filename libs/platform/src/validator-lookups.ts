import { getMetadataStorage } from 'class-validator';

type Storage = ReturnType<typeof getMetadataStorage>;
type Lookup = Storage['getTargetValidationMetadatas'];
type Grouping = Storage['groupByPropertyName'];

let remembers = false;

/**
 * class-validator gathers the rules of a class and of all classes above it anew for every object that it checks, and that costs more than the checks. A
 * class has its rules when it is defined and never gets others, so they are gathered once. Calls with groups or a schema, which nothing here uses, go through.
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
