import 'reflect-metadata';
import type { ValidationError } from '@nestjs/common';
import { getMetadataStorage } from 'class-validator';

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const fault = (property: string, value: unknown, detail: string): ValidationError => ({
  property,
  value,
  constraints: { nestedValidation: detail },
});

const ofProperty = (object: object, property: string, optional: boolean): readonly ValidationError[] => {
  const value = (object as { [name: string]: unknown })[property];
  const isList = Reflect.getMetadata('design:type', object, property) === Array;
  if (value === null) return [];
  if (value === undefined) return optional ? [] : [fault(property, value, `${property} is required`)];
  if (isList !== Array.isArray(value))
    return [fault(property, value, `${property} must be ${isList ? 'a list' : 'an object'}`)];
  const items = isList ? (value as readonly unknown[]) : [value];
  const children = items.flatMap((item, place): readonly ValidationError[] => {
    // class-validator would check the items of a nested list instead of the list, and accept an
    // empty one.
    if (isList && Array.isArray(item)) return [fault(`${place}`, item, `${place} must be an object`)];
    const faults = isObject(item) ? nestedFaults(item) : [];
    return !isList
      ? faults
      : faults.length === 0
        ? []
        : [{ property: `${place}`, value: item, children: [...faults] }];
  });
  return children.length === 0 ? [] : [{ property, value, children: [...children] }];
};

/**
 * Returns faults that class-validator accepts under `@ValidateNested`: a missing required part, or
 * a list instead of an object and vice versa, also within a list. (class-validator refuses null by
 * itself.)
 */
export const nestedFaults = (object: object): readonly ValidationError[] => {
  const metadata = getMetadataStorage().getTargetValidationMetadatas(object.constructor, '', false, false);
  const nested = new Set(
    metadata.filter(({ type }) => type === 'nestedValidation').map(({ propertyName }) => propertyName),
  );
  return [...nested].flatMap((property) =>
    ofProperty(
      object,
      property,
      metadata.some((each) => each.propertyName === property && each.type === 'conditionalValidation'),
    ),
  );
};
