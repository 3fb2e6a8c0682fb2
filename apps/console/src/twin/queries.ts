import { queryOptions } from '@tanstack/react-query';
import type { Schema } from '@interlock/api-types';
import { call, tenantStore } from '../api/client.js';

export type Prediction = Schema<'PredictionDto'>;
type Calibration = Schema<'CalibrationDto'>;
export type TypeCalibration = Calibration['items'][number];
export type Trace = Schema<'TraceDto'>;

export const calibrationQuery = (tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['twin', 'calibration', tenant],
    queryFn: ({ signal }) => call('get', '/api/v1/autonomous/digital-twin/calibration', { tenant, signal }),
  });
export const traceQuery = (id: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['twin', 'trace', id, tenant],
    queryFn: ({ signal }) =>
      call('get', '/api/v1/autonomous/digital-twin/traces/{id}', { path: { id }, tenant, signal }),
  });
