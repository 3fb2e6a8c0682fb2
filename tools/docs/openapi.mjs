import 'reflect-metadata';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { openApiDocument, routesOf } from '@interlock/platform';

import { services } from './contract-projects.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A controller with the same routes and without dependencies. */
function bareOf(controller) {
  class Bare extends controller {}
  Object.defineProperty(Bare, 'name', { value: controller.name });
  for (const key of ['design:paramtypes', 'self:paramtypes']) Reflect.defineMetadata(key, [], Bare);
  return Bare;
}

/** The HTTP controllers in a service's folder: `src` or `dist`. */
async function controllersOf(service, folder) {
  // A build keeps the compiled files of sources that are gone, so the sources name the controllers.
  const sources = globSync(`apps/${service}/src/**/*.controller.ts`, { cwd: root }).sort();
  const files =
    folder === 'src'
      ? sources
      : sources.map((file) => file.replace(/^(apps\/[^/]+)\/src\//, '$1/dist/').replace(/\.ts$/, '.js'));
  const modules = await Promise.all(files.map((file) => import(pathToFileURL(join(root, file)).href)));
  return modules
    .flatMap((module) => Object.values(module))
    .filter(
      (value) =>
        typeof value === 'function' && Reflect.hasMetadata('path', value) && routesOf(value).length > 0,
    );
}

const nothing = () => undefined;
const silent = { log: nothing, debug: nothing, verbose: nothing, fatal: nothing };
/**
 * Two DTOs with one name in a service would share a schema. Nest only warns of that; here it is an
 * error.
 */
const refuse = (message) => {
  throw new Error(String(message));
};

/**
 * The OpenAPI document of every service, by name, without starting any.
 * @param {'src' | 'dist'} folder where the controllers are read: the sources under Jest, otherwise
 * the build
 */
async function openApiDocuments(folder) {
  const documents = [];
  const ending = folder === 'src' ? 'ts' : 'js';
  for (const { service, title } of services) {
    const controllers = (await controllersOf(service, folder)).map(bareOf);
    if (controllers.length === 0) continue;
    const { answers } = await import(
      pathToFileURL(join(root, `apps/${service}/${folder}/answers.generated.${ending}`)).href
    );
    class Routes {}
    const app = await NestFactory.create({ module: Routes, controllers }, new FastifyAdapter(), {
      logger: { ...silent, warn: refuse, error: refuse },
    });
    documents.push({
      service: { name: service, prefixes: [], origin: '' },
      document: JSON.parse(JSON.stringify(openApiDocument(app, service, title, answers))),
    });
  }
  return documents;
}

/** The edge's combined document of all services. */
export async function mergedOpenApi(folder) {
  const ending = folder === 'src' ? 'ts' : 'js';
  const { mergeOpenApi } = await import(
    pathToFileURL(join(root, `apps/edge/${folder}/merged-openapi.${ending}`)).href
  );
  const { ownDocument } = await import(
    pathToFileURL(join(root, `apps/edge/${folder}/own-openapi.${ending}`)).href
  );
  const document = mergeOpenApi([...(await openApiDocuments(folder)), ownDocument]);
  delete document['x-unavailable-services'];
  return document;
}

/** The public contract: the checked-in part of the document. */
export const openApiFile = {
  name: 'docs/openapi.json',
  file: join(root, 'docs/openapi.json'),
  render: (document) => `${JSON.stringify(document, null, 2)}\n`,
};
