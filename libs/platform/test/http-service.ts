import { afterAll, beforeAll } from '@jest/globals';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import {
  createDevIssuer,
  createTelemetry,
  startService,
  type DevIssuer,
  type RunningService,
} from '../src/index.js';
import { demoEffects, demoModule, Journal } from './demo.js';
import { fakeContext, type FakeParts } from './fake-context.js';

export const spans = new InMemorySpanExporter();
export let issuer: DevIssuer;
export let parts: FakeParts;
export let running: RunningService;
export let journal: Journal;
export let token: string;

/** Starts the demo service before the tests of a suite, and stops it after them. */
export const startDemoService = (): void => {
  beforeAll(async () => {
    createTelemetry({ environment: {}, processors: [new SimpleSpanProcessor(spans)] });
    issuer = await createDevIssuer();
    parts = fakeContext(issuer.auth);
    token = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ', 'POLICY_WRITE'],
      sub: 'anna',
      kind: 'person',
    });
    running = await startService(parts.context, demoModule, {
      title: 'Demo',
      effects: demoEffects,
      onReady: (_running, app) => {
        journal = app.get(Journal);
      },
    });
  });
  afterAll(async () => {
    await running.stop();
  });
};

type Answer = { readonly status: number; readonly body: Record<string, unknown>; readonly headers: Headers };
export const request = async (
  method: string,
  path: string,
  body?: string,
  headers: Record<string, string> = {},
): Promise<Answer> => {
  const response = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
};
export const post = (body: string, headers: Record<string, string> = {}): Promise<Answer> =>
  request('POST', '/api/v1/things', body, headers);
