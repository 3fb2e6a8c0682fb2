import type { ApiPath, paths, Schema } from '@interlock/api-types';

type QueryOf<P extends ApiPath> = paths[P] extends {
  readonly get: { readonly parameters: { readonly query?: infer Q } };
}
  ? NonNullable<Q>
  : never;
/** The filters of a list, as its route names them. A header names the tenant. */
type FilterOf<P extends ApiPath> = {
  readonly [N in Exclude<keyof QueryOf<P>, 'tenant_id'>]?: QueryOf<P>[N] | undefined;
};
export type ActionsFilter = FilterOf<'/api/v1/autonomous/actions'>;
export type InboxFilter = FilterOf<'/api/v1/autonomous/inbox'>;

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
