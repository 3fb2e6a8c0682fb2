// One empty Nest module that listens, as the minimal cost of a start. Resolved from the platform,
// which depends on Nest.
import { createRequire } from 'node:module';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const platform = createRequire(new URL('../../libs/platform/package.json', import.meta.url));
const load = (name) => import(pathToFileURL(platform.resolve(name)).href);
await load('reflect-metadata');
const [{ Module }, { NestFactory }, { FastifyAdapter }] = await Promise.all([
  load('@nestjs/common'),
  load('@nestjs/core'),
  load('@nestjs/platform-fastify'),
]);

class Empty {}
Module({})(Empty);

const app = await NestFactory.create(Empty, new FastifyAdapter(), { logger: false });
await app.listen(0, '127.0.0.1');
process.stdout.write('listening\n', () => process.exit(0));
