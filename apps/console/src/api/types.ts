import type { Schema } from '@interlock/api-types';

export type Action = Schema<'ActionDto'>;
/** An action as a row of a list. */
export type ActionRow = Schema<'ActionRowDto'>;
export type ActionPage = Schema<'ActionPageDto'>;
export type ActionState = Action['state'];
export type Gate = Schema<'ActionGateDto'>;
/** The names of the gates, without the later steps. */
export type GateName = Schema<'HoldRecordDto'>['gate'];
export type Alert = Schema<'AlertDto'>;
export type Incident = Schema<'IncidentDto'>;
export type Posture = Schema<'PostureAssessmentDto'>;
export type Level = Posture['effective'];
export type Receipt = Schema<'KillSwitchReceiptDto'>;
