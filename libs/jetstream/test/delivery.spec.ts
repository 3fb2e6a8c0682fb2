import { describe, expect, it } from '@jest/globals';
import type { Msg } from 'nats';
import { toDelivery } from '../src/messages/delivery.js';

const message = (reply: string | undefined) => {
  const sent: string[] = [];
  const made = {
    subject: 'interlock.signals.demo.x.by.demo=app',
    data: new Uint8Array(),
    reply,
    respond: (text: string) => {
      sent.push(text);
      return true;
    },
  } as unknown as Msg;
  return { made, sent };
};

describe('a delivery', () => {
  it.each([
    '$JS.ACK.SIGNALS.test.3.41.7.1600000000000000000.0',
    '$JS.ACK.hub.ACCOUNT.SIGNALS.test.3.41.7.1600000000000000000.0',
    '$JS.ACK._.ACCOUNT.SIGNALS.test.3.41.7.1600000000000000000.0.random',
  ])('reads place and count from %s', (reply) => {
    expect(toDelivery(message(reply).made)).toMatchObject({
      deliveries: 3,
      sequence: 41,
      publishedMs: 1_600_000_000_000,
      subject: 'interlock.signals.demo.x.by.demo=app',
    });
  });

  it('has no time where the subject names none', () =>
    expect(toDelivery(message('$JS.ACK.SIGNALS.test.3.41.7.x.0').made)).not.toHaveProperty('publishedMs'));

  it.each([
    undefined,
    '',
    '_INBOX.abc',
    '$JS.ACK.SIGNALS.test',
    '$JS.API.x.y.z.a.b.c.d',
    '$JS.ACK.SIGNALS.test.x.y.7.1.0',
  ])('does not exist for the reply subject %s', (reply) =>
    expect(toDelivery(message(reply).made)).toBeUndefined(),
  );

  it('stays unanswered where the connection is closed', () => {
    const { made } = message('$JS.ACK.SIGNALS.test.1.1.1.1600000000000000000.0');
    const closed = {
      ...made,
      respond: () => {
        throw new Error('CONNECTION_CLOSED');
      },
    } as unknown as Msg;
    const delivery = toDelivery(closed)!;
    for (const answer of [delivery.ack, delivery.nak, delivery.term, delivery.working])
      expect(() => answer()).not.toThrow();
  });

  it('is answered in the words of the protocol, waits in nanoseconds', () => {
    const { made, sent } = message('$JS.ACK.SIGNALS.test.1.1.1.1600000000000000000.0');
    const delivery = toDelivery(made)!;
    delivery.working();
    delivery.nak();
    delivery.nak(1500.4);
    delivery.term();
    delivery.ack();
    expect(sent).toEqual(['+WPI', '-NAK', '-NAK {"delay":1500000000}', '+TERM', '+ACK']);
  });
});
