import { readData } from './read.mjs';

/**
 * Every third-party image, by the part that it runs, with its pinned tag. Compose, the container
 * tests and the documents take them from here.
 *
 * `cloudnativepg` is for Kubernetes only; weekly builds of it move the tag, so pin a digest in your
 * overlay. EventStoreDB 24.6 is the last version under BSD-3; 24.10 is ESLv2, 25 and later KLv1.
 * @type {Readonly<Record<'node' | 'nats' | 'postgres' | 'cloudnativepg' | 'eventstoredb'
 * | 'collector' | 'traces' | 'prometheus' | 'alertmanager' | 'grafana', string>>}
 */
export const images = readData('deploy/images.json');

/** The image of Interlock itself, which compose builds. */
export const ownImage = 'interlock:local';
