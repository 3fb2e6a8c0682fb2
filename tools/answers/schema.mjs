// The JSON schema of a TypeScript type, as the OpenAPI document of a service declares it.
import { relative } from 'node:path';

import ts from 'typescript';

const { TypeFlags, SymbolFlags } = ts;

/** A type's members of JSON: what a symbol names is no part of an answer. */
const membersOf = (checker, type) =>
  checker.getPropertiesOfType(type).filter(({ escapedName }) => !String(escapedName).startsWith('__@'));

/** An optional `JsonValue` is a union of its parts, without its name. */
const isAnyJson = (schemas) =>
  schemas.some(
    ({ type, items }) => type === 'array' && items !== undefined && Object.keys(items).length === 0,
  ) && schemas.some(({ type, additionalProperties }) => type === 'object' && additionalProperties === true);

const kindsOf = ({ type }) => [type].flat();

/** Whether a schema accepts whatever the other one accepts: both are plain kinds of JSON. */
const accepts = (schema, other) =>
  Object.keys(schema).join() === 'type' &&
  other.type !== undefined &&
  kindsOf(other).every((kind) => kindsOf(schema).includes(kind));

/** One schema of several, without those that another one covers. */
function unionOf(schemas) {
  const unlike = schemas.filter(
    (schema, i) =>
      schemas.findIndex((one) => JSON.stringify(one) === JSON.stringify(schema)) === i &&
      !schemas.some((one) => JSON.stringify(one) !== JSON.stringify(schema) && accepts(one, schema)),
  );
  return unlike.length === 1 ? unlike[0] : { anyOf: unlike };
}

const lineOf = (parts) => ts.displayPartsToString(parts).replaceAll(/\s+/g, ' ').trim();

