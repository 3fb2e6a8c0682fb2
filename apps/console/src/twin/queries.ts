import type { Schema } from '@interlock/api-types';
import { tenantStore } from '../api/client.js';
import { routeQuery } from '../api/route-query.js';

export type Prediction = Schema<'PredictionDto'>;
type Calibration = Schema<'CalibrationDto'>;
export type TypeCalibration = Calibration['items'][number];
export type Trace = Schema<'TraceDto'>;

export const calibrationQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomous/digital-twin/calibration', ['twin', 'calibration', tenant], { tenant });
export const traceQuery = (id: string, tenant = tenantStore.get()) =>
  routeQuery('/api/v1/autonomous/digital-twin/traces/{id}', ['twin', 'trace', id, tenant], {
    path: { id },
    tenant,
  });
