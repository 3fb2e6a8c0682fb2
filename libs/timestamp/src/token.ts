import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import {
  Certificate,
  CertificateChainValidationEngine,
  ContentInfo,
  ExtKeyUsage,
  SignedData,
  TSTInfo,
  type Attribute,
} from 'pkijs';

/** What a verified token says: the time, and the subject of the certificate that signed it. */
export type Timestamp = { readonly at: Date; readonly signer: string };

/**
 * Why a token does not prove a time. `untrusted`: the token is sound, and none of the trusted
 * certificates issued that of its signer.
 */
export class TimestampFault extends Error {
  readonly untrusted: boolean;
  constructor(
    detail: string,
    { untrusted = false, ...options }: ErrorOptions & { untrusted?: boolean } = {},
  ) {
    super(detail, options);
    this.name = 'TimestampFault';
    this.untrusted = untrusted;
  }
}

const oids = {
  signedData: '1.2.840.113549.1.7.2',
  timestampInfo: '1.2.840.113549.1.9.16.1.4',
  extendedKeyUsage: '2.5.29.37',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;
/** Hashes that a token may use, by object identifier. */
const hashes: { readonly [oid: string]: string } = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
export const hexOf = (value: asn1.Integer | asn1.OctetString): string =>
  Buffer.from(value.valueBlock.valueHexView).toString('hex');

/** Reads certificates in PEM. Throws a TimestampFault if there is none, or one is malformed. */
export const parseCertificates = (pem: string): readonly Certificate[] => {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new TimestampFault('it has no certificate in PEM');
  try {
    return found.map((one) => Certificate.fromBER(new X509Certificate(one).raw));
  } catch (cause) {
    throw new TimestampFault('it has an invalid certificate', { cause });
  }
};

const read = <T>(what: string, parse: () => T): T => {
  try {
    return parse();
  } catch (cause) {
    throw new TimestampFault(`it is no ${what}`, { cause });
  }
};

type ReadToken = { readonly signed: SignedData; readonly info: TSTInfo };

/** Reads a token without verifying it. Throws a TimestampFault. */
export const readToken = (token: Uint8Array): ReadToken =>
  read('time-stamp token', () => {
    const content = ContentInfo.fromBER(token);
    if (content.contentType !== oids.signedData) throw new TypeError('it is not signed data');
    const signed = new SignedData({ schema: content.content });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== oids.timestampInfo || eContent === undefined || signed.signerInfos.length !== 1)
      throw new TypeError('it has no time-stamp information by one signer');
    // The library reads the content in one piece only.
    const valueHex = eContent.getValue();
    signed.encapContentInfo.eContent = new asn1.OctetString({ valueHex });
    return { signed, info: TSTInfo.fromBER(valueHex) };
  });

/** Whether the token is over the data, by a hash that is still sound. */
const isOver = ({ messageImprint }: TSTInfo, data: Uint8Array): boolean => {
  const name = hashes[messageImprint.hashAlgorithm.algorithmId];
  return (
    name !== undefined &&
    sameBytes(messageImprint.hashedMessage.valueBlock.valueHexView, createHash(name).update(data).digest())
  );
};

/** The certificate of the signer, among those in the token. */
const signerOf = ({ certificates = [], signerInfos }: SignedData): Certificate | undefined => {
  const { sid } = signerInfos[0]!;
  return certificates.find(
    (one): one is Certificate =>
      one instanceof Certificate &&
      'serialNumber' in sid &&
      one.serialNumber.isEqual(sid.serialNumber) &&
      one.issuer.isEqual(sid.issuer),
  );
};

/** RFC 3161, 2.3: the key signs time stamps and nothing else, and the extension is critical. */
const isForTimestamps = ({ extensions = [] }: Certificate): boolean => {
  const usage = extensions.find(({ extnID }) => extnID === oids.extendedKeyUsage);
  const { parsedValue } = usage ?? {};
  return (
    usage?.critical === true &&
    parsedValue instanceof ExtKeyUsage &&
    parsedValue.keyPurposes.length === 1 &&
    parsedValue.keyPurposes[0] === oids.timeStamping
  );
};

