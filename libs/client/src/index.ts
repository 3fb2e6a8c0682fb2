export { InterlockClient } from './client.js';
export type {
  Accepted,
  Action,
  ActionEvent,
  Asked,
  ClientOptions,
  DecisionOptions,
  WaitOptions,
} from './client.js';
export { AgentCredential, readCredential } from './credential.js';
export type { CredentialFile, PrivateJwk, ProofHeaders } from './credential.js';
export { InterlockProblem } from './problem.js';
export { answerStep, publishIntent, readWebhook, serveOnBus } from './handlers.js';
export type { BusConnection, HandlerRequest, HandlerTable } from './handlers.js';
