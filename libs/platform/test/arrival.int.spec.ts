import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { arrivalHeader } from '../src/index.js';
import { request, running, startDemoService } from './http-service.js';

startDemoService();

const waited = async (arrived: number): Promise<number> =>
  Number(
    (await request('GET', '/api/v1/things/waited', undefined, { [arrivalHeader]: `${arrived}` })).body['ms'],
  );

describe('the arrival of a request', () => {
  it('is that at the edge where it was earlier, and within reason', async () => {
    expect(await waited(Date.now() - 60_000)).toBeGreaterThanOrEqual(60_000);
    expect(await waited(Date.now() - 3_600_000)).toBeLessThan(60_000);
    expect(await waited(Date.now() + 3_600_000)).toBeGreaterThanOrEqual(0);
  });

  it('is the time before a hold of the loop, during which nobody reads it', async () => {
    const socket = connect(running.http.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const answer = new Promise<string>((resolve) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.includes('"ms"')) resolve(text);
      });
    });
    socket.write('GET /api/v1/things/waited HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    const from = performance.now();
    while (performance.now() - from < 1500);
    expect(Number(/"ms":([\d.]+)/.exec(await answer)![1])).toBeGreaterThanOrEqual(1500);
    socket.destroy();
  });
});
