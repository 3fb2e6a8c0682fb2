import { isIP } from 'node:net';
import { emailMessage, emailReport, smtpAttemptOf, type Attempt } from '@interlock/notify';
import { createTransport } from 'nodemailer';
import { failureOf, SendFailure } from '../failure.js';
import type { Sender } from './sending.js';

const codeOf = (error: unknown): number | null => {
  const code = (error as { readonly responseCode?: unknown }).responseCode;
  return typeof code === 'number' ? code : null;
};

/** Servers that refuse unknown senders for now accept them after a few minutes. */
const greylistMs = 300_000;

/**
 * The result of a mail that the server took for some recipients only. Those whom it refuses for now
 * are tried once more, because each repeat reaches the others again.
 */
const refusedFor = (refused: number, all: number, errors: readonly unknown[], isRepeat: boolean): Attempt => {
  const codes = errors.flatMap((error) => codeOf(error) ?? []);
  const detail = `the mail server refused ${refused} of ${all} recipients${codes.length === 0 ? '' : ` with ${[...new Set(codes)].join(', ')}`}`;
  return isRepeat || codes.some((code) => code >= 500)
    ? { outcome: 'final', detail }
    : { outcome: 'again', detail, retry_after_ms: greylistMs };
};

/**
 * Sends by SMTP, under the same address rules as HTTP. The certificate must match the host. Results
 * repeat only the code of the server's answer.
 */
export const sendEmail: Sender<'email'> = async (
  { connect, ca, timeoutMs },
  { host, port, security, from, to, username, password_ref },
  { notice, link, secret, isRepeat },
) => {
  const auth =
    username === null || password_ref === null ? null : { user: username, pass: secret(password_ref) };
  const signal = AbortSignal.timeout(timeoutMs);
  const socket = await connect({ host, port, clear: security === 'none', signal });
  // The attempt handles errors while it waits for the socket; later ones are ignored.
  socket.on('error', () => undefined);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new SendFailure('no answer came in time', false)));
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
    if (rejected.length > 0) return refusedFor(rejected.length, to.length, rejectedErrors, isRepeat);
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
