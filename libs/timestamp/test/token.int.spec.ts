import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startTimestampAuthority,
  type TestTimestampAuthority,
  type TimestampTrouble,
} from '@interlock/testing';
import { parseCertificates, TimestampFault, timestampRequest, tokenIn, verifyToken } from '../src/index.js';

const data = new TextEncoder().encode('a checkpoint\n');
let authority: TestTimestampAuthority;
let other: TestTimestampAuthority;
beforeAll(async () => {
  authority = await startTimestampAuthority();
  other = await startTimestampAuthority();
});
beforeEach(() => {
  authority.trouble = undefined;
  authority.at = undefined;
});
afterAll(async () => {
  await authority.stop();
  await other.stop();
});

const ask = async (): Promise<Uint8Array> => {
  const nonce = randomBytes(8);
  const response = await fetch(authority.url, {
    method: 'POST',
    headers: { 'content-type': 'application/timestamp-query' },
    body: Buffer.from(timestampRequest(data, nonce)),
  });
  return tokenIn(new Uint8Array(await response.arrayBuffer()), nonce);
};
const faultOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return '';
  } catch (error) {
    if (!(error instanceof TimestampFault)) throw error;
    return error.message;
  }
};

describe('a time stamp', () => {
  it('proves the time of the bytes that it is over, by a trusted authority', async () => {
    authority.at = new Date('2026-11-20T10:00:00.000Z');
    const token = await ask();
    const trusted = [...parseCertificates(other.ca), ...parseCertificates(authority.ca)];
    expect(await verifyToken(token, data, trusted)).toEqual({
      at: authority.at,
      signer: 'Test time-stamp unit',
    });
    expect(await faultOf(verifyToken(token, new Uint8Array(4), trusted))).toContain('something else');
    expect(await faultOf(verifyToken(token, data, parseCertificates(other.ca)))).toContain('vouches');
  });

  it('tells no other time with any byte of it changed', async () => {
    const token = await ask();
    const trusted = parseCertificates(authority.ca);
    const said = await verifyToken(token, data, trusted);
    const other: number[] = [];
    let refused = 0;
    for (let at = 0; at < token.length; at += 5)
      await verifyToken(token.with(at, token[at]! ^ 1), data, trusted).then(
        // Nothing is signed over the version and the tags around what is.
        (now) => (now.at.getTime() === said.at.getTime() && now.signer === said.signer) || other.push(at),
        (error: unknown) => {
          if (!(error instanceof TimestampFault)) throw error;
          refused += 1;
        },
      );
    expect(other).toEqual([]);
    expect(refused).toBeGreaterThan((token.length / 5) * 0.8);
  });

  it.each<[TimestampTrouble, RegExp]>([
    ['refused', /refuses: status 2, no time for you/],
    ['garbage', /no time-stamp response/],
    ['nonce', /another nonce/],
    ['imprint', /something else/],
    ['signature', /signature/],
    ['expired', /was valid from .* and not at/],
    ['usage', /not one for time stamps alone/],
    ['foreign', /vouches/],
  ])('is refused where the authority answers otherwise: %s', async (trouble, expected) => {
    authority.trouble = trouble;
    const fault = await faultOf(
      ask().then((token) => verifyToken(token, data, parseCertificates(authority.ca))),
    );
    expect(fault).toMatch(expected);
  });

  it('needs certificates in PEM', () => {
    expect(() => parseCertificates('')).toThrow('no certificate');
    expect(() => parseCertificates(authority.ca.replace('MII', 'AAA'))).toThrow('an invalid certificate');
  });
});
