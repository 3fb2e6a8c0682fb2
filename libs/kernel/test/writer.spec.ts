import { describe, expect, it } from '@jest/globals';
import { asWriter, collect, InMemoryEventStore, logBehind, testMetadata } from '../src/index.js';

const event = {
  id: '6d4c0a0e-2a53-4b52-8a55-9b0a6f6c1f0a',
  type: 'ActionRequested',
  data: {},
  metadata: testMetadata({ writer: 'somebody-else' }),
};

describe('a service that writes to the log', () => {
  it('signs each event with its name, whatever the event said before', async () => {
    const log = new InMemoryEventStore();
    await asWriter(log, 'safety-rails').append('action-demo:1', [event], 'no_stream');
    const [written] = await collect(log.read('action-demo:1'));
    expect(written?.metadata.writer).toBe('safety-rails');
    expect(event.metadata.writer).toBe('somebody-else');
  });

  it.each([
    'device-demo:1',
    'unknown-demo:1',
    'constructor-demo:1',
    'action',
    '$settings',
    '$$action-demo:1',
  ])('cannot append to `%s`, which it does not own', async (stream) => {
    const log = new InMemoryEventStore();
    await expect(asWriter(log, 'safety-rails').append(stream, [event], 'any')).rejects.toThrow(
      'does not own the stream',
    );
    expect(await log.head()).toBeNull();
  });

  it('shares what is kept per log with the other services of its process', () => {
    const log = new InMemoryEventStore();
    const view = asWriter(asWriter(log, 'audit'), 'safety-rails');
    expect(logBehind(view)).toBe(log);
    expect(logBehind(log)).toBe(log);
  });
});
