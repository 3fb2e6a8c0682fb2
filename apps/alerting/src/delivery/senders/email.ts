import { rootCertificates } from 'node:tls';
import { isIP } from 'node:net';
import { emailMessage, smtpAttemptOf } from '@interlock/notify';
import { createTransport } from 'nodemailer';
import { pinnedAddresses } from '../addresses.js';
import { failureOf, HttpFailure } from '../http-client.js';
import type { Sender } from './sending.js';

const codeOf = (error: unknown): number | null => {
  const code = (error as { readonly responseCode?: unknown }).responseCode;
  return typeof code === 'number' ? code : null;
};

/** By SMTP, to an address that was looked at before; the certificate must be the host's. What the server said beside its code is not repeated. */
export const sendEmail: Sender<'email'> = async (
  { rule, resolve, ca, timeoutMs },
  { host, port, security, from, to, username, password_ref },
  { notice, secret },
) => {
  const auth =
    username === null || password_ref === null ? null : { user: username, pass: secret(password_ref) };
  const pinned = await pinnedAddresses(host, rule, resolve).catch((error: unknown) => {
    throw failureOf(error);
  });
  if (security === 'none' && !pinned.every(({ address }) => rule.isNamed(address)))
    throw new HttpFailure('what is not encrypted goes to networks only that the configuration allows', true);
  const { address } = pinned.find(({ family }) => family === 4) ?? pinned[0];
  const transport = createTransport({
    host: address,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    tls: {
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === null ? {} : { ca: [...rootCertificates, ca] }),
    },
    ...(auth === null ? {} : { auth }),
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new HttpFailure('no answer came in time', false));
    }, timeoutMs);
  });
  const { messageId, references, ...message } = emailMessage(notice, { from, to });
  try {
    await Promise.race([
      transport.sendMail({
        ...message,
        to: [...message.to],
        messageId,
        ...(notice.what === 'trigger' || notice.what === 'test' ? {} : { inReplyTo: references }),
        references,
      }),
      late,
    ]);
    return { outcome: 'delivered', detail: 'the mail server took it', reference: messageId };
  } catch (error) {
    const code = codeOf(error);
    if (code !== null) return smtpAttemptOf(code, `the mail server answered ${code}`);
    const { message: detail, final } = failureOf(error);
    return final ? { outcome: 'final', detail } : smtpAttemptOf(null, detail);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
};
