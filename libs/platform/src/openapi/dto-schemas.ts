import 'reflect-metadata';
import { createRequire } from 'node:module';
import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';

type Class = new (...args: never[]) => object;
type Rule = { readonly name: string; readonly constraint: unknown; readonly each: boolean };
type Schema = { [member: string]: unknown };

type TypeStorage = {
  readonly findTypeMetadata: (
    owner: Class,
    property: string,
  ) => { readonly typeFunction: () => unknown } | undefined;
};
// class-transformer keeps the types from `@Type` in a module without type declarations.
const { defaultMetadataStorage: typeStorage } = createRequire(import.meta.url)(
  'class-transformer/cjs/storage.js',
) as { readonly defaultMetadataStorage: TypeStorage };

const swaggerProperties = 'swagger/apiModelProperties';
const swaggerParameters = 'swagger/apiParameters';

/** The JSON Schema of each rule of class-validator. */
const ofRule: { readonly [rule: string]: (constraint: unknown) => Schema } = {
  isString: () => ({ type: 'string' }),
  isInt: () => ({ type: 'integer' }),
  isNumber: () => ({ type: 'number' }),
  isBoolean: () => ({ type: 'boolean' }),
  isObject: () => ({ type: 'object', additionalProperties: true }),
  isRFC3339: () => ({ type: 'string', format: 'date-time' }),
  isIso8601: () => ({ type: 'string', format: 'date-time' }),
  isDateString: () => ({ type: 'string', format: 'date-time' }),
  isUuid: () => ({ type: 'string', format: 'uuid' }),
  isUrl: () => ({ type: 'string', format: 'uri' }),
  min: (least) => ({ minimum: least }),
  max: (most) => ({ maximum: most }),
  minLength: (least) => ({ minLength: least }),
  maxLength: (most) => ({ maxLength: most }),
  isNotEmpty: () => ({ minLength: 1 }),
  arrayMinSize: (least) => ({ minItems: least }),
  arrayMaxSize: (most) => ({ maxItems: most }),
  arrayUnique: () => ({ uniqueItems: true }),
  matches: (pattern) => ({
    type: 'string',
    ...(pattern instanceof RegExp ? { pattern: pattern.source } : {}),
  }),
  isIn: (values) => ({ enum: values }),
  equals: (value) => ({ enum: [value] }),
};

const schemaOf = (rules: readonly Rule[]): Schema => {
  const schema = Object.assign(
    {},
    ...rules.map(({ name, constraint }) => ofRule[name]?.(constraint) ?? {}),
  ) as Schema;
  // Swagger requires enums without a type, because the values show it.
  if (schema.enum !== undefined) delete schema.type;
  return schema;
};

const ofDesign = (type: unknown): Schema =>
  type === String
    ? { type: 'string' }
    : type === Number
      ? { type: 'number' }
      : type === Boolean
        ? { type: 'boolean' }
        : { type: 'object', additionalProperties: true };

const isClass = (value: unknown): value is Class =>
  typeof value === 'function' &&
  value !== Object &&
  value !== Array &&
  value !== String &&
  value !== Number &&
  value !== Boolean &&
  value !== Promise;

/** Returns the class of a nested part, from `@Type(() => Class)`. */
const partOf = (owner: Class, property: string): Class | undefined => {
  const found: unknown = typeStorage.findTypeMetadata(owner, property)?.typeFunction();
  return isClass(found) ? found : undefined;
};

const describeProperty = (
  owner: Class,
  property: string,
  rules: readonly Rule[],
  required: boolean,
): void => {
  const design: unknown = Reflect.getMetadata('design:type', owner.prototype as object, property);
  const isArray = design === Array || rules.some(({ name }) => name === 'isArray');
  const part = partOf(owner, property);
  const own = schemaOf(rules.filter(({ each }) => !each));
  const items = schemaOf(rules.filter(({ each }) => each));
  const description =
    part !== undefined && rules.some(({ name }) => name === 'nested')
      ? {
          type: () => part,
          isArray,
          ...(isArray
            ? Object.fromEntries(Object.entries(own).filter(([key]) => key.endsWith('Items')))
            : {}),
        }
      : isArray
        ? { ...own, type: 'array', items: Object.keys(items).length === 0 ? {} : items }
        : own.type === undefined && own.enum === undefined
          ? { ...ofDesign(design), ...own }
          : own;
  ApiProperty({ ...description, required } as unknown as ApiPropertyOptions)(
    owner.prototype as object,
    property,
  );
};

/**
 * Describes a DTO and its parts for the OpenAPI document, from its rules of class-validator.
 * Existing descriptions stay.
 */
const describeDto = (owner: Class, seen: Set<Class> = new Set()): void => {
  if (seen.has(owner)) return;
  seen.add(owner);
  const metadata = getMetadataStorage().getTargetValidationMetadatas(owner, '', false, false);
  const properties = new Set(metadata.map(({ propertyName }) => propertyName));
  for (const property of properties) {
    const part = partOf(owner, property);
    if (part !== undefined) describeDto(part, seen);
    const own = metadata.filter(({ propertyName }) => propertyName === property);
    const prototype = owner.prototype as object;
    if (Reflect.hasOwnMetadata(swaggerProperties, prototype, property)) continue;
    if (Reflect.hasMetadata(swaggerProperties, prototype, property)) {
      if (!own.some(({ target }) => target === owner)) continue;
      // Swagger would keep the rules of the member that this one replaces.
      Reflect.defineMetadata(swaggerProperties, {}, prototype, property);
    }
    const rules = own.map(({ type, name, constraints, each }): Rule => ({
      name: type === 'nestedValidation' ? 'nested' : (name ?? type),
      constraint: (constraints as readonly unknown[] | undefined)?.[0],
      each,
    }));
    describeProperty(owner, property, rules, !own.some(({ type }) => type === 'conditionalValidation'));
  }
};

/** Describes the DTOs of every route. */
export const describeDtos = (modules: ModulesContainer): void => {
  const scanner = new MetadataScanner();
  const seen = new Set<Class>();
  for (const module of modules.values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as { [name: string]: object };
      for (const name of scanner.getAllMethodNames(prototype)) {
        const types =
          (Reflect.getMetadata('design:paramtypes', prototype, name) as readonly unknown[] | undefined) ?? [];
        const named =
          (Reflect.getMetadata(swaggerParameters, prototype[name]!) as
            readonly { readonly type?: unknown }[] | undefined) ?? [];
        for (const type of [...types, ...named.map((parameter) => parameter.type)])
          if (isClass(type)) describeDto(type, seen);
      }
    }
  }
};
