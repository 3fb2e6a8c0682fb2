export { InterlockClient } from './client.js';
export type {
  Accepted,
  Action,
  ActionEvent,
  Asked,
  ClientOptions,
  DecisionOptions,
  FollowOptions,
  WaitOptions,
} from './client.js';
export { AgentCredential, readCredential } from './credential.js';
export type { CredentialFile, PrivateJwk, ProofHeaders } from './credential.js';
export { InterlockProblem } from './problem.js';
export { govern, handlersOf, Outcome } from './govern.js';
export type { Governance, GovernedFunction, GovernOptions } from './govern.js';
export { answerStep, NotApplied, publishIntent, readWebhook, serveOnBus, verifyWebhook } from './handlers.js';
export type { BusConnection, HandlerRequest, HandlerTable, OutcomeEvent } from './handlers.js';
export { Journal } from './journal.js';
export { answerWebhook, serveWebhooks } from './webhooks.js';
export type { WebhookAnswer, WebhookServer } from './webhooks.js';
