import { fileURLToPath } from 'node:url';

import { bundleSchema } from '@interlock/policy';

import { renderConfiguration } from './configuration.mjs';
import { renderEvents } from './events.mjs';
import { renderStates } from './states.mjs';

const doc = (name) => fileURLToPath(new URL(`../../docs/${name}`, import.meta.url));

/** The generated documents, and what renders each. */
export const documents = [
  { name: 'states.md', file: doc('states.md'), render: renderStates },
  { name: 'configuration.md', file: doc('configuration.md'), render: renderConfiguration },
  { name: 'events.md', file: doc('events.md'), render: renderEvents },
  { name: 'schemas/policy-bundle.schema.json', file: doc('schemas/policy-bundle.schema.json'), render: () => `${JSON.stringify(bundleSchema, null, 2)}\n` },
];
