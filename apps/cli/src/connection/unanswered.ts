/** The codes of a certificate whose authority this machine does not know. */
const unknownAuthority = /SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/;

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return codeOf(error.cause) ?? (typeof code === 'string' ? code : undefined);
};

/**
 * Returns why a request got no answer, to follow a sentence: the innermost code of the error, such
 * as `ECONNREFUSED`, and the steps against it.
 */
export const unanswered = (error: unknown, steps = ''): string => {
  const code = codeOf(error);
  const named = code !== undefined && unknownAuthority.test(code);
  const todo = named ? 'name the authority of its certificate in NODE_EXTRA_CA_CERTS' : steps;
  return `${code === undefined ? '' : ` (${code})`}${todo === '' ? '' : `: ${todo}`}`;
};
