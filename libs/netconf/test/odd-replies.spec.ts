import { describe, expect, it } from '@jest/globals';
import {
  capability,
  classifyError,
  frame,
  NetconfClient,
  NetconfDataError,
  NetconfFramingError,
  NetconfRpcError,
  NetconfSession,
} from '../src/index.js';
import { errorXml, failure, openRaw, rawPeer, replyTo } from './wire.js';

/** How the client's call ends if the device answers it with this content. */
const answered = async <T>(content: string, ask: (client: NetconfClient) => Promise<T>): Promise<T> => {
  const { session, peer } = await openRaw('1.0');
  const asked = ask(new NetconfClient(session));
  asked.catch(() => undefined);
  await peer.arrived(2);
  peer.send(replyTo(peer.received[1], content));
  return asked.finally(() => {
    expect(session.endedBy).toBeUndefined();
    session.destroy();
  });
};

const writes: readonly [string, (client: NetconfClient) => Promise<unknown>][] = [
  ['lock', (client) => client.lock('running')],
  ['unlock', (client) => client.unlock('running')],
  ['edit-config', (client) => client.editConfig({ target: 'running', config: [] })],
  ['edit-data', (client) => client.editData('running', [])],
  ['copy-config', (client) => client.copyConfig('startup', 'running')],
  ['validate', (client) => client.validate('candidate')],
  ['commit', (client) => client.commit()],
  ['cancel-commit', (client) => client.cancelCommit('1')],
  ['discard-changes', (client) => client.discardChanges()],
  ['kill-session', (client) => client.killSession('9')],
  ['create-subscription', (client) => client.subscribe()],
];

describe('a reply of a device that writes it in another way', () => {
  it.each(writes)('to %s is no success if it says nothing', async (_, ask) => {
    const error = await failure(answered('<!-- done -->', ask));
    expect(error).toBeInstanceOf(NetconfFramingError);
    expect([classifyError(error), (error as Error).message]).toEqual([
      'ambiguous',
      'the reply holds neither `ok` nor an error',
    ]);
  });

  it.each(writes)('to %s is a refusal if its error is of another namespace', async (_, ask) => {
    const other = errorXml('lock-denied', '').replace('<rpc-error', '<rpc-error xmlns="urn:example:vendor"');
    const error = await failure(answered(other, ask));
    expect(error).toBeInstanceOf(NetconfRpcError);
    expect((error as Error).message).toContain('lock-denied');
  });

  it.each(writes)('to %s is a refusal if its error stands within results', async (_, ask) => {
    const results = `<commit-results xmlns="http://xml.juniper.net/junos"><routing-engine><name>re0</name>${errorXml('operation-failed', '', 'warning')}${errorXml('invalid-value', '')}</routing-engine></commit-results>`;
    const error = await failure(answered(results, ask));
    expect(error).toBeInstanceOf(NetconfRpcError);
    expect(error).toMatchObject({ errors: [{ tag: 'invalid-value' }], warnings: [{ severity: 'warning' }] });
  });

  it.each(writes)('to %s is a success with warnings alone', async (_, ask) => {
    await expect(answered(errorXml('operation-failed', '', 'warning'), ask)).resolves.toMatchObject({
      warnings: [{ severity: 'warning' }],
    });
  });

  it('with data twice contradicts itself', async () => {
    const error = await failure(answered('<data/><data/>', (client) => client.get()));
    expect(error).toBeInstanceOf(NetconfDataError);
    expect((error as Error).message).toContain('`data` several times');
  });

  it('instead of a hello is named with its namespace', async () => {
    for (const namespace of ['', 'urn:example:vendor']) {
      const { near, peer } = rawPeer('eom');
      const opening = NetconfSession.open(near);
      const capabilities = `<capabilities><capability>${capability.base10}</capability></capabilities>`;
      peer.sendBytes(frame('eom', `<hello xmlns="${namespace}">${capabilities}</hello>`));
      await expect(opening).rejects.toThrow(
        `\`hello\` of the namespace \`${namespace}\` came instead of a hello of NETCONF`,
      );
    }
  });
});
