import { join } from 'node:path';

import { beforeAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';

import { describeAnswers } from '../answers.mjs';
import { Schemas } from '../answers/schema.mjs';
import { root } from '../run/node.mjs';

type Schema = { readonly [member: string]: unknown };
type Derived = { readonly schema: Schema; readonly named: { readonly [name: string]: Schema } };

const sampleFile = join(root, 'apps/sample/src/sample.controller.ts');
const platformFile = join(root, 'libs/platform/src/openapi/answers.ts');

/** Compiles one source of a service in memory, beside the formats that the platform names. */
const compiled = (text: string): readonly [ts.TypeChecker, ts.SourceFile] => {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    // Only the two sources and the language itself: the packages that they import are not needed.
    noResolve: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name === sampleFile || fileExists(name);
  host.readFile = (name) => (name === sampleFile ? text : readFile(name));
  host.getSourceFile = (name, ...rest) =>
    name === sampleFile
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2023, true)
      : getSourceFile(name, ...rest);
  const program = ts.createProgram([sampleFile, platformFile], options, host);
  return [program.getTypeChecker(), program.getSourceFile(sampleFile)!];
};

const samples = `
import type { Day, DescribedNumber, LogPosition, PageOf, Time, Uuid } from '../../../libs/platform/src/openapi/answers.ts';

type Colour = 'red' | 'green' | 'blue';
const bounds = { limit: { about: 'entities at most' } } as const;
const order = ['low', 'high'] as const;

export type Text = string;
export type Flag = boolean;
export type Nothing = null;
export type Any = unknown;
export type Always = true;
export type Kinds = string | number;
export type Enum = Colour;
export type NullableEnum = Colour | null;
export type OfConstants = (typeof order)[number];
export type Numbers = 2 | 1;
export type MaybeText = string | null;
export type Nested = readonly (readonly Colour[])[];
export type Pair = readonly [number, number | null];
export type Unlike = readonly [string, { readonly a: number }];
export type Counts = { readonly [name: string]: number };
export type Open = object;

export type Optionals = { readonly a: string; readonly b?: number; readonly c?: string | null };
export type Formats = {
  readonly at: Time;
  readonly ended_at: Time | null;
  readonly day: Day;
  readonly id: Uuid;
  readonly position: LogPosition;
  readonly limit: DescribedNumber<(typeof bounds)['limit']['about']>;
};
export type DecisionsOfDay = { readonly day: Day } & { readonly [decision: string]: number };

/** A thing that the service
 * shows. */
export type ThingDto = {
  /** Its name,
   * as people say it. */
  readonly name: string;
  /** Null before it was seen. */
  readonly seen: SeenDto | null;
};
export type SeenDto = { readonly by: string };
export type Things = PageOf<ThingDto>;
export type Pages = readonly PageOf<ThingDto>[];
export type Shape = { readonly kind: 'round'; readonly r: number } | { readonly kind: 'flat' };
export type Either = ThingDto | SeenDto;
/** A tree. */
export type Tree = { readonly parts: readonly Tree[] };
export type Less = Pick<ThingDto, 'name'>;
export type More = ThingDto & { readonly colour: Colour };
export type Tagged = {
  /**
   * A time zone.
   * @example Europe/Oslo
   */
  readonly zone: string;
  /** @example 0.25 */
  readonly share: number;
};
export type Endless<T> = { readonly next: Endless<T[]> };
export type WithoutEnd = Endless<string>;
`;

let derive: (name: string) => Derived;
beforeAll(() => {
  const [checker, file] = compiled(samples);
  const types = new Map(
    file.statements.filter(ts.isTypeAliasDeclaration).map((one) => [one.name.text, one.type]),
  );
  derive = (name) => {
    const node = types.get(name)!;
    const schemas = new Schemas(checker, root);
    const schema = schemas.of(checker.getTypeFromTypeNode(node), node) as Schema;
    return { schema, named: schemas.named as Derived['named'] };
  };
});

const colours = ['red', 'green', 'blue'];

