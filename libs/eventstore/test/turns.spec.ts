import { describe, expect, it } from '@jest/globals';
import { Turns } from '../src/reading/turns.js';

const mebibyte = 1024 * 1024;

describe('turns', () => {
  it('run work beside events after those that came before it, and not after others', async () => {
    const turns = new Turns(() => undefined);
    const order: string[] = [];
    turns.came(1);
    const after = turns.after(() => {
      order.push('after one');
    });
    turns.came(1);
    expect(turns.idle).toBe(false);
    turns.finished();
    await after;
    expect(order).toEqual(['after one']);
    turns.finished();
    expect(turns.idle).toBe(true);
  });

  it('hold the log back while more than a few mebibytes wait, however few events that are', () => {
    const turns = new Turns(() => undefined);
    let went = 0;
    const ask = (): void => {
      turns.whenRoom(() => {
        went += 1;
      });
    };
    for (let event = 1; event <= 4; event += 1) {
      turns.came(mebibyte);
      ask();
    }
    expect(went).toBe(4);
    turns.came(mebibyte);
    ask();
    expect(went).toBe(4);
    turns.finished();
    expect(went).toBe(5);
    turns.finished();
    expect(went).toBe(5);
  });

  it('let one event through that is larger than that', () => {
    const turns = new Turns(() => undefined);
    let went = 0;
    turns.came(16 * mebibyte);
    turns.whenRoom(() => {
      went += 1;
    });
    expect(went).toBe(0);
    turns.finished();
    expect(went).toBe(1);
  });
});
