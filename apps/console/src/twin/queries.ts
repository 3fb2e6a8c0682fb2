import type { Schema } from '@interlock/api-types';
import { routeQuery } from '../api/route-query.js';

export type Prediction = Schema<'PredictionDto'>;
type Calibration = Schema<'CalibrationDto'>;
export type TypeCalibration = Calibration['items'][number];
export type Trace = Schema<'TraceDto'>;

export const calibrationQuery = () =>
  routeQuery('/api/v1/autonomous/digital-twin/calibration', ['twin', 'calibration']);
export const traceQuery = (id: string) =>
  routeQuery('/api/v1/autonomous/digital-twin/traces/{id}', ['twin', 'trace', id], { path: { id } });
