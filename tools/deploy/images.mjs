/**
 * Every third-party image, by the part that it runs, with its pinned tag. Compose, the container
 * tests and the documents take them from here.
 */
export const images = {
  node: 'node:24-bookworm-slim',
  nats: 'nats:2.10.29-alpine',
  postgres: 'postgres:18-alpine',
  // Kubernetes only; weekly builds of it move the tag, so pin a digest in your overlay.
  cloudnativepg: 'ghcr.io/cloudnative-pg/postgresql:18.3-minimal-trixie',
  // 24.6 is the last version under BSD-3; 24.10 is ESLv2, 25 and later KLv1.
  eventstoredb: 'eventstore/eventstore:24.6.0-jammy',
  collector: 'otel/opentelemetry-collector:0.123.0',
  traces: 'jaegertracing/all-in-one:1.57',
  prometheus: 'prom/prometheus:v3.5.0',
  alertmanager: 'prom/alertmanager:v0.28.1',
  grafana: 'grafana/grafana:12.2.0',
};

/** The image of Interlock itself, which compose builds. */
export const ownImage = 'interlock:local';
