import { readClientCertificate, type ClientCertificate } from '@interlock/netconf';

/** How many certificates are kept since the last sweep, and from before it. */
const most = 256;

/**
 * Keeps client certificates that were read, because reading a private key takes half a millisecond
 * of the event loop. They are kept by their text, so a changed secret is read anew.
 */
export class ClientCertificates {
  /** By PEM text: those used since the last sweep, and those used only before it. */
  #recent = new Map<string, ClientCertificate>();
  #earlier = new Map<string, ClientCertificate>();

  /** Returns the certificate in a PEM text. Throws as `readClientCertificate`. */
  read(pem: string): ClientCertificate {
    const known = this.#recent.get(pem) ?? this.#earlier.get(pem) ?? readClientCertificate(pem);
    if (this.#recent.size >= most && !this.#recent.has(pem)) this.sweep();
    this.#recent.set(pem, known);
    return known;
  }

  /** Drops the certificates that were not used since the last sweep. */
  sweep(): void {
    this.#earlier = this.#recent;
    this.#recent = new Map();
  }

  /** Drops all certificates. */
  clear(): void {
    this.sweep();
    this.sweep();
  }
}
