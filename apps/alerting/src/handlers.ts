import type {
  AlertCommand,
  AlertEvent,
  AlertState,
  IncidentCommand,
  IncidentEvent,
  IncidentState,
} from '@interlock/alerting';
import type { CommandHandler } from '@interlock/kernel';

export const ALERTS = Symbol('alerts');
export const INCIDENTS = Symbol('incidents');
export type AlertHandler = CommandHandler<AlertCommand, AlertEvent, AlertState>;
export type IncidentHandler = CommandHandler<IncidentCommand, IncidentEvent, IncidentState>;
