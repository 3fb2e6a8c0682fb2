import { fileURLToPath } from 'node:url';

import { bindingSchema } from '@interlock/network';
import { bundleSchema } from '@interlock/policy';

import { renderCompose } from '../deploy/compose.mjs';
import { renderThree } from '../deploy/compose-three.mjs';
import { kubernetesFiles } from '../deploy/kubernetes-overlays.mjs';
import { renderBoard } from '../deploy/board-json.mjs';
import { boards } from '../deploy/dashboards.mjs';
import { renderAlerts } from './alerts.mjs';
import { renderAsyncApi } from './asyncapi.mjs';
import { renderBindings } from './bindings.mjs';
import { renderBusServices } from './bus-services.mjs';
import { renderCli } from './cli.mjs';
import { renderConfiguration } from './configuration.mjs';
import { renderEvents } from './events.mjs';
import { renderMetrics } from './metrics.mjs';
import { renderRecipes } from './recipes.mjs';
import { renderStates } from './states.mjs';

const doc = (name) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

/** The generated documents and their renderers. */
export const documents = [
  {
    name: 'bindings.md',
    file: doc('bindings.md'),
    render: () => renderBindings(doc('bindings.md')),
  },
  {
    name: 'schemas/device-binding.schema.json',
    file: doc('schemas/device-binding.schema.json'),
    render: () => `${JSON.stringify(bindingSchema, null, 2)}\n`,
  },
  { name: 'states.md', file: doc('states.md'), render: renderStates },
  { name: 'configuration.md', file: doc('configuration.md'), render: renderConfiguration },
  { name: 'cli.md', file: doc('cli.md'), render: renderCli },
  { name: 'metrics.md', file: doc('metrics.md'), render: renderMetrics },
  { name: 'events.md', file: doc('events.md'), render: renderEvents },
  { name: 'runbooks/README.md', file: doc('runbooks/README.md'), render: renderAlerts },
  { name: 'asyncapi.json', file: doc('asyncapi.json'), render: renderAsyncApi },
  { name: 'POLICY_RECIPES.md', file: doc('POLICY_RECIPES.md'), render: renderRecipes },
  {
    name: '../deploy/nats/services.conf',
    file: doc('../deploy/nats/services.conf'),
    render: renderBusServices,
  },
  ...boards.map((board) => ({
    name: `../deploy/grafana/dashboards/${board.uid}.json`,
    file: doc(`../deploy/grafana/dashboards/${board.uid}.json`),
    render: () => renderBoard(board),
  })),
  { name: '../docker-compose.yml', file: doc('../docker-compose.yml'), render: renderCompose },
  {
    name: '../deploy/compose/three.yml',
    file: doc('../deploy/compose/three.yml'),
    render: renderThree,
  },
  ...Object.entries(kubernetesFiles).map(([path, text]) => ({
    name: `../deploy/kubernetes/${path}`,
    file: doc(`../deploy/kubernetes/${path}`),
    render: () => text,
  })),
  {
    name: 'schemas/policy-bundle.schema.json',
    file: doc('schemas/policy-bundle.schema.json'),
    render: () => `${JSON.stringify(bundleSchema, null, 2)}\n`,
  },
];
