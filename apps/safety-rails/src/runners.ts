import { runnerOf } from '@interlock/platform';
import { actionsProjection } from './actions/actions.projection.js';
import { plansProjection } from './plans/plans.projection.js';

/** The runner of the actions' read model. */
export class ActionsRunner extends runnerOf(actionsProjection) {}
/** The runner of the plans' read model. */
export class PlansRunner extends runnerOf(plansProjection) {}
