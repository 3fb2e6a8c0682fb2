import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { asWriter, collect, forgeryIn, InMemoryEventStore, testMetadata } from '../src/index.js';

const { ReleaseStarted: release } = JSON.parse(
  readFileSync(new URL('../../../fixtures/kernel/events.json', import.meta.url), 'utf8'),
) as { readonly ReleaseStarted: { readonly version: string; readonly build: string; readonly node: string } };
const own = 'release-_system:safety-rails';
let ids = 0;
const happened = () => ({
  id: `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`,
  type: 'Happened',
  data: {},
  metadata: testMetadata(),
});
const service = (log: InMemoryEventStore, of = release) =>
  asWriter(log, 'safety-rails', { data: of, now: () => '2026-01-01T00:00:00.000Z' });

describe('the release of a service', () => {
  it('is in the log before the first event that names it', async () => {
    const log = new InMemoryEventStore();
    await service(log).append('action-demo:1', [happened()], 'no_stream');
    const [started, event] = await collect(log.readAll());
    expect(started).toMatchObject({ stream: own, type: 'ReleaseStarted', data: release });
    expect(event?.metadata).toMatchObject({ writer: 'safety-rails', release: started!.id });
    expect(forgeryIn(started!)).toBeNull();
  });

  it('is recorded once, however many instances of the same program start', async () => {
    const log = new InMemoryEventStore();
    const views = [service(log), service(log), service(log)];
    for (const view of views) await view.append('action-demo:1', [happened()], 'any');
    expect(await collect(log.read(own))).toHaveLength(1);
    await service(log, { ...release, version: '0.3.0' }).append('action-demo:1', [happened()], 'any');
    expect(await collect(log.read(own))).toHaveLength(2);
    await service(log).append('action-demo:1', [happened()], 'any');
    expect(await collect(log.read(own))).toHaveLength(2);
  });

  it('is appended at a named revision, after the release of a faster instance', async () => {
    const log = new InMemoryEventStore();
    await service(log, { ...release, version: '0.1.0' }).append('action-demo:1', [happened()], 'any');
    const places: unknown[] = [];
    const { append } = log;
    log.append = async (stream, events, expected) => {
      if (stream === own && places.push(expected) === 1)
        await asWriter(log, 'safety-rails', {
          data: { ...release, version: '0.3.0' },
          now: () => '2026-01-01T00:00:00.000Z',
        }).append('action-demo:2', [happened()], 'any');
      return append.call(log, stream, events, expected);
    };
    await service(log).append('action-demo:1', [happened()], 'any');
    expect(places).toEqual([0n, 0n, 1n]);
    expect(await collect(log.read(own))).toHaveLength(3);
  });

  it('that cannot be recorded blocks every append, and is recorded by the next one', async () => {
    const log = new InMemoryEventStore();
    const view = service(log);
    const { append } = log;
    log.append = () => Promise.reject(new Error('the log is gone'));
    await expect(view.append('action-demo:1', [happened()], 'any')).rejects.toThrow('the log is gone');
    log.append = append;
    expect(await log.head()).toBeNull();
    await view.append('action-demo:1', [happened()], 'any');
    expect((await collect(log.readAll())).map(({ type }) => type)).toEqual(['ReleaseStarted', 'Happened']);
  });

  it("is forged if another service wrote it, or if it is in another service's stream", async () => {
    const log = new InMemoryEventStore();
    await expect(asWriter(log, 'audit').append(own, [happened()], 'any')).rejects.toThrow('does not own');
    const metadata = testMetadata({ writer: 'audit' });
    expect(forgeryIn({ stream: own, metadata })).toContain('`audit` wrote it');
  });
});
