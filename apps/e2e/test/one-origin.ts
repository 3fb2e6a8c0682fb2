import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ResponseWorld, Service } from './response-world.js';

/** The service that answers a path, as in the edge. */
const services: readonly (readonly [string, Service])[] = [
  ['/api/v1/posture', 'posture'],
  ['/api/v1/responses', 'posture'],
  ['/api/v1/alerts', 'alerting'],
  ['/api/v1/webhooks', 'alerting'],
  ['/api/v1/incidents', 'alerting'],
  ['/api/v1/audit', 'audit'],
];

export type Origin = { readonly url: string; readonly stop: () => Promise<void> };

/** One address for the services of the world, for the command line. */
export const startOrigin = async (world: ResponseWorld): Promise<Origin> => {
  const server = createServer((incoming, answer) => {
    const service = services.find(([path]) => incoming.url?.startsWith(path) === true)?.[1];
    if (service === undefined) {
      answer.writeHead(404).end();
      return;
    }
    const { method, url: path, headers } = incoming;
    const passed = ask({ host: '127.0.0.1', port: world.portOf(service), method, path, headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
