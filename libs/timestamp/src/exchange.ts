import { createHash } from 'node:crypto';
import * as asn1 from 'asn1js';
import { AlgorithmIdentifier, MessageImprint, TimeStampReq, TimeStampResp } from 'pkijs';
import { hexOf, readToken, TimestampFault } from './token.js';

const sha256 = '2.16.840.1.101.3.4.2.1';
/** A token with its certificates has some kilobytes; an answer is refused above this. */
export const largestToken = 64 * 1024;

/** A request for a time stamp of some bytes, in DER (RFC 3161). `nonce`: eight random bytes. */
export const timestampRequest = (data: Uint8Array, nonce: Uint8Array): Uint8Array =>
  new Uint8Array(
    new TimeStampReq({
      version: 1,
      messageImprint: new MessageImprint({
        hashAlgorithm: new AlgorithmIdentifier({ algorithmId: sha256, algorithmParams: new asn1.Null() }),
        hashedMessage: new asn1.OctetString({ valueHex: createHash('sha256').update(data).digest() }),
      }),
      nonce: new asn1.Integer({ valueHex: positive(nonce) }),
      certReq: true,
    })
      .toSchema()
      .toBER(),
  );

/** The bytes as a whole number above 0 that has no shorter encoding. */
const positive = (bytes: Uint8Array): Uint8Array => bytes.with(0, (bytes[0]! & 0x7f) | 0x40);

/**
 * The token in an authority's answer to the request with this nonce, not verified otherwise.
 * Throws a TimestampFault where the authority refuses, or answers another request.
 */
export const tokenIn = (answer: Uint8Array, nonce: Uint8Array): Uint8Array => {
  const response = parsed(answer);
  const { status, statusStrings = [] } = response.status;
  const text = statusStrings.map((one) => one.valueBlock.value).join('; ');
  // 0 is granted, 1 is granted with modifications (RFC 3161, 2.4.2).
  if ((status as number) > 1)
    throw new TimestampFault(`the authority refuses: status ${status}${text === '' ? '' : `, ${text}`}`);
  if (response.timeStampToken === undefined) throw new TimestampFault('the authority answers no token');
  const token = new Uint8Array(response.timeStampToken.toSchema().toBER());
  const { info } = readToken(token);
  if (info.nonce === undefined || hexOf(info.nonce) !== Buffer.from(positive(nonce)).toString('hex'))
    throw new TimestampFault('the authority answers another request: it has another nonce');
  return token;
};

const parsed = (answer: Uint8Array): TimeStampResp => {
  try {
    return TimeStampResp.fromBER(answer);
  } catch (cause) {
    throw new TimestampFault('the authority answers no time-stamp response', { cause });
  }
};
