import { connect } from 'node:net';
import { expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { createDevIssuer, startService } from '../src/index.js';
import { demoEffects, demoModule } from './demo.js';
import { fakeContext } from './fake-context.js';

it('refuses a request that arrives while the service stops with a problem', async () => {
  const { context } = fakeContext((await createDevIssuer()).auth);
  const running = await startService(context, demoModule, { title: 'Demo', effects: demoEffects });
  const { port } = running.http;
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  // The server waits for the rest of a request that has begun.
  socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\n');
  await until(() => socket.bytesWritten > 0 && !socket.connecting, 'the request has begun');
  const stopped = running.stop();
  await until(
    () =>
      fetch(`http://127.0.0.1:${port}/health/live`).then(
        () => false,
        () => true,
      ),
    'the service has stopped listening',
  );
  socket.write('\r\n');
  await ended;
  await stopped;
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 503 /);
  expect(head.toLowerCase()).toContain('content-type: application/problem+json');
  expect(head.toLowerCase()).toMatch(/^retry-after: \d+$/m);
  expect(head.toLowerCase()).toMatch(/^connection: close$/m);
  expect(JSON.parse(body)).toMatchObject({
    code: 'service-unreachable',
    detail: 'the service is stopping',
    instance: '/health/live',
  });
});
