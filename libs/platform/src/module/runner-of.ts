import { Inject, Injectable } from '@nestjs/common';
import { ProjectionRunner, type Projection } from '@interlock/postgres';

import type { ServiceContext } from '../base/context.js';
import { SERVICE_CONTEXT } from './platform-module.js';
import { projectionSettings } from './projection-settings.js';

/**
 * Returns the class to extend for a projection's runner: `class BundlesRunner extends
 * runnerOf(bundlesProjection) {}`. List it in a module and inject it by name.
 */
export const runnerOf = <DB>(
  projection: Projection<DB>,
): new (context: ServiceContext) => ProjectionRunner<DB> => {
  @Injectable()
  class Runner extends ProjectionRunner<DB> {
    constructor(@Inject(SERVICE_CONTEXT) context: ServiceContext) {
      super({ ...projectionSettings(context), projection });
    }
  }
  return Runner;
};
