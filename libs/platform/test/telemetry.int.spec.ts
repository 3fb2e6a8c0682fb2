import { describe, expect, it } from '@jest/globals';
import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { startSpanReceiver } from '@interlock/testing';
import { createLogger, createTelemetry, ensureTelemetry } from '../src/index.js';

const early = trace.getTracer('early-service');

/** What is exported of some spans in this environment. */
const exported = async (
  environment: { readonly [name: string]: string },
  work: () => void,
): Promise<readonly string[]> => {
  const receiver = await startSpanReceiver();
  const telemetry = createTelemetry({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`, ...environment },
  });
  work();
  await telemetry.stop();
  await receiver.stop();
  return receiver.spans().map(({ service, name }) => `${service}: ${name}`);
};

describe('createTelemetry', () => {
  const work = (): void => {
    early.startSpan('some work').end();
  };

  it('sends spans where OTEL_EXPORTER_OTLP_ENDPOINT says, also those of tracers that were there before', async () => {
    expect(await exported({}, work)).toEqual(['early-service: some work']);
  });

  it.each([{ OTEL_TRACES_EXPORTER: 'none' }, { OTEL_SDK_DISABLED: 'true' }])(
    'sends nothing with %p',
    async (environment) => {
      expect(await exported(environment, work)).toEqual([]);
    },
  );

  it('names everything as OTEL_SERVICE_NAME says', async () => {
    expect(await exported({ OTEL_SERVICE_NAME: 'mine' }, work)).toEqual(['mine: some work']);
  });

  it("names a span after its service, and a library's span after the service around it", () => {
    const spans = new InMemorySpanExporter();
    createTelemetry({ environment: {}, processors: [new SimpleSpanProcessor(spans)] });
    const library = trace.getTracer('@interlock/some-library');
    for (const service of ['one', 'two'])
      trace.getTracer(service).startActiveSpan('outer', (outer) => {
        library.startActiveSpan('inner', (inner) => inner.end());
        outer.end();
      });
    library.startSpan('alone').end();
    expect(
      spans.getFinishedSpans().map(({ name, resource }) => [name, resource.attributes['service.name']]),
    ).toEqual([
      ['inner', 'one'],
      ['outer', 'one'],
      ['inner', 'two'],
      ['outer', 'two'],
      ['alone', 'interlock'],
    ]);
  });

  it("names a library's span alone after the only service of the process, and says which process it was", () => {
    const spans = new InMemorySpanExporter();
    createTelemetry({ environment: {}, processors: [new SimpleSpanProcessor(spans)] });
    const library = trace.getTracer('@interlock/some-library');
    ensureTelemetry({}, 'audit');
    library.startSpan('alone').end();
    trace.getTracer('audit').startSpan('own').end();
    ensureTelemetry({}, 'posture');
    library.startSpan('of either').end();
    const found = spans.getFinishedSpans().map(({ resource }) => resource.attributes);
    expect(found.map((of) => of['service.name'])).toEqual(['audit', 'audit', 'interlock']);
    for (const of of found)
      expect(of).toMatchObject({
        'service.namespace': 'interlock',
        'service.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
        'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'host.name': expect.stringMatching(/./),
      });
    expect(new Set(found.map((of) => of['service.instance.id'])).size).toBe(1);
  });

  it("passes a caller's trace on unchanged without an exporter, and else begins one", () => {
    createTelemetry({ environment: {} });
    const given = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    const parent = trace.setSpanContext(ROOT_CONTEXT, { ...given, traceFlags: TraceFlags.NONE });
    context.with(parent, () =>
      expect(early.startSpan('w').spanContext()).toMatchObject({ ...given, traceFlags: TraceFlags.NONE }),
    );
    const span = early.startSpan('w');
    expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(span.isRecording()).toBe(false);
  });
});

describe('createLogger', () => {
  it('writes JSON with the trace of what is being served, and leaves secrets out', () => {
    createTelemetry({ environment: {} });
    const lines: string[] = [];
    const logger = createLogger({
      name: 'test',
      destination: {
        write: (line) => lines.push(line),
      },
    });
    trace.getTracer('t').startActiveSpan('w', (span) => {
      logger.info(
        {
          token: 'hunter2',
          headers: { authorization: 'Bearer hunter2', accept: '*/*' },
          user: { password: 'hunter2', name: 'n' },
        },
        'hello',
      );
      span.end();
      const line = JSON.parse(lines[0]!) as Record<string, unknown>;
      expect(line).toMatchObject({
        level: 'info',
        name: 'test',
        message: 'hello',
        trace_id: span.spanContext().traceId,
        user: { name: 'n' },
      });
    });
    expect(lines[0]).not.toContain('hunter2');
  });
});
