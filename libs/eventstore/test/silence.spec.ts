import { beforeEach, describe, expect, it } from '@jest/globals';
import { InMemoryEventStore, type EventStore, type Position } from '@interlock/kernel';
import { SilenceWatch, type Watched } from '../src/connection/silence.js';
import { freshStream, happened } from './events.js';

class Subscription implements Watched {
  heard = 0;
  idle = true;
  live = true;
  readonly checkpointEvery = 40;
  reached: Position | null = null;
  readonly renewed: string[] = [];
  constructor(readonly prefixes: readonly string[] | undefined) {}
  renew(reason: Error): void {
    this.renewed.push(reason.message);
    this.heard += 1;
  }
}

describe('the watch for silence', () => {
  let store: EventStore;
  let watch: SilenceWatch;
  let read: Position[];
  let reads: number;
  let failing: { after: number } | undefined;
  let meanwhile: () => void;

  beforeEach(() => {
    store = new InMemoryEventStore();
    [read, reads, failing, meanwhile] = [[], 0, undefined, () => undefined];
    watch = new SilenceWatch({
      head: () => store.head(),
      async *readAfter(after) {
        reads += 1;
        meanwhile();
        let count = 0;
        for await (const event of store.readAll({ after })) {
          if (count === failing?.after) throw new Error('gone');
          count += 1;
          read.push(event.position);
          yield event;
        }
      },
    });
  });

  const watched = (prefixes?: readonly string[]): Subscription => {
    const subscription = new Subscription(prefixes);
    watch.add(subscription);
    return subscription;
  };
  const append = async (stream = freshStream(), count = 1): Promise<Position> =>
    (
      await store.append(
        stream,
        Array.from({ length: count }, (_, n) => happened(n)),
        'any',
      )
    ).position;
  const looks = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) await watch.look();
  };

  it('renews a subscription that brought nothing between two looks that found an event for it', async () => {
    const subscription = watched(['action-']);
    await append();
    await looks(2);
    expect(subscription.renewed).toEqual([]);
    await looks(1);
    expect(subscription.renewed).toEqual(['it is silent, and the log has an event for it at 1']);
  });

  it('gives the new one as much time as the first, and renews it too', async () => {
    const subscription = watched();
    await append();
    await looks(5);
    expect(subscription.renewed).toHaveLength(1);
    await looks(1);
    expect(subscription.renewed).toHaveLength(2);
  });

  it('leaves alone one that brings something, be it while the log is read', async () => {
    const subscription = watched();
    for (let n = 0; n < 6; n += 1) {
      await append();
      subscription.heard += 1;
      await looks(2);
    }
    await append();
    meanwhile = () => {
      subscription.heard += 1;
    };
    await looks(6);
    expect(subscription.renewed).toEqual([]);
  });

  it('leaves alone one that is handling something, or is not open', async () => {
    const subscription = watched();
    subscription.idle = false;
    await append();
    await looks(6);
    expect(subscription.renewed).toEqual([]);
    expect(reads).toBe(0);
  });

  it('leaves alone one for which the log has nothing, and reads what is new once, for all', async () => {
    const quiet = [watched(['none-']), watched(['neither-'])];
    await append(freshStream(), 37);
    await looks(4);
    await append(freshStream(), 3);
    await looks(4);
    expect(read).toHaveLength(40);
    expect(reads).toBe(2);
    expect(quiet.flatMap(({ renewed }) => renewed)).toEqual([]);
  });

  it('renews one that has not been told of a checkpoint for longer than they take to come', async () => {
    const subscription = watched(['none-']);
    await append(freshStream(), 30);
    await looks(3);
    subscription.heard += 1;
    await append(freshStream(), 30);
    await looks(3);
    await append(freshStream(), 10);
    failing = { after: 5 };
    for (let n = 0; n < 4; n += 1) await expect(watch.look()).rejects.toThrow('gone');
    failing = undefined;
    await looks(3);
    expect(subscription.renewed).toEqual([]);
    await append();
    await looks(2);
    expect(subscription.renewed).toEqual([
      'it is silent, and the log has grown by 41 events without a checkpoint',
    ]);
    await looks(6);
    expect(subscription.renewed).toHaveLength(1);
    expect(read).toHaveLength(71 + 4 * 5);
  });

  it('renews one that does not catch up, be it with an empty log', async () => {
    const subscription = watched(['none-']);
    subscription.live = false;
    await looks(2);
    expect(subscription.renewed).toEqual([]);
    await looks(1);
    expect(subscription.renewed).toEqual(['it is silent, and it has not caught up']);
    await append();
    subscription.live = true;
    await looks(6);
    expect(subscription.renewed).toHaveLength(1);
  });

  it('does not look behind what was handed over', async () => {
    const subscription = watched();
    subscription.reached = await append(freshStream(), 20);
    await looks(4);
    expect(reads).toBe(0);
    const missing = await append();
    await looks(2);
    expect(read).toEqual([missing, missing]);
    expect(subscription.renewed).toHaveLength(1);
  });

  it('holds nobody to be silent while the log cannot be read', async () => {
    const subscription = watched();
    await append();
    await looks(1);
    failing = { after: 0 };
    for (let n = 0; n < 4; n += 1) await expect(watch.look()).rejects.toThrow('gone');
    expect(subscription.renewed).toEqual([]);
    failing = undefined;
    await looks(2);
    expect(subscription.renewed).toHaveLength(1);
  });

  it('forgets one that was stopped', async () => {
    const subscription = watched();
    await append();
    await looks(2);
    watch.remove(subscription);
    await looks(3);
    expect(subscription.renewed).toEqual([]);
  });
});
