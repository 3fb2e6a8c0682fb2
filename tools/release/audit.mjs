// The audit of the shipped packages. `node tools/release/audit.mjs` prints what would stop a
// release, and exits with 1 then. It needs the network. Run it daily, because advisories also come
// after a release.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The agreed level: advisories from here on stop a release. */
const auditLevel = 'high';
const levels = ['info', 'low', 'moderate', 'high', 'critical'];

/**
 * Accepted advisories. Each has the address of the advisory, the reason why it does not concern
 * Interlock, and the day on which it is looked at again.
 * @type {readonly { readonly url: string, readonly reason: string, readonly until: string }[]}
 */
export const accepted = [];

/**
 * The findings of a report of `npm audit --json` that stop a release. Throws if it is no report,
 * because an audit that did not run has found nothing out.
 * @param {unknown} report
 * @param {string} today such as `2027-01-31`
 * @param {typeof accepted} exceptions
 * @returns {readonly string[]}
 */
export function auditFaults(report, today, exceptions = accepted) {
  const vulnerabilities = report?.vulnerabilities;
  if (typeof vulnerabilities !== 'object' || vulnerabilities === null)
    throw new Error(`npm audit gave no report: ${report?.message ?? 'it has no member `vulnerabilities`'}`);
  const expired = exceptions
    .filter(({ until }) => until < today)
    .map(({ url, until }) => `the exception for ${url} ended on ${until}`);
  const holds = new Set(exceptions.filter(({ until }) => until >= today).map(({ url }) => url));
  const advisories = new Map(
    Object.entries(vulnerabilities).flatMap(([name, { via }]) =>
      via
        .filter((cause) => typeof cause === 'object')
        .map((cause) => [cause.url, { name, severity: cause.severity, title: cause.title }]),
    ),
  );
  const found = [...advisories]
    .filter(([url, { severity }]) => {
      const level = levels.indexOf(severity);
      return (level === -1 || level >= levels.indexOf(auditLevel)) && !holds.has(url);
    })
    .map(([url, { name, severity, title }]) => `${name}: ${severity}, ${title} (${url})`);
  return [...found, ...expired];
}

/** Asks the registry about the shipped packages. Needs the network. */
function npmAudit(root) {
  const { stdout, error } = spawnSync('npm', ['audit', '--json', '--omit=dev'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  if (error !== undefined) throw error;
  return JSON.parse(stdout);
}

/** The findings that stop a release today; a missing report is one. */
export function auditToday(root) {
  try {
    return auditFaults(npmAudit(root), new Date().toISOString().slice(0, 10));
  } catch (error) {
    return [error.message];
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const faults = auditToday(fileURLToPath(new URL('../..', import.meta.url)));
  process.stdout.write(faults.map((fault) => `${fault}\n`).join(''));
  process.exitCode = faults.length === 0 ? 0 : 1;
}