/** An example of a doc comment: JSON, or else a text. */
function exampleOf(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The text of a doc comment, with its lines joined, and its examples. */
function commentOf(checker, symbol) {
  const text = lineOf(symbol.getDocumentationComment(checker));
  const examples = symbol
    .getJsDocTags(checker)
    .flatMap((tag) => (tag.name === 'example' ? [exampleOf(lineOf(tag.text ?? []))] : []));
  return {
    ...(text === '' ? {} : { description: text }),
    ...(examples.length === 0 ? {} : { examples }),
  };
}

/** The values of a union in the order in which its source writes them. */
function orderOf(checker, node, seen = new Set()) {
  if (node === undefined || seen.has(node)) return [];
  seen.add(node);
  const again = (next) => orderOf(checker, next, seen);
  const ofProperty = (type, name) => {
    const property = checker.getPropertyOfType(type, name);
    return (property?.declarations ?? []).flatMap((one) => again(one.type));
  };
  if (ts.isUnionTypeNode(node)) return node.types.flatMap(again);
  if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) return again(node.type);
  if (ts.isArrayTypeNode(node)) return again(node.elementType);
  if (ts.isLiteralTypeNode(node)) {
    const { value } = checker.getTypeFromTypeNode(node);
    return value === undefined ? [] : [value];
  }
  if (ts.isIndexedAccessTypeNode(node)) {
    const owner = checker.getTypeFromTypeNode(node.objectType);
    if (checker.isTupleType(owner))
      return checker.getTypeArguments(owner).flatMap(({ value }) => (value === undefined ? [] : [value]));
    const index = checker.getTypeFromTypeNode(node.indexType);
    return index.isStringLiteral() ? ofProperty(owner, index.value) : [];
  }
  if (ts.isTypeReferenceNode(node)) {
    let symbol = checker.getSymbolAtLocation(node.typeName);
    if (symbol !== undefined && symbol.flags & SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
    const own = (symbol?.declarations ?? []).flatMap((one) => again(one.type));
    return [...own, ...(node.typeArguments ?? []).flatMap(again)];
  }
  return [];
}

/** Makes the schemas of one service's answers, each type that the service names under its name. */
export class Schemas {
  /** The schemas of types, which only answers have, by name. */
  named = {};
  #checker;
  #root;
  #owners = new Map();
  #open = [];

  /**
   * @param {ts.TypeChecker} checker
   * @param {string} root the folder of the repository
   */
  constructor(checker, root) {
    this.#checker = checker;
    this.#root = root;
  }

  /** The schema of a type that stands at a node, which gives enums their order. */
  of(type, node) {
    const checker = this.#checker;
    if (type.flags & (TypeFlags.Any | TypeFlags.Unknown)) return {};
    if (type.flags & TypeFlags.Null) return { type: 'null' };
    if (type.flags & TypeFlags.NonPrimitive) return { type: 'object', additionalProperties: true };
    if (type.flags & TypeFlags.BooleanLiteral)
      return { type: 'boolean', enum: [checker.typeToString(type) === 'true'] };
    if (type.flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral))
      return { type: typeof type.value, enum: [type.value] };
    if (type.flags & (TypeFlags.String | TypeFlags.TemplateLiteral)) return { type: 'string' };
    if (type.flags & TypeFlags.Number) return { type: 'number' };
    if (type.flags & TypeFlags.Boolean) return { type: 'boolean' };
    if (['JsonValue', 'JsonObject'].includes(type.aliasSymbol?.name))
      return type.aliasSymbol.name === 'JsonValue' ? {} : { type: 'object', additionalProperties: true };
    const format = this.#formatOf(type);
    if (format !== undefined) return format;
    if (type.isUnion()) return this.#ofUnion(type, node);
    if (checker.isTupleType(type))
      return {
        type: 'array',
        items: unionOf(checker.getTypeArguments(type).map((item) => this.of(item))),
      };
    if (checker.isArrayType(type))
      return { type: 'array', items: this.of(checker.getTypeArguments(type)[0], node) };
    if (type.flags & (TypeFlags.Object | TypeFlags.Intersection)) return this.#ofNamed(type);
    throw new Error(`no schema for \`${checker.typeToString(type)}\` at ${this.#open.join('.')}`);
  }

  /** A string or number that an alias of `@interlock/platform` gives a format. */
  #formatOf(type) {
    if (!type.isIntersection()) return undefined;
    const base = type.types.find(({ flags }) => flags & (TypeFlags.String | TypeFlags.Number));
    if (base === undefined) return undefined;
    const own = type.types.find((part) => part !== base);
    const symbol = own.getProperties().find(({ escapedName }) => String(escapedName).startsWith('__@schema'));
    if (symbol === undefined) throw new Error(`no schema for \`${this.#checker.typeToString(type)}\``);
    const schema = this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(symbol));
    return Object.fromEntries(
      schema
        .getProperties()
        .map((member) => [
          member.name,
          this.#checker.getNonNullableType(this.#checker.getTypeOfSymbol(member)).value,
        ]),
    );
  }

  #ofUnion(union, node) {
    const isNull = (part) => (part.flags & TypeFlags.Null) !== 0;
    const nullable = union.types.some(isNull);
    const parts = union.types.filter((part) => !isNull(part) && !(part.flags & TypeFlags.Undefined));
    const booleans = parts.filter(({ flags }) => flags & TypeFlags.BooleanLiteral);
    const literals = parts.filter(({ flags }) => flags & (TypeFlags.StringLiteral | TypeFlags.NumberLiteral));
    const others = parts.filter(
      (part) => !literals.includes(part) && !(booleans.length === 2 && booleans.includes(part)),
    );
    const schemas = [
      ...this.#ofLiterals(literals, node),
      ...others.map((part) => this.of(part, node)),
      ...(booleans.length === 2 ? [{ type: 'boolean' }] : []),
    ];
    if (schemas.some((schema) => Object.keys(schema).length === 0)) return {};
    if (isAnyJson(schemas)) return {};
    if (schemas.length > 1 && schemas.every((schema) => Object.keys(schema).join() === 'type'))
      return { type: [...schemas.map(({ type }) => type), ...(nullable ? ['null'] : [])] };
    if (schemas.length > 1) {
      const sorted = schemas.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      return { anyOf: [...sorted, ...(nullable ? [{ type: 'null' }] : [])] };
    }
    const [schema] = schemas;
    if (!nullable) return schema;
    if (typeof schema.type !== 'string') return { anyOf: [schema, { type: 'null' }] };
    const values = schema.enum === undefined ? {} : { enum: [...schema.enum, null] };
    return { ...schema, type: [schema.type, 'null'], ...values };
  }

  /** The enums of a union's literals: of strings and of numbers. */
  #ofLiterals(literals, node) {
    const order = orderOf(this.#checker, node);
    const place = (value) => (order.includes(value) ? order.indexOf(value) : order.length);
    const values = literals.map(({ value }) => value).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
    return ['string', 'number'].flatMap((type) => {
      const own = values.filter((value) => typeof value === type);
      return own.length === 0 ? [] : [{ type, enum: own }];
    });
  }

  /** The symbol by which a service, or the platform, names a type of its answers. */
  #nameOf(type) {
    const symbol = type.aliasSymbol ?? (type.isClassOrInterface() ? type.symbol : undefined);
    if ((type.aliasTypeArguments ?? []).length > 0) return undefined;
    const file = symbol?.declarations?.[0]?.getSourceFile().fileName;
    if (file === undefined) return undefined;
    return /^(?:apps|libs\/platform)\//.test(relative(this.#root, file)) ? symbol : undefined;
  }

  #ofNamed(type) {
    const symbol = this.#nameOf(type);
    if (symbol === undefined) return this.#ofObject(type);
    const { name } = symbol;
    const owner = this.#owners.get(name);
    if (owner !== undefined && owner !== symbol)
      throw new Error(`two types of the answers are named \`${name}\``);
    if (owner === undefined) {
      this.#owners.set(name, symbol);
      // Its place is before the schemas of its parts.
      this.named[name] = null;
      this.named[name] = { ...commentOf(this.#checker, symbol), ...this.#ofObject(type) };
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  #ofObject(type) {
    const checker = this.#checker;
    const index = checker.getIndexInfoOfType(type, 0) ?? checker.getIndexInfosOfType(type)[0];
    const members = membersOf(checker, type);
    if (this.#open.length > 30) throw new Error(`a type without end at ${this.#open.join('.')}`);
    const additional = index === undefined ? {} : { additionalProperties: this.#ofValues(index.type) };
    if (members.length === 0 && index !== undefined) return { type: 'object', ...additional };
    if (members.length === 0) return { type: 'object', additionalProperties: true };
    const properties = {};
    const required = [];
    for (const member of members) {
      const declaration = member.declarations?.[0];
      this.#open.push(member.name);
      const optional = (member.flags & SymbolFlags.Optional) !== 0;
      const own = checker.getTypeOfSymbol(member);
      properties[member.name] = { ...this.of(own, declaration?.type), ...commentOf(checker, member) };
      this.#open.pop();
      if (!optional) required.push(member.name);
    }
    return { type: 'object', properties, ...(required.length === 0 ? {} : { required }), ...additional };
  }

  #ofValues(type) {
    const values = this.of(type);
    return Object.keys(values).length === 0 ? true : values;
  }
}

/** The type that a promise brings, or the type itself. */
export const awaited = (checker, type) => checker.getAwaitedType(type) ?? type;

export const isVoid = (type) => (type.flags & (TypeFlags.Void | TypeFlags.Undefined | TypeFlags.Never)) !== 0;
