import { connect, isIP, type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { emailMessage, smtpAttemptOf } from '@interlock/notify';
import { createTransport } from 'nodemailer';
import { pinnedAddresses } from '../addresses.js';
import { failureOf, HttpFailure, pinnedLookup } from '../http-client.js';
import type { Sender } from './sending.js';

const codeOf = (error: unknown): number | null => {
  const code = (error as { readonly responseCode?: unknown }).responseCode;
  return typeof code === 'number' ? code : null;
};

const connected = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });

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
  const socket = connect({ host, port, lookup: pinnedLookup(pinned) });
  // Errors come where something waits for the socket; nobody does once the attempt is over.
  socket.on('error', () => undefined);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new HttpFailure('no answer came in time', false));
    }, timeoutMs);
  });
  const { messageId, references, ...message } = emailMessage(notice, { from, to });
  const talk = async (): Promise<void> => {
    await connected(socket);
    const transport = createTransport({
      connection: socket,
      host,
      port,
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
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
    await transport.sendMail({
      ...message,
      to: [...message.to],
      messageId,
      ...(notice.what === 'trigger' || notice.what === 'test' ? {} : { inReplyTo: references }),
      references,
    });
  };
  const talking = talk();
  try {
    await Promise.race([talking, late]);
    return { outcome: 'delivered', detail: 'the mail server took it', reference: messageId };
  } catch (error) {
    const code = codeOf(error);
    if (code !== null) return smtpAttemptOf(code, `the mail server answered ${code}`);
    if (/certificate|altnames/i.test(String((error as Error).message)))
      return smtpAttemptOf(null, 'the certificate is not believed');
    const { message: detail, final } = failureOf(error);
    return final ? { outcome: 'final', detail } : smtpAttemptOf(null, detail);
  } finally {
    clearTimeout(timer);
    socket.destroy();
    talking.catch(() => undefined);
  }
};
