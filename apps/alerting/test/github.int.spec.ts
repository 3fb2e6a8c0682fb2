import { boundSecrets, takesAll, startReceiver, type Receiver } from '@interlock/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChannelSettings } from '@interlock/notify';
import { testEgress } from './egress.ts';
import { Issues } from './issues.ts';
import { answering, sent } from './sent.ts';

let receiver: Receiver;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());
beforeEach(() => {
  receiver.behave = takesAll;
  receiver.received.length = 0;
});

describe('GitHub issues', () => {
  const github = (): ChannelSettings => ({
    kind: 'github',
    repository: 'acme/ops',
    token_ref: 'env:CHANNEL_DEMO__GH',
    api_url: receiver.url,
  });

  it('are opened, commented on and closed', async () => {
    const kept = new Issues();
    receiver.behave = kept.behave;
    const opened = await sent(github());
    expect(opened).toMatchObject({ outcome: 'delivered', reference: '1' });
    expect(await sent(github(), { what: 'acknowledge', reference: '1' })).toMatchObject({
      outcome: 'delivered',
    });
    expect(kept.issues[0]).toMatchObject({ state: 'open', comments: [expect.anything()] });
    expect(await sent(github(), { what: 'resolve', reference: '1' })).toMatchObject({ outcome: 'delivered' });
    expect(kept.issues).toMatchObject([
      { state: 'closed', comments: [expect.anything(), expect.anything()] },
    ]);
  });

  it('are not duplicated if an answer was lost', async () => {
    const kept = new Issues();
    receiver.behave = kept.behave;
    kept.loses = true;
    expect(await sent(github())).toMatchObject({ outcome: 'again' });
    expect(await sent(github(), { isRepeat: true })).toMatchObject({ outcome: 'delivered', reference: '1' });
    kept.loses = true;
    expect(await sent(github(), { what: 'resolve', reference: '1' })).toMatchObject({ outcome: 'again' });
    expect(await sent(github(), { what: 'resolve', reference: '1', isRepeat: true })).toMatchObject({
      outcome: 'delivered',
    });
    expect(kept.issues).toHaveLength(1);
    expect(kept.issues[0]).toMatchObject({ state: 'closed', comments: [expect.anything()] });
  });

  it('are found by a repeat on a later page, issue and comment alike', async () => {
    const kept = new Issues();
    receiver.behave = kept.behave;
    kept.loses = true;
    await sent(github());
    for (let n = 0; n < 45; n += 1)
      kept.issues.unshift({ ...kept.issues[0]!, number: 100 + n, body: 'other' });
    expect(await sent(github(), { isRepeat: true })).toMatchObject({ outcome: 'delivered', reference: '1' });
    const issue = kept.issues.find(({ number }) => number === 1)!;
    issue.comments.push(...Array.from({ length: 45 }, () => ({ body: 'other' })));
    kept.loses = true;
    await sent(github(), { what: 'acknowledge', reference: '1' });
    await sent(github(), { what: 'acknowledge', reference: '1', isRepeat: true });
    expect([kept.issues.length, issue.comments.length]).toEqual([46, 46]);
  });

  it('are not believed to be opened, commented on or closed by an answer without them', async () => {
    receiver.behave = (response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
    expect(await sent(github())).toEqual({
      outcome: 'again',
      detail: 'the receiver answered 200 without the number of an issue',
      retry_after_ms: null,
    });
    for (const what of ['acknowledge', 'resolve'] as const)
      expect(await sent(github(), { what, reference: '1' })).toEqual({
        outcome: 'again',
        detail: 'the receiver answered 200 without what was written',
        retry_after_ms: null,
      });
  });

  it('wait if GitHub reports too many requests, and are given up if the token is wrong', async () => {
    receiver.behave = answering(403, { 'x-ratelimit-remaining': '0' });
    expect(await sent(github())).toMatchObject({ outcome: 'again' });
    receiver.behave = answering(403, { 'retry-after': '60' });
    expect(await sent(github())).toMatchObject({ outcome: 'again', retry_after_ms: 60_000 });
    receiver.behave = answering(403);
    expect(await sent(github())).toMatchObject({ outcome: 'final' });
    receiver.behave = new Issues().behave;
    const wrong = testEgress(boundSecrets({ CHANNEL_DEMO__GH: 'other' }, ['127.0.0.1']));
    expect(await sent(github(), {}, wrong)).toMatchObject({ outcome: 'final' });
  });

  it('of an episode without an issue are not requested', async () => {
    expect(await sent(github(), { what: 'resolve' })).toMatchObject({
      outcome: 'delivered',
      detail: 'there is no issue of this episode',
    });
    expect(receiver.received).toEqual([]);
  });

  it('of a report are opened once, and stay open', async () => {
    const kept = new Issues();
    receiver.behave = kept.behave;
    await sent(github());
    kept.loses = true;
    expect(await sent(github(), { what: 'report' })).toMatchObject({ outcome: 'again' });
    expect(await sent(github(), { what: 'report', isRepeat: true })).toMatchObject({
      outcome: 'delivered',
      reference: '2',
    });
    expect(kept.issues.map(({ labels, state }) => [labels[0], state])).toEqual([
      ['interlock-alert', 'open'],
      ['interlock-report', 'open'],
    ]);
  });

  it('for a test are closed immediately', async () => {
    const kept = new Issues();
    receiver.behave = kept.behave;
    expect(await sent(github(), { what: 'test' })).toMatchObject({ outcome: 'delivered' });
    expect(kept.issues).toMatchObject([{ state: 'closed' }]);
  });
});
