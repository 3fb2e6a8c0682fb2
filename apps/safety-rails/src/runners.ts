import { runnerOf } from '@interlock/platform';
import { actionsProjection } from './actions.projection.js';

/** The runner of the actions' read model. */
export class ActionsRunner extends runnerOf(actionsProjection) {}
