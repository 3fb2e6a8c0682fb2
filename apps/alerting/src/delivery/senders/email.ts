import { isIP } from 'node:net';
import { emailMessage, emailReport, smtpAttemptOf, type Attempt } from '@interlock/notify';
import { createTransport } from 'nodemailer';
import { failureOf, SendFailure } from '../failure.js';
import type { Sender } from './sending.js';

const codeOf = (error: unknown): number | null => {
  const code = (error as { readonly responseCode?: unknown }).responseCode;
  return typeof code === 'number' ? code : null;
};

/**
 * The result of a mail that the server took for some recipients only. A repeat, with the same id,
 * may reach those whom the server refuses for now.
 */
const refusedFor = (refused: number, all: number, errors: readonly unknown[]): Attempt => {
  const codes = errors.map(codeOf);
  const passing = codes.find((code) => code === null || code < 500);
  const code = passing === undefined ? (codes[0] ?? null) : passing;
  return smtpAttemptOf(
    code,
    `the mail server refused ${refused} of ${all} recipients${code === null ? '' : ` with ${code}`}`,
  );
};

/**
 * Sends by SMTP, under the same address rules as HTTP. The certificate must match the host. Results
 * repeat only the code of the server's answer.
 */
export const sendEmail: Sender<'email'> = async (
  { connect, ca, timeoutMs },
  { host, port, security, from, to, username, password_ref },
  { notice, link, secret },
) => {
  const auth =
    username === null || password_ref === null ? null : { user: username, pass: secret(password_ref) };
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = await connect({ host, port, clear: security === 'none', signal });
  // The attempt handles errors while it waits for the socket; later ones are ignored.
  socket.on('error', () => undefined);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new SendFailure('no answer came in time', false));
    });
  });
  late.catch(() => undefined);
  const mailboxes = { from, to };
  const { messageId, references, ...message } =
    notice.what === 'report' ? emailReport(notice, mailboxes) : emailMessage(notice, mailboxes, link);
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
      ...(ca === null ? {} : { ca }),
    },
    ...(auth === null ? {} : { auth }),
  });
  const talking = transport.sendMail({
    ...message,
    to: [...message.to],
    messageId,
    ...(notice.what === 'acknowledge' || notice.what === 'resolve' ? { inReplyTo: references } : {}),
    references,
  });
  try {
    const { rejected, rejectedErrors = [] } = await Promise.race([talking, late]);
    if (rejected.length > 0) return refusedFor(rejected.length, to.length, rejectedErrors);
    return { outcome: 'delivered', detail: 'the mail server took it', reference: messageId };
  } catch (error) {
    const code = codeOf(error);
    if (code !== null) return smtpAttemptOf(code, `the mail server answered ${code}`);
    if (/certificate|altnames/i.test(String((error as Error).message)))
      return smtpAttemptOf(null, 'the certificate is not believed');
    return smtpAttemptOf(null, failureOf(error).message);
  } finally {
    socket.destroy();
    talking.catch(() => undefined);
  }
};
