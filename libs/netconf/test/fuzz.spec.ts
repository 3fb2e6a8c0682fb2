import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { frame, NetconfError, operation, parseXml, XmlError } from '../src/index.js';
import { errorXml, failure, openRaw, replyTo } from './wire.js';

const VALID = `<?xml version="1.0" encoding="UTF-8"?><rpc-reply xmlns="urn:ietf:params:xml:ns:netconf:base:1.0" xmlns:x="urn:x" message-id="1"><data><x:a x:b="1">t &amp; &#65; <![CDATA[c]]></x:a><!-- c --><e/></data>${errorXml('in-use')}</rpc-reply>`;

const TOKENS = [
  '<',
  '>',
  '/',
  '&',
  ';',
  '"',
  "'",
  '=',
  ']]>',
  '<!--',
  '-->',
  '<![CDATA[',
  '<!DOCTYPE a [',
  '<!ENTITY a "b">',
  '&#x0;',
  '&a;',
  '<?',
  '?>',
  'xmlns:x=""',
  ' ',
  '\u0000',
  '\ufffe',
  ':',
  '<x:y>',
  '</',
  '\u{1F600}',
];

/** A valid message with some pieces removed, repeated or replaced. */
const broken = fc
  .array(
    fc.record({
      at: fc.nat(VALID.length),
      drop: fc.nat(12),
      put: fc.oneof(fc.constantFrom(...TOKENS), fc.string({ maxLength: 6 })),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((edits) =>
    edits.reduce((text, { at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop), VALID),
  );

describe('hostile replies', () => {
  it('are parsed or refused with an XmlError, never anything else', () => {
    fc.assert(
      fc.property(broken, (text) => {
        try {
          parseXml(text);
        } catch (error) {
          expect(error).toBeInstanceOf(XmlError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('never name an entity that was declared', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,8}$/), (name) => {
        expect(() => parseXml(`<!DOCTYPE a [<!ENTITY ${name} "x">]><a>&${name};</a>`)).toThrow(XmlError);
      }),
    );
  });

  it('settle the waiting call with a reply, or with a NetconfError that ends the session', async () => {
    await fc.assert(
      fc.asyncProperty(broken, async (text) => {
        const { session, peer } = await openRaw();
        const call = session.rpc(operation.get());
        await peer.arrived(2);
        if (text !== '') peer.send(text);
        peer.send(replyTo(peer.received[1], '<data/>'));
        try {
          expect((await call).warnings).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(NetconfError);
        }
        session.destroy();
        expect(session.inFlight).toBe(0);
      }),
      { numRuns: 150 },
    );
  });

  it('sent as raw bytes end the session or wait for more, within the memory limit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 6 }), async (pieces) => {
        const { session, peer } = await openRaw('1.1', { limits: { maxMessageBytes: 1_024 } });
        const call = failure(session.rpc(operation.get()));
        await peer.arrived(2);
        for (const piece of pieces) peer.sendBytes(Buffer.from(piece));
        peer.sendBytes(frame('chunked', 'not a message'));
        expect(await call).toBeInstanceOf(NetconfError);
        expect(session.endedBy).toBeInstanceOf(NetconfError);
      }),
      { numRuns: 150 },
    );
  });
});