/**
 * Whether a signed attribute names the signer's certificate by its hash (RFC 5035; RFC 2634 by
 * SHA-1), so that no other certificate of the same key can be put in its place.
 */
const namesCertificate = (attributes: readonly Attribute[], certificate: Certificate): boolean => {
  const attribute = attributes.find(
    ({ type }) => type === oids.signingCertificateV2 || type === oids.signingCertificate,
  );
  const [ids] = (attribute?.values[0] as asn1.Sequence | undefined)?.valueBlock.value ?? [];
  const [first] = (ids as asn1.Sequence | undefined)?.valueBlock.value ?? [];
  const parts = (first as asn1.Sequence | undefined)?.valueBlock.value ?? [];
  const at = parts.findIndex((part) => part instanceof asn1.OctetString);
  const algorithm =
    at === 0
      ? undefined
      : (parts[0] as asn1.Sequence | undefined)?.valueBlock.value[0]?.valueBlock.toString();
  const name =
    attribute?.type === oids.signingCertificate
      ? 'sha1'
      : algorithm === undefined
        ? 'sha256'
        : hashes[algorithm];
  const hash = parts[at];
  return (
    name !== undefined &&
    hash instanceof asn1.OctetString &&
    sameBytes(
      hash.valueBlock.valueHexView,
      createHash(name).update(new Uint8Array(certificate.toSchema().toBER())).digest(),
    )
  );
};

/**
 * Verifies a time-stamp token over some bytes (RFC 3161), offline: its signature, its certificate
 * for time stamps, and the chain to one of the trusted certificates at the token's own time. It
 * asks nobody about revocation. Throws a TimestampFault.
 */
export const verifyToken = (
  token: Uint8Array,
  data: Uint8Array,
  trusted: readonly Certificate[],
): Promise<Timestamp> =>
  verified(token, data, trusted).catch((cause: unknown) => {
    // The parts of a token may have other types than the library says.
    throw cause instanceof TimestampFault ? cause : new TimestampFault('it is malformed', { cause });
  });

const verified = async (
  token: Uint8Array,
  data: Uint8Array,
  trusted: readonly Certificate[],
): Promise<Timestamp> => {
  const { signed, info } = readToken(token);
  if (!isOver(info, data)) throw new TimestampFault('it is a time stamp of something else');
  const certificate = signerOf(signed);
  if (certificate === undefined) throw new TimestampFault('it lacks the certificate of its signer');
  if (!isForTimestamps(certificate))
    throw new TimestampFault('its certificate is not one for time stamps alone');
  if (!namesCertificate(signed.signerInfos[0]!.signedAttrs?.attributes ?? [], certificate))
    throw new TimestampFault('it does not name its certificate among what is signed');
  const at = info.genTime;
  const { notBefore, notAfter } = certificate;
  if (at < notBefore.value || at > notAfter.value)
    throw new TimestampFault(
      `its certificate was valid from ${notBefore.value.toISOString()} to ${notAfter.value.toISOString()}, and not at ${at.toISOString()}`,
    );
  const isSigned = await signed
    .verify({ signer: 0, data: Uint8Array.from(data).buffer, checkChain: false })
    .catch((cause: unknown) => {
      throw new TimestampFault('its signature cannot be verified', { cause });
    });
  if (!isSigned) throw new TimestampFault('its signature is wrong');
  const chain = await new CertificateChainValidationEngine({
    trustedCerts: [...trusted],
    certs: [...(signed.certificates ?? []).filter((one) => one instanceof Certificate), certificate],
    checkDate: at,
  }).verify();
  if (!chain.result)
    throw new TimestampFault(
      `none of the trusted certificates vouches for its signer at that time: ${chain.resultMessage}`,
      { untrusted: true },
    );
  return { at, signer: nameOf(certificate) };
};

/** The common name of a certificate's subject, or what else it has. */
const nameOf = ({ subject: { typesAndValues } }: Certificate): string => {
  const texts = typesAndValues.map(({ type, value }) => [type, String(value.valueBlock.value)] as const);
  return (texts.find(([type]) => type === '2.5.4.3') ?? texts[0])?.[1] ?? '';
};
