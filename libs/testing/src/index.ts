export { freePort, startGuarded } from '@interlock/embedded';
export type { Guarded } from '@interlock/embedded';
export { atThisPace } from '@interlock/pace';
export { until } from './until.js';
export { untilReady } from './until-ready.js';
export { underRetention } from './retention.js';
export { compiledSql, goldenText, sqlText, unnamedQueries } from './compiled-sql.js';
export { recordedStreams } from './recorded-streams.js';
export { crashPoints, crashPointsOf } from './crash-points.js';
export { suiteWhere } from './suite-where.js';
export { findPython, runPython } from './python.js';
export { images, loadTestcontainers, missingContainers } from './containers.js';
export { bareEnvironment, buildApps, commandLine, serviceProgram } from './build-apps.js';
export { installPackage } from './installed-package.js';
export type { InstalledPackage } from './installed-package.js';
export { startGate } from './gate.js';
export type { Gate } from './gate.js';
export { startPostgres, startPostgresCluster } from './postgres.js';
export type { PostgresCluster, TestPostgres } from './postgres.js';
export { startLog } from './log.js';
export type { TestLog } from './log.js';
export { memoryBusKeys } from './bus-keys.js';
export { natsVersion, startNats, startNatsServer } from './nats.js';
export type { TestNats } from './nats.js';
export { testIssuer } from './issuer.js';
export type { TestIssuer } from './issuer.js';
export { boundSecrets } from './bound-secrets.js';
export { startParts, testContext } from './parts.js';
export type { Parts, PartsOptions } from './parts.js';
export { listening, signatureOf, startReceiver, takesAll } from './receiver.js';
export type { Behaviour, Received, Receiver } from './receiver.js';
export { startS3Server } from './s3-server.js';
export { startS3Program } from './s3-program.js';
export type { S3Server } from './s3-server.js';
export { startIdentityProvider } from './identity-provider.js';
export type { IdentityProvider } from './identity-provider.js';
export { checkAnswers, DeclaredAnswers } from './answers.js';
export { answerChangeRequests } from './change-requests.js';
export { startSpanReceiver, type ExportedSpan, type SpanReceiver } from './span-receiver.js';
export {
  startTimestampAuthority,
  type TestTimestampAuthority,
  type TimestampTrouble,
} from './timestamp-authority.js';
