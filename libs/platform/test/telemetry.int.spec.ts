import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { trace } from '@opentelemetry/api';
import { createLogger, createTelemetry } from '../src/index.js';

describe('createTelemetry', () => {
  it('sends spans where OTEL_EXPORTER_OTLP_ENDPOINT says', async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        bodies.push(`${request.url} ${body}`);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    await new Promise<void>((resolve) => {
      collector.listen(0, '127.0.0.1', resolve);
    });
    const telemetry = createTelemetry({
      environment: {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`,
      },
      name: 'interlock-test',
    });
    telemetry.tracer('some-service').startSpan('some work').end();
    await telemetry.stop();
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toMatch(/^\/v1\/traces .*interlock-test.*some-service.*some work/s);
    await new Promise((resolve) => {
      collector.close(resolve);
    });
  });

  it('works without an exporter', async () => {
    const telemetry = createTelemetry({ environment: {} });
    const span = telemetry.tracer('s').startSpan('w');
    expect(span.spanContext().traceId).toMatch(/^[0-9a-f]{32}$/);
    span.end();
    await telemetry.stop();
  });
});

describe('createLogger', () => {
  it('writes JSON with the trace of what is being served, and leaves secrets out', () => {
    createTelemetry({ environment: {} });
    const lines: string[] = [];
    const logger = createLogger({
      name: 'test',
      destination: {
        write: (line) => {
          lines.push(line);
        },
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
