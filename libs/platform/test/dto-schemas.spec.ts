import 'reflect-metadata';
import { Body, Controller, Module, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiBody, ApiProperty } from '@nestjs/swagger';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsTimestamp } from '../src/base/names.js';
import { openApiDocument } from '../src/openapi/openapi.js';

class LeafDto {
  @IsInt()
  @Min(0)
  @Max(9)
  n!: number;
}
class TreeDto {
  @Matches(/^[a-z]+$/) @MaxLength(8) name!: string;
  @IsIn(['LOW', 'HIGH']) risk!: 'LOW' | 'HIGH';
  @IsOptional() @IsBoolean() dry_run?: boolean;
  @IsOptional() @IsTimestamp() not_after?: string;
  @IsObject() parameters!: object;
  @ValidateNested() @Type(() => LeafDto) leaf!: LeafDto;
  @IsArray() @ArrayMaxSize(5) @ValidateNested({ each: true }) @Type(() => LeafDto) leaves!: LeafDto[];
  @IsArray() @IsString({ each: true }) tags!: string[];
  @ApiProperty({ description: 'said by hand', type: 'string' }) @IsString() described!: string;
}
class PageQuery {
  @IsOptional() @IsInt() @Min(1) @Type(() => Number) limit?: number;
}
class CountQuery extends PageQuery {
  @IsOptional() @IsInt() @Max(9) @Type(() => Number) override limit?: number;
}
class NamedDto {
  @IsString() only!: string;
}

@Controller('trees')
class TreeController {
  @Post() make(@Body() body: TreeDto, @Query() query: PageQuery): object {
    return { body, query };
  }
  @Post('named') @ApiBody({ type: NamedDto }) named(@Body() body: object): object {
    return body;
  }
  @Post('counted') counted(@Query() query: CountQuery): object {
    return query;
  }
}
@Module({ controllers: [TreeController] })
class TreeModule {}

type Document = {
  components: { schemas: Record<string, { properties: Record<string, object>; required?: string[] }> };
  paths: Record<string, { post: { parameters: object[]; requestBody: object } }>;
};
let document: Document;
beforeAll(async () => {
  const app = await NestFactory.create(TreeModule, new FastifyAdapter(), { logger: false });
  document = openApiDocument(app, 'trees', 'Trees') as unknown as Document;
  await app.close();
});

describe('the OpenAPI document', () => {
  it('describes a body by its rules', () => {
    const tree = document.components.schemas.TreeDto!;
    expect(tree.properties).toMatchObject({
      name: { type: 'string', pattern: '^[a-z]+$', maxLength: 8 },
      risk: { type: 'string', enum: ['LOW', 'HIGH'] },
      dry_run: { type: 'boolean' },
      not_after: { type: 'string', format: 'date-time' },
      parameters: { type: 'object' },
      leaf: { $ref: '#/components/schemas/LeafDto' },
      leaves: { type: 'array', items: { $ref: '#/components/schemas/LeafDto' }, maxItems: 5 },
      tags: { type: 'array', items: { type: 'string' } },
      described: { description: 'said by hand' },
    });
    expect([...tree.required!].sort()).toEqual([
      'described',
      'leaf',
      'leaves',
      'name',
      'parameters',
      'risk',
      'tags',
    ]);
    expect(document.components.schemas.LeafDto).toMatchObject({
      properties: { n: { type: 'integer', minimum: 0, maximum: 9 } },
      required: ['n'],
    });
  });

  it('describes queries and bodies that are only named', () => {
    expect(document.paths['/trees']!.post.parameters).toEqual([
      expect.objectContaining({
        name: 'limit',
        in: 'query',
        required: false,
        schema: expect.objectContaining({ type: 'integer', minimum: 1 }),
      }),
    ]);
    expect(document.paths['/trees/counted']!.post.parameters).toEqual([
      { name: 'limit', in: 'query', required: false, schema: { type: 'integer', maximum: 9 } },
    ]);
    expect(document.components.schemas.NamedDto).toMatchObject({
      properties: { only: { type: 'string' } },
      required: ['only'],
    });
  });
});
