import type { INestApplication } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';

import { declareAnswers, noAnswers, type AnswerSchemas } from './answer-schemas.js';
import { declareEffects } from './declared-effects.js';
import { declareProblems } from './declared-problems.js';
import { describeDtos } from './dto-schemas.js';

/**
 * Returns the OpenAPI document of a service. Every operation declares its scopes in
 * `x-required-scopes`, its answers and its problems. A write also declares its effect in
 * `x-effect`.
 */
export const openApiDocument = (
  app: INestApplication,
  service: string,
  title: string,
  answers: AnswerSchemas = noAnswers,
): OpenAPIObject => {
  describeDtos(app.get(ModulesContainer));
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setVersion('1')
    .addTag(service)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, 'bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    // Handlers of different services and controllers may share a name. The three names together are
    // unique, as the standard requires.
    operationIdFactory: (controller, method) =>
      [service.replaceAll('-', '_'), controller.replace(/Controller$/, '').toLowerCase(), method].join('_'),
  });
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item as { [method: string]: { tags?: string[] } }))
      operation.tags = [service];
  }
  declareAnswers(document, service, answers);
  declareEffects(document.paths);
  declareProblems(document);
  return document;
};
