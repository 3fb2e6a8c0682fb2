import 'reflect-metadata';
import { Body, Controller, Delete, Get, HttpCode, Module, Param, Post, Put } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ApiBody } from '@nestjs/swagger';
import { beforeAll, describe, expect, it } from '@jest/globals';

import { AnswersProblems, IfMatch, MinPosition, Public, RequireScope } from '../src/openapi/decorators.js';
import { openApiDocument } from '../src/openapi/openapi.js';

type Response = { readonly $ref?: string; readonly description?: string };
type Operation = {
  readonly parameters?: readonly object[];
  readonly responses: { readonly [status: string]: Response };
};

@Controller('things/:tenantId')
class ThingsController {
  @Get()
  @RequireScope('POLICY_READ')
  list(@MinPosition() position: bigint | null): unknown {
    return position;
  }

  @Get(':id')
  @RequireScope('POLICY_READ')
  one(@Param('id') id: string): string {
    return id;
  }

  @Post('question')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiBody({ schema: { type: 'object' } })
  ask(@Body() body: object): object {
    return body;
  }

  @Put(':id')
  @RequireScope('POLICY_READ', 'POLICY_WRITE')
  @AnswersProblems('revision-required', 'action-not-found')
  @ApiBody({ schema: { type: 'object' } })
  put(@Param('id') id: string, @Body() body: object, @IfMatch() revision: bigint | null): unknown {
    return [id, body, revision];
  }

  @Delete(':id')
  @RequireScope('POLICY_WRITE')
  remove(@Param('id') id: string): string {
    return id;
  }
}

@Controller('open')
@Public()
class OpenController {
  @Get()
  get(): object {
    return {};
  }

  @Post()
  @AnswersProblems('unauthenticated')
  engage(): object {
    return {};
  }
}

@Module({ controllers: [ThingsController, OpenController] })
class ThingsModule {}

let document: {
  readonly paths: { readonly [path: string]: { readonly [method: string]: Operation } };
  readonly components: {
    readonly schemas: { readonly [name: string]: object };
    readonly responses: { readonly [name: string]: Response };
  };
};
beforeAll(async () => {
  const app = await NestFactory.create(ThingsModule, new FastifyAdapter(), { logger: false });
  document = openApiDocument(app, 'things', 'Things') as unknown as typeof document;
});

const operationOf = (method: string, path: string): Operation => document.paths[path]![method]!;
/** The codes of an operation's problems by status. */
const problemsOf = (method: string, path: string): { readonly [status: string]: string } =>
  Object.fromEntries(
    Object.entries(operationOf(method, path).responses)
      .filter(([status]) => !status.startsWith('2'))
      .map(([status, response]) => {
        const name = response.$ref?.split('/').at(-1);
        const { description } = name === undefined ? response : document.components.responses[name]!;
        return [status, description!.replace(/^.*?: /, '').replaceAll('`', '')];
      }),
  );

const always = { 429: 'rate-limited', 500: 'internal-error' };
const secured = {
  ...always,
  401: 'unauthenticated, token-expired',
  403: 'missing-scope, wrong-tenant',
  422: 'validation-failed',
};
const ofBody = { 400: 'malformed-json', 413: 'payload-too-large', 415: 'unsupported-media-type' };
const away = 'service-unreachable, not-current, log-unavailable, database-unavailable';
const writeAway =
  'service-unreachable, not-current, log-unavailable, append-outcome-unknown, database-unavailable';

describe('the problems in the OpenAPI document of a service', () => {
  it('are of the token and of what is away for a secured question, without `not-found` for the tenant', () => {
    expect(problemsOf('get', '/things/{tenantId}')).toEqual({
      ...secured,
      400: 'malformed-json',
      503: 'service-unreachable, not-current, read-model-behind, log-unavailable, database-unavailable',
    });
  });

  it('are `not-found` where the path names a thing', () => {
    expect(problemsOf('get', '/things/{tenantId}/{id}')).toEqual({
      ...secured,
      400: 'malformed-json',
      404: 'not-found',
      503: away,
    });
  });

  it('are those of a body, and no conflict, for a question that is posted', () =>
    expect(problemsOf('post', '/things/{tenantId}/question')).toEqual({ ...secured, ...ofBody, 503: away }));

  it('are conflicts and a late answer for a write, and what the route names itself', () => {
    expect(problemsOf('put', '/things/{tenantId}/{id}')).toEqual({
      ...secured,
      ...ofBody,
      404: 'action-not-found',
      409: 'idempotency-conflict',
      412: 'stale-revision',
      428: 'revision-required',
      503: writeAway,
      504: 'deadline-exceeded',
    });
    expect(problemsOf('delete', '/things/{tenantId}/{id}')).toEqual({
      ...secured,
      400: 'malformed-json',
      404: 'not-found',
      409: 'idempotency-conflict',
      503: writeAway,
      504: 'deadline-exceeded',
    });
  });

  it('are few for a route without a token', () => {
    expect(problemsOf('get', '/open')).toEqual({ ...always, 503: 'service-unreachable' });
    expect(problemsOf('post', '/open')).toEqual({
      ...always,
      401: 'unauthenticated',
      503: 'service-unreachable, log-unavailable, append-outcome-unknown',
      504: 'deadline-exceeded',
    });
  });

  it('refer to shared responses, each of the one schema', () => {
    expect(operationOf('get', '/things/{tenantId}').responses['429']).toEqual({
      $ref: '#/components/responses/RateLimited',
    });
    expect(document.components.responses['RateLimited']).toMatchObject({
      description: 'Too many requests: `rate-limited`',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
    expect(document.components.schemas).toHaveProperty('Problem');
  });

  it('leave no extension behind, and the headers that a route reads are parameters', () => {
    expect(JSON.stringify(document)).not.toContain('x-problem-codes');
    expect(operationOf('put', '/things/{tenantId}/{id}').parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'If-Match', required: false }),
    );
    expect(operationOf('get', '/things/{tenantId}').parameters).toContainEqual(
      expect.objectContaining({ in: 'header', name: 'Interlock-Min-Position', required: false }),
    );
  });
});
