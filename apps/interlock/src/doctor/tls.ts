import { isProblem } from '@interlock/kernel';

/** Where an operator sets the parameters of TLS for a part, as a remedy names them. */
export type TlsSettings = {
  /** The setting with the authority of the server's certificate. */
  readonly authority: string;
  /** The setting with the address of the server. */
  readonly address: string;
  /** The settings with the client's certificate, if the part can have one. */
  readonly client?: string;
};

const textOf = (error: unknown): string => {
  const { code, cause } = (error ?? {}) as { readonly code?: unknown; readonly cause?: unknown };
  const own = isProblem(error) ? error.detail : String(error);
  return [own, typeof code === 'string' ? code : '', cause === undefined ? '' : textOf(cause)].join(' ');
};

/**
 * Returns the remedy for a certificate that Node or the server refused, by the words and codes of
 * OpenSSL. Returns undefined for every other error.
 */
export const tlsRemedyOf = (
  error: unknown,
  { authority, address, client }: TlsSettings,
): string | undefined => {
  const text = textOf(error);
  if (/CERT_HAS_EXPIRED|certificate has expired/.test(text))
    return "renew the server's certificate; if it is still valid, correct the clock of this machine";
  if (/CERT_NOT_YET_VALID|certificate is not yet valid/.test(text))
    return "correct the clock of this machine, or of the machine that made the server's certificate";
  if (/ALTNAME_INVALID|altnames/.test(text))
    return `name the server in ${address} as its certificate does, or give it a certificate for that name`;
  if (/alert bad certificate|certificate required|valid client certificate|unknown ca/.test(text))
    return client === undefined
      ? 'let the server accept clients without a certificate'
      : `name a client certificate that the server accepts, and its key, in ${client}`;
  return /self-signed|SELF_SIGNED|UNABLE_TO_|unable to (?:verify|get)|CERT_SIGNATURE_FAILURE/.test(text)
    ? `name the authority of the server's certificate in ${authority}`
    : undefined;
};
