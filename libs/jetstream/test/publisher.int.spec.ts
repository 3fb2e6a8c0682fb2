import { describe, expect, it } from '@jest/globals';
import { bus, durable, publisher, startConsumerBus } from './consumer-bus.js';

startConsumerBus();

describe('the publisher', () => {
  it('says where a message went, and that a repeat was one', async () => {
    const first = await publisher.publish(
      'interlock.signals.demo.x.by.demo=app',
      { n: 1 },
      { msgId: `${durable}:same` },
    );
    expect(first).toMatchObject({ stream: 'SIGNALS', duplicate: false });
    expect(
      await publisher.publish('interlock.signals.demo.x.by.demo=app', { n: 2 }, { msgId: `${durable}:same` }),
    ).toEqual({ ...first, duplicate: true });
  });

  it('says that the bus is unavailable where no stream takes the subject', async () => {
    await expect(
      publisher.publish('nowhere.at.all', {}, { msgId: 'x', deadlineMs: 200 }),
    ).rejects.toMatchObject({ code: 'bus-unavailable' });
  });

  it('refuses a message that is too large', async () => {
    await expect(
      publisher.publish(
        'interlock.signals.demo.x.by.demo=app',
        { text: 'x'.repeat(1_100_000) },
        { msgId: 'large' },
      ),
    ).rejects.toMatchObject({ code: 'payload-too-large' });
  });

  it('waits for a bus that comes back within the deadline', async () => {
    await bus.kill();
    const published = publisher.publish(
      'interlock.signals.demo.x.by.demo=app',
      { n: 1 },
      { msgId: `${durable}:wait`, deadlineMs: 30_000 },
    );
    await bus.start();
    expect(await published).toMatchObject({ stream: 'SIGNALS' });
  });
});