describe('the schema of a type', () => {
  it.each<[string, Schema]>([
    ['Text', { type: 'string' }],
    ['Flag', { type: 'boolean' }],
    ['Nothing', { type: 'null' }],
    ['Any', {}],
    ['Always', { type: 'boolean', enum: [true] }],
    ['Kinds', { type: ['string', 'number'] }],
    ['Enum', { type: 'string', enum: colours }],
    ['NullableEnum', { type: ['string', 'null'], enum: [...colours, null] }],
    ['OfConstants', { type: 'string', enum: ['low', 'high'] }],
    ['Numbers', { type: 'number', enum: [2, 1] }],
    ['MaybeText', { type: ['string', 'null'] }],
    ['Nested', { type: 'array', items: { type: 'array', items: { type: 'string', enum: colours } } }],
    ['Pair', { type: 'array', items: { type: ['number', 'null'] } }],
    ['Open', { type: 'object', additionalProperties: true }],
  ])('%s says what its values are', (name, schema) => expect(derive(name)).toEqual({ schema, named: {} }));

  it('lists the unlike items of a tuple', () => {
    const object = { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] };
    expect(derive('Unlike').schema).toEqual({
      type: 'array',
      items: { anyOf: [{ type: 'string' }, object] },
    });
  });

  it('requires the members that are not optional', () => {
    expect(derive('Optionals').named['Optionals']).toEqual({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'number' }, c: { type: ['string', 'null'] } },
      required: ['a'],
    });
  });

  it('has the formats and descriptions that the aliases of the platform give', () => {
    expect(derive('Formats').named['Formats']!['properties']).toEqual({
      at: { type: 'string', format: 'date-time' },
      ended_at: { type: ['string', 'null'], format: 'date-time' },
      day: { type: 'string', format: 'date' },
      id: { type: 'string', format: 'uuid' },
      position: { type: 'string', format: 'position', pattern: '^\\d+(/\\d+)?$' },
      limit: { type: 'number', description: 'entities at most' },
    });
  });

  it('describes an object whose names are all data by its values', () => {
    expect(derive('Counts').named['Counts']).toEqual({
      type: 'object',
      additionalProperties: { type: 'number' },
    });
  });

  it('separates the members of an object from the names that are data', () => {
    expect(derive('DecisionsOfDay').named['DecisionsOfDay']).toEqual({
      type: 'object',
      properties: { day: { type: 'string', format: 'date' } },
      required: ['day'],
      additionalProperties: { type: 'number' },
    });
  });

  it('names the types of a service, and describes them and their members by their doc comments', () => {
    const { schema, named } = derive('ThingDto');
    expect(schema).toEqual({ $ref: '#/components/schemas/ThingDto' });
    expect(named).toEqual({
      ThingDto: {
        description: 'A thing that the service shows.',
        type: 'object',
        properties: {
          name: { type: 'string', description: 'Its name, as people say it.' },
          seen: {
            anyOf: [{ $ref: '#/components/schemas/SeenDto' }, { type: 'null' }],
            description: 'Null before it was seen.',
          },
        },
        required: ['name', 'seen'],
      },
      SeenDto: { type: 'object', properties: { by: { type: 'string' } }, required: ['by'] },
    });
  });

  it('writes a generic type out, or names it where the service names it', () => {
    const page = {
      type: 'object',
      properties: {
        items: { type: 'array', items: { $ref: '#/components/schemas/ThingDto' } },
        next: { type: ['string', 'null'] },
      },
      required: ['items', 'next'],
    };
    expect(derive('Pages').schema).toEqual({ type: 'array', items: page });
    expect(derive('Things').schema).toEqual({ $ref: '#/components/schemas/Things' });
    expect(derive('Things').named['Things']).toMatchObject(page);
  });

  it('keeps the cases of a union apart', () => {
    expect(derive('Shape').schema).toEqual({
      anyOf: [
        { type: 'object', properties: { kind: { type: 'string', enum: ['flat'] } }, required: ['kind'] },
        {
          type: 'object',
          properties: { kind: { type: 'string', enum: ['round'] }, r: { type: 'number' } },
          required: ['kind', 'r'],
        },
      ],
    });
    expect(derive('Either').schema).toEqual({
      anyOf: [{ $ref: '#/components/schemas/SeenDto' }, { $ref: '#/components/schemas/ThingDto' }],
    });
  });

  it('refers to a type within itself', () => {
    const tree = { $ref: '#/components/schemas/Tree' };
    expect(derive('Tree')).toEqual({
      schema: tree,
      named: {
        Tree: {
          description: 'A tree.',
          type: 'object',
          properties: { parts: { type: 'array', items: tree } },
          required: ['parts'],
        },
      },
    });
  });

  it('keeps the comments of members that another type takes over', () => {
    const name = { type: 'string', description: 'Its name, as people say it.' };
    expect(derive('Less').named['Less']).toMatchObject({ properties: { name }, required: ['name'] });
    expect(derive('More').named['More']).toMatchObject({
      properties: { name, colour: { type: 'string', enum: colours } },
      required: ['name', 'seen', 'colour'],
    });
  });

  it('takes examples from the tags of doc comments', () => {
    expect(derive('Tagged').named['Tagged']!['properties']).toEqual({
      zone: { type: 'string', description: 'A time zone.', examples: ['Europe/Oslo'] },
      share: { type: 'number', examples: [0.25] },
    });
  });

  it('refuses a type without end', () => expect(() => derive('WithoutEnd')).toThrow(/a type without end/));
});

const controllers = `
declare const Controller: any, Get: any, Post: any, Answers: any, ApiOkResponse: any;
type ThingDto = { readonly name: string };
@Controller('things')
export class ThingsController {
  @Get() list(): Promise<readonly ThingDto[]> { throw 0; }
  @Post() @Answers<ThingDto>() @Answers<{ readonly next: null }>(202) write(): Promise<object> { throw 0; }
  @Post() empty(): Promise<void> { throw 0; }
  @Get() @ApiOkResponse({}) file(): Promise<string> { throw 0; }
  helper(): string { throw 0; }
}`;

describe('the answers of a service', () => {
  const answersOf = (text: string) => {
    const [checker, file] = compiled(text);
    return describeAnswers(checker, [file]);
  };

  it('are those of its routes, by status', () => {
    const thing = { $ref: '#/components/schemas/ThingDto' };
    expect(answersOf(controllers)).toEqual({
      operations: {
        things_list: { '': { type: 'array', items: thing } },
        things_write: {
          '': thing,
          202: { type: 'object', properties: { next: { type: 'null' } }, required: ['next'] },
        },
      },
      schemas: {
        ThingDto: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
      },
    });
  });

  it('need a type', () => {
    expect(() => answersOf(controllers.replace('Promise<readonly ThingDto[]>', 'Promise<unknown>'))).toThrow(
      '`list` has no type of its answer',
    );
  });

  it('have one type of a name', () => {
    const twice = `namespace other { export type ThingDto = { readonly id: string } }
${controllers.replace('{ readonly next: null }', 'other.ThingDto')}`;
    expect(() => answersOf(twice)).toThrow('two types of the answers are named `ThingDto`');
  });
});
