// Written by `node tools/docs.mjs`, of the DTOs: change these.
export type paths = {
    readonly "/api/v1/action-types": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_actiontypes_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/action-types/{actionType}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_actiontypes_one"];
        readonly put: operations["policy_registry_actiontypes_change"];
        readonly post: operations["policy_registry_actiontypes_register"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/action-types/{actionType}/retire": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_actiontypes_retire"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/action-types/{actionType}/versions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_actiontypes_versions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/adapters/netconf/connect": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["netconf_gateway_netconf_connect"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/adapters/netconf/execute": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["netconf_gateway_netconf_execute"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/adapters/netconf/validate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["netconf_gateway_netconf_validate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_alerts_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/alertmanager": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_alertmanager_take"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/channels": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_channels_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/channels/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_channels_one"];
        readonly put: operations["alerting_channels_put"];
        readonly post?: never;
        readonly delete: operations["alerting_channels_remove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/channels/{id}/test": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_channels_test"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_alerts_check"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/deliveries": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_routes_deliveries"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/operational": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_alerts_operational"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/routes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_routes_get"];
        readonly put: operations["alerting_routes_put"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_alerts_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{id}/acknowledge": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_alerts_acknowledge"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{id}/note": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_alerts_note"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{id}/resolve": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_alerts_resolve"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{id}/silence": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_alerts_silence"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/alerts/{id}/timeline": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_alerts_timeline"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/archive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_archive_archive"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/checkpoint": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_proofs_checkpoint"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/checkpoints": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_proofs_checkpoints"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_audit_events"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_export_export"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/keys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_proofs_keys"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/people": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_privacy_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/people/lookup": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["audit_privacy_lookup"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/people/{person}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_privacy_export"];
        readonly put?: never;
        readonly post?: never;
        readonly delete: operations["audit_privacy_erase"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/proofs/consistency": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_proofs_consistency"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/proofs/inclusion": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_proofs_inclusion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/streams/{stream}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_audit_stream"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/audit/tiles/{level}/{index}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["audit_proofs_tile"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_actions_list"];
        readonly put?: never;
        readonly post: operations["safety_rails_actions_submit"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/records": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_actions_records"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/stream": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_actions_stream"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_actions_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/approve": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_actions_approve"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_actions_cancel"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/confirm": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_actions_confirm"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/extend": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_actions_extend"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/feedback": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_feedback_give"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/reject": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_actions_reject"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/rollback": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_actions_rollback"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/actions/{id}/timeline": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_actions_timeline"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/approvals/figures": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_approvals_figures"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/digital-twin/calibration": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["digital_twin_twin_calibration"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/digital-twin/predict": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["digital_twin_twin_predict"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/digital-twin/traces/import": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["digital_twin_twin_import"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/digital-twin/traces/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["digital_twin_twin_trace"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/inbox": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_inbox_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/intents/rejected": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_rejected_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/kill-switch": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_killswitch_uses"];
        readonly put?: never;
        readonly post: operations["safety_rails_killswitch_set"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/kill-switch/break-glass": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_breakglass_engage"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/kill-switch/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_killswitch_use"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/outcomes/by-hour": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_outcomes_byHour"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/plans": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_plans_list"];
        readonly put?: never;
        readonly post: operations["safety_rails_plans_submit"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/plans/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_plans_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/plans/{id}/approve": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_plans_approve"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/plans/{id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_plans_cancel"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/plans/{id}/reject": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_plans_reject"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_killswitch_status"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/tenants": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["safety_rails_tenants_list"];
        readonly put?: never;
        readonly post: operations["safety_rails_tenants_create"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/tenants/{tenant}/credentials": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_tenants_register"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/tenants/{tenant}/credentials/revoke": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_tenants_revoke"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/tenants/{tenant}/remove": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_tenants_remove"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/tenants/{tenant}/resume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_tenants_resume"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomous/tenants/{tenant}/suspend": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["safety_rails_tenants_suspend"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/auto-approval": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_autonomy_getAutoApproval"];
        readonly put: operations["budget_ledger_autonomy_putAutoApproval"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/budget": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_autonomy_getBudget"];
        readonly put: operations["budget_ledger_autonomy_putBudget"];
        readonly post?: never;
        readonly delete: operations["budget_ledger_autonomy_deleteBudget"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/budget/state": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_autonomy_budgetState"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/config": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_autonomy_listConfig"];
        readonly put: operations["budget_ledger_autonomy_putConfig"];
        readonly post?: never;
        readonly delete: operations["budget_ledger_autonomy_deleteConfig"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/earned": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_earned_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/earned/lift": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["budget_ledger_earned_lift"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/earned/refuse": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["budget_ledger_earned_refuse"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/earned/sign": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["budget_ledger_earned_sign"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/earned/step-down": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["budget_ledger_earned_stepDown"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/earned/target": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_earned_getTarget"];
        readonly put: operations["budget_ledger_earned_putTarget"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/explain": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_modeexplained_explain"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/limits": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_limits_get"];
        readonly put: operations["budget_ledger_limits_put"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/thresholds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["budget_ledger_thresholds_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/thresholds/{action_type}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put: operations["budget_ledger_thresholds_put"];
        readonly post?: never;
        readonly delete: operations["budget_ledger_thresholds_remove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/autonomy/thresholds/{action_type}/sign": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["budget_ledger_thresholds_sign"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/devices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["netconf_gateway_devices_list"];
        readonly put?: never;
        readonly post: operations["netconf_gateway_devices_register"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/devices/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["netconf_gateway_devices_get"];
        readonly put: operations["netconf_gateway_devices_update"];
        readonly post?: never;
        readonly delete: operations["netconf_gateway_devices_remove"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/devices/{id}/kpi-samples": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["netconf_gateway_devices_samples"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/devices/{id}/release": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["netconf_gateway_devices_release"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/devices/{id}/transactions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["netconf_gateway_devices_transactions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/devices/{id}/transactions/{tx}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["netconf_gateway_transactionstory_story"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_incidents_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/stream": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_incidents_stream"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_incidents_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/{id}/acknowledge": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_incidents_acknowledge"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/{id}/note": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_incidents_note"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/{id}/post-mortem": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_incidents_postMortem"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/{id}/resolve": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["alerting_incidents_resolve"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/incidents/{id}/timeline": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["alerting_incidents_timeline"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What happens in a tenant, as it happens: where each event stands
         * @description Server-sent events. The id of each is its position in the log: with `Last-Event-ID` the stream goes on after it; the event `gap` says that some are no longer to be had. `time` is the heartbeat.
         */
        readonly get: operations["edge_live"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/mcp/servers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["agent_gateway_mcpservers_list"];
        readonly put?: never;
        readonly post: operations["agent_gateway_mcpservers_register"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/mcp/servers/{server}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["agent_gateway_mcpservers_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/mcp/servers/{server}/look": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["agent_gateway_mcpservers_look"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/mcp/servers/{server}/retire": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["agent_gateway_mcpservers_retire"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/mcp/servers/{server}/tools/{tool}/confirm": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["agent_gateway_mcpservers_confirm"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/people": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Who may sign in to the console by invitation; for administrators, of the tenants that are their own */
        readonly get: operations["edge_people"];
        readonly put?: never;
        /** Invites somebody: the answer holds a link that signs them in once, within seven days, and is not shown again */
        readonly post: operations["edge_invite_person"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/people/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Removes somebody who was invited, with their links; their sessions end */
        readonly delete: operations["edge_remove_person"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/people/{id}/link": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Makes another link for somebody, good once, for seven days; links that are open stay so */
        readonly post: operations["edge_link_person"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_policies_list"];
        readonly put?: never;
        readonly post: operations["policy_registry_policies_create"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}/evaluate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_evaluator_evaluate_evaluate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}/{policyId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_policies_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch: operations["policy_registry_policies_change"];
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}/{policyId}/audit-trail": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_policies_auditTrail"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}/{policyId}/versions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_policies_versions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}/{policyId}/versions/{version}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_policies_version"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policies/{tenantId}/{policyId}/versions/{version}/compare/{other}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_policies_compare"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/analyse": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_analysis_analyse"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/analytics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_analytics_analytics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_bundles_list"];
        readonly put?: never;
        readonly post: operations["policy_registry_bundles_create"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/active": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_bundles_active"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/import": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_exchange_import"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/version/{version}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_bundles_byVersion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_bundles_byId"];
        readonly put: operations["policy_registry_bundles_update"];
        readonly post?: never;
        readonly delete: operations["policy_registry_bundles_delete"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/activate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_activate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/adopt": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_approvals_adopt"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/approvals": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_approvals_approve"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/canary-status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_rollout_status"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/check-gates": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_checkGates"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/clone": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_bundles_clone"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/diff/{other_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_analysis_diff"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/export": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_exchange_export"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/export/download": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_exchange_download"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/flip-list": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_approvals_last"];
        readonly put?: never;
        readonly post: operations["policy_registry_approvals_make"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/history": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_bundles_history"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/holds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_hold"];
        readonly delete: operations["policy_registry_rollout_release"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/lint": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_lint_stored"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/promote": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_promote"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/rollback": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_rollback"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bundles/{id}/schedule": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_schedule"];
        readonly delete: operations["policy_registry_rollout_unschedule"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/bypass": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_rollout_bypass"];
        readonly delete: operations["policy_registry_rollout_endBypass"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/lint": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_lint_lint"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/lint/settings": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_lint_settings"];
        readonly put: operations["policy_registry_lint_configure"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/rollout/settings": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_rollout_settings"];
        readonly put: operations["policy_registry_rollout_configure"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/schema": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_bundles_schema"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/signing": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_exchange_signing"];
        readonly put: operations["policy_registry_exchange_configure"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/signing/keys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_exchange_publicKeys"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/simulate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_simulate_simulate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/simulate/compare": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_simulate_compare"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/simulate/decisions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_simulate_decisions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/simulate/fixtures": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_simulate_fixtures"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/simulate/runs/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_simulate_run"];
        readonly put?: never;
        readonly post?: never;
        readonly delete: operations["policy_registry_simulate_cancel"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/simulate/runs/{id}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_simulate_events"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/suggestions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_analytics_suggestions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/suggestions/{id}/draft": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["policy_registry_analytics_draft"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/teams": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_teams_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/policy/teams/{teamId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["policy_registry_teams_one"];
        readonly put: operations["policy_registry_teams_define"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_posture_posture"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/brake": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_brake_status"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/brake/engage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_brake_engage"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/brake/release": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_brake_release"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/config": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_posture_config"];
        readonly put: operations["posture_posture_putConfig"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/config/history": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_views_versions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/evaluate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_views_evaluate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/history": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_posture_history"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/runs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_views_history"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/signals": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_views_signals"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/signals/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put: operations["posture_posture_report"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/trend": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_views_trend"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/trust": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_trust_status"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/trust/lock": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_trust_lock"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/trust/reset-unlocks": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_trust_resetUnlocks"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/posture/trust/unlock": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_trust_unlock"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/responses": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_responses_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/responses/run": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_responses_run"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/responses/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get: operations["posture_responses_one"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/responses/{id}/undo": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post: operations["posture_responses_undo"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/sessions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The console's sessions of the caller, the latest first; an administrator sees everybody's of their tenants */
        readonly get: operations["edge_sessions"];
        readonly put?: never;
        readonly post?: never;
        /** Ends all sessions of the caller */
        readonly delete: operations["edge_end_sessions"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/sessions/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /** Ends a session */
        readonly delete: operations["edge_end_session"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/api/v1/whoami": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Who asks, and what they may do */
        readonly get: operations["edge_whoami"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
};
export type webhooks = Record<string, never>;
export type components = {
    schemas: {
        readonly ShownAddressDto: {
            /** @enum {string} */
            readonly kind: "http" | "stdio";
            readonly url?: string;
            readonly secret_ref?: string | null;
            readonly command?: string;
        };
        readonly ToolChangeDto: {
            readonly member: string;
            readonly before: string | null;
            readonly after: string | null;
        };
        readonly ToolViolationDto: {
            readonly pointer: string;
            readonly detail: string;
            readonly code?: string;
        };
        readonly McpToolDto: {
            readonly tool: string;
            readonly action_type: string;
            /** @enum {string} */
            readonly state: "new" | "confirmed" | "changed" | "missing" | "refused";
            readonly digest: string | null;
            readonly definition: {
                readonly [key: string]: unknown;
            } | null;
            readonly terms: {
                readonly [key: string]: unknown;
            } | null;
            readonly difference: readonly components["schemas"]["ToolChangeDto"][];
            readonly violations: readonly components["schemas"]["ToolViolationDto"][];
        };
        readonly McpServerDto: {
            readonly server: string;
            readonly title: string;
            readonly address: components["schemas"]["ShownAddressDto"];
            readonly timeout_ms: number;
            readonly max_calls: number;
            readonly retired: boolean;
            readonly tools: readonly components["schemas"]["McpToolDto"][];
        };
        readonly McpServersDto: {
            readonly items: readonly components["schemas"]["McpServerDto"][];
            readonly next: null;
        };
        readonly McpAddressDto: {
            /** @enum {string} */
            readonly kind: "http" | "stdio";
            readonly url?: string;
            readonly secret_ref?: string;
            readonly command?: string;
        };
        readonly RegisterServerDto: {
            readonly server: string;
            readonly title?: string;
            readonly address: components["schemas"]["McpAddressDto"];
            readonly timeout_ms?: number;
            readonly max_calls?: number;
        };
        readonly ConfirmToolDto: {
            readonly digest: string;
            readonly read_only?: boolean;
            readonly external_contact?: boolean;
            readonly confidence_score?: number;
            readonly keep_results?: boolean;
        };
        readonly ManagedAlertDto: {
            readonly labels: {
                readonly [key: string]: string;
            };
            readonly annotations: {
                readonly [key: string]: string;
            };
            /** @enum {string} */
            readonly status: "firing" | "resolved";
            /** Format: date-time */
            readonly startsAt: string;
            /** Format: date-time */
            readonly endsAt: string;
            readonly generatorURL?: string;
            readonly fingerprint?: string;
        };
        readonly AlertmanagerDto: {
            /** @enum {string} */
            readonly version: "4";
            readonly groupKey?: string;
            readonly truncatedAlerts?: number;
            /** @enum {string} */
            readonly status?: "firing" | "resolved";
            readonly receiver?: string;
            readonly groupLabels?: {
                readonly [key: string]: unknown;
            };
            readonly commonLabels?: {
                readonly [key: string]: unknown;
            };
            readonly commonAnnotations?: {
                readonly [key: string]: unknown;
            };
            readonly externalURL?: string;
            readonly alerts: readonly components["schemas"]["ManagedAlertDto"][];
        };
        readonly ManagedDto: {
            readonly taken: number;
            readonly known: number;
            readonly unnamed: number;
        };
        readonly EvidenceDto: {
            /** Format: position */
            readonly from: string;
            /** Format: position */
            readonly to: string;
        };
        readonly AlertDto: {
            /** Format: date-time */
            readonly opened_at: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly tenant_id: string;
            readonly id: string;
            readonly status: string;
            /** @enum {string} */
            readonly severity: "info" | "low" | "medium" | "high" | "critical";
            readonly name: string;
            readonly title: string;
            readonly detail: string;
            readonly action_id: string | null;
            readonly entity_id: string | null;
            readonly fingerprint: string | null;
            readonly fired: number;
            readonly cause: {
                readonly [key: string]: unknown;
            };
            readonly acknowledged_by: string | null;
            readonly note: string | null;
            /** Format: position */
            readonly position: string;
            readonly episode: number;
            readonly evidence: components["schemas"]["EvidenceDto"] | null;
            readonly runbook: string | null;
            readonly manual_intervention_required: boolean;
            /** Format: date-time */
            readonly silenced_until: string | null;
            readonly silenced_by: string | null;
            readonly needs_attention: boolean;
        };
        readonly AlertPageDto: {
            readonly items: readonly components["schemas"]["AlertDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly ReportedAlertDto: {
            readonly alert_id: string;
            readonly condition: string;
            /** @enum {string} */
            readonly severity: "info" | "low" | "medium" | "high" | "critical";
            readonly message: string;
            readonly status: string;
            readonly episode: number;
            readonly since: string;
            readonly github_issue: boolean;
            readonly manual_intervention_required: boolean;
            readonly needs_attention: boolean;
            readonly runbook: string | null;
            readonly evidence: components["schemas"]["EvidenceDto"] | null;
        };
        readonly AlertReportDto: {
            readonly timestamp: string;
            readonly tenant_id: string;
            readonly alerts: readonly components["schemas"]["ReportedAlertDto"][];
            readonly alert_count: number;
            readonly requires_attention: boolean;
            /** @enum {number} */
            readonly exit_code: 0 | 1;
        };
        readonly OperationalFigureDto: {
            readonly value: number;
            readonly below: number;
            readonly safe: boolean;
        };
        readonly OperationalDto: {
            /** Format: date-time */
            readonly at: string;
            readonly tenant_id: string;
            readonly safe: boolean;
            readonly policy_flips_24h: components["schemas"]["OperationalFigureDto"];
            readonly brake_engagements_week: components["schemas"]["OperationalFigureDto"];
            readonly blocked_share_pct: components["schemas"]["OperationalFigureDto"];
            readonly manual_unlocks_of_limit_pct: components["schemas"]["OperationalFigureDto"];
        };
        readonly HappeningDto: {
            /** Format: date-time */
            readonly at: string;
            readonly id: string;
            readonly type: string;
            readonly actor: string;
            readonly severity: string | null;
            readonly text: string | null;
            readonly event_id: string;
            /** Format: position */
            readonly position: string;
        };
        readonly TimelineDto: {
            readonly items: readonly components["schemas"]["HappeningDto"][];
        };
        readonly AcknowledgeDto: {
            readonly episode?: number;
            readonly note?: string;
        };
        readonly ChangedAlertDto: {
            readonly id: string;
            readonly status: string;
            /** Format: position */
            readonly position: string | null;
            readonly episode: number;
        };
        readonly SilenceDto: {
            /** Format: date-time */
            readonly until: string | null;
            readonly note?: string;
        };
        readonly WrittenNoteDto: {
            readonly note: string;
        };
        readonly ChannelDto: {
            readonly tenant_id: string;
            readonly channel_id: string;
            /** @enum {string} */
            readonly kind: "slack" | "pagerduty" | "email" | "github" | "webhook";
            /** @enum {string} */
            readonly reaches: "people" | "programs";
            readonly settings: {
                readonly [key: string]: unknown;
            };
            readonly failing: boolean;
            /** Format: date-time */
            readonly updated_at: string;
            /** Format: revision */
            readonly revision: string;
        };
        readonly ChannelListDto: {
            readonly items: readonly components["schemas"]["ChannelDto"][];
            readonly next: null;
        };
        readonly PutChannelDto: {
            /** @enum {string} */
            readonly kind: "slack" | "pagerduty" | "email" | "github" | "webhook";
            readonly url_ref?: string;
            readonly channel?: string;
            readonly routing_key_ref?: string;
            readonly url?: string;
            readonly secret_ref?: string;
            readonly repository?: string;
            readonly token_ref?: string;
            readonly api_url?: string;
            readonly host?: string;
            readonly port?: number;
            /** @enum {string} */
            readonly security?: "tls" | "starttls" | "none";
            readonly from?: string;
            readonly to?: readonly string[];
            readonly username?: string;
            readonly password_ref?: string;
            /** @enum {string} */
            readonly reaches?: "people" | "programs";
        };
        readonly WrittenChannelDto: {
            readonly tenant_id: string;
            readonly channel_id: string;
            /** @enum {string|null} */
            readonly kind: "slack" | "pagerduty" | "email" | "github" | "webhook" | null;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly ChannelTestDto: {
            readonly channel_id: string;
            readonly test_id: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly QuietHoursDto: {
            readonly time_zone: string;
            readonly from: string;
            readonly to: string;
        };
        readonly EscalationDto: {
            readonly after_s: number;
            readonly route: string;
        };
        readonly AlertRouteDto: {
            readonly name: string;
            readonly alerts: readonly string[] | null;
            readonly severities: readonly ("info" | "low" | "medium" | "high" | "critical")[] | null;
            readonly channels: readonly string[];
            readonly quiet_hours: components["schemas"]["QuietHoursDto"] | null;
            readonly escalation: components["schemas"]["EscalationDto"] | null;
        };
        readonly RoutesDto: {
            readonly tenant_id: string;
            readonly is_default: boolean;
            readonly routes: readonly components["schemas"]["AlertRouteDto"][];
            readonly missing: readonly string[];
            /** Format: date-time */
            readonly updated_at: string | null;
            /** Format: revision */
            readonly revision: string;
        };
        readonly PutRoutesDto: {
            readonly routes: readonly components["schemas"]["AlertRouteDto"][];
        };
        readonly WrittenRoutesDto: {
            readonly tenant_id: string;
            readonly is_default: boolean;
            readonly routes: readonly components["schemas"]["AlertRouteDto"][];
            readonly missing: readonly string[];
            /** Format: date-time */
            readonly updated_at: string | null;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly DeliveryDto: {
            readonly tenant_id: string;
            readonly channel_id: string;
            readonly dedup_key: string;
            readonly alert_id: string;
            readonly episode: number;
            /** @enum {string} */
            readonly what: "trigger" | "acknowledge" | "resolve" | "test";
            readonly name: string;
            /** @enum {string} */
            readonly severity: "info" | "low" | "medium" | "high" | "critical";
            readonly route: string;
            /** @enum {string} */
            readonly state: "pending" | "delivered" | "failed" | "dropped";
            readonly attempts: number;
            readonly detail: string | null;
            readonly reference: string | null;
            /** Format: date-time */
            readonly created_at: string;
            /** Format: date-time */
            readonly next_at: string | null;
            /** Format: date-time */
            readonly ended_at: string | null;
        };
        readonly DeliveryPageDto: {
            readonly items: readonly components["schemas"]["DeliveryDto"][];
            readonly next: string | null;
        };
        readonly IncidentLinkDto: {
            /** @enum {string} */
            readonly kind: "action" | "bundle" | "alert";
            readonly id: string;
            readonly stream: string;
        };
        readonly IncidentDto: {
            /** Format: date-time */
            readonly opened_at: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly tenant_id: string;
            readonly id: string;
            readonly status: string;
            /** @enum {string} */
            readonly severity: "info" | "low" | "medium" | "high" | "critical";
            readonly name: string;
            readonly title: string;
            readonly detail: string;
            readonly action_id: string | null;
            readonly entity_id: string | null;
            readonly fingerprint: string | null;
            readonly fired: number;
            readonly cause: {
                readonly [key: string]: unknown;
            };
            readonly acknowledged_by: string | null;
            readonly note: string | null;
            /** Format: position */
            readonly position: string;
            readonly links: readonly components["schemas"]["IncidentLinkDto"][];
            readonly stands: boolean;
        };
        readonly IncidentPageDto: {
            readonly items: readonly components["schemas"]["IncidentDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly NoteDto: {
            readonly note?: string;
        };
        readonly ChangedNoticeDto: {
            readonly id: string;
            readonly status: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly ArchiveFaultDto: {
            readonly code: string;
            readonly detail: string;
            readonly remedy: string | null;
        };
        readonly ArchivedSegmentDto: {
            readonly manifest: string;
            readonly manifest_sha256: string;
            readonly first: number;
            readonly count: number;
            /** Format: date-time */
            readonly last_time: string;
        };
        readonly ArchiveDto: {
            readonly location: string | null;
            /** @enum {string} */
            readonly state: "starting" | "archiving" | "standing_by" | "waiting_for_tree" | "failing" | "stopped" | "off";
            readonly fault: components["schemas"]["ArchiveFaultDto"] | null;
            /** Format: position */
            readonly archived_position: string | null;
            readonly archived_events: number;
            readonly checkpoint_events: number;
            readonly lag_events: number;
            readonly last_segment: components["schemas"]["ArchivedSegmentDto"] | null;
        };
        readonly KnownPersonDto: {
            /** Format: uuid */
            readonly person_id: string;
            readonly subject: string;
            /** Format: date-time */
            readonly created_at: string;
        };
        readonly PeoplePageDto: {
            readonly items: readonly components["schemas"]["KnownPersonDto"][];
            readonly next: string | null;
        };
        readonly LookupDto: {
            readonly subject: string;
        };
        readonly ErasureDto: {
            /** Format: uuid */
            readonly person_id: string;
            /** @enum {string} */
            readonly erased: "now" | "before";
            /** Format: date-time */
            readonly erased_at: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly CheckpointItem: {
            readonly size: number;
            readonly root_hash: string;
            /** Format: position */
            readonly position: string;
            /** Format: date-time */
            readonly published_at: string;
            readonly note: string;
            readonly witnesses: readonly string[];
        };
        readonly CheckpointPage: {
            readonly items: readonly components["schemas"]["CheckpointItem"][];
            readonly next: string | null;
        };
        readonly InclusionProof: {
            readonly origin: string;
            readonly index: number;
            readonly size: number;
            readonly leaf_hash: string;
            readonly path: readonly string[];
            readonly checkpoint: string | null;
        };
        readonly ConsistencyProof: {
            readonly origin: string;
            readonly from: number;
            readonly to: number;
            readonly proof: readonly string[];
            readonly from_checkpoint: string | null;
            readonly checkpoint: string | null;
        };
        readonly LogKeys: {
            readonly origin: string;
            readonly first: string;
            readonly rotations: readonly string[];
            readonly keys: readonly string[];
        };
        readonly AmountLimitsDto: {
            readonly cost?: number;
            readonly compute?: number;
            readonly entities?: number;
        };
        readonly BudgetDto: {
            readonly max_autonomous_per_day: number;
            readonly max_per_action_type: {
                readonly [key: string]: number;
            };
            readonly decay_if_unused: boolean;
            readonly max_amounts_per_day?: components["schemas"]["AmountLimitsDto"];
            readonly pk: string;
            /** @enum {string} */
            readonly sk: "BUDGET#CONFIG";
            readonly tenant_id: string;
            readonly account_id: string;
            /** Format: date-time */
            readonly updated_at: string;
        };
        readonly BudgetPageDto: {
            readonly items: readonly components["schemas"]["BudgetDto"][];
            readonly next: string | null;
        };
        readonly AutonomyModeDto: {
            readonly account_id?: string;
            readonly action_type?: string;
            readonly pk: string;
            readonly sk: string;
            readonly tenant_id: string;
            /** @enum {string} */
            readonly mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** Format: date-time */
            readonly updated_at: string;
            readonly updated_by: string;
            /** @enum {string} */
            readonly policy_version: "AutonomyModeConfigV1";
        };
        readonly ResolvedModeDto: {
            /** @enum {string} */
            readonly mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** @enum {number|null} */
            readonly matched_level: 1 | 2 | 3 | 4 | 5 | null;
            readonly explanation: string;
        };
        readonly ModePageDto: {
            readonly items: readonly components["schemas"]["AutonomyModeDto"][];
            readonly next: string | null;
            readonly time_zone: string;
            readonly effective?: components["schemas"]["ResolvedModeDto"];
        };
        readonly PutModeDto: {
            /** @enum {string} */
            readonly mode?: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            readonly reason?: string;
            readonly tenant_id?: string;
            readonly account_id?: string;
            readonly action_type?: string;
            readonly time_zone?: string;
            readonly force?: boolean;
        };
        readonly ModeStepDto: {
            readonly account_id: string;
            readonly action_type: string;
            /** @enum {string} */
            readonly standing: "configured" | "up" | "down";
        };
        readonly WrittenModeDto: {
            readonly account_id?: string;
            readonly action_type?: string;
            readonly pk?: string;
            readonly sk?: string;
            readonly tenant_id?: string;
            /** @enum {string} */
            readonly mode?: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** Format: date-time */
            readonly updated_at?: string;
            readonly updated_by?: string;
            /** @enum {string} */
            readonly policy_version?: "AutonomyModeConfigV1";
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
            readonly time_zone: string;
            readonly ended_steps: readonly components["schemas"]["ModeStepDto"][];
            readonly held_steps: readonly components["schemas"]["ModeStepDto"][];
        };
        readonly RemovedSettingDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
            readonly removed: boolean;
        };
        readonly PutBudgetDto: {
            readonly max_per_action_type?: {
                readonly [key: string]: number;
            };
            readonly tenant_id?: string;
            readonly account_id: string;
            readonly max_autonomous_per_day: number;
            readonly decay_if_unused?: boolean;
            readonly max_amounts_per_day?: components["schemas"]["AmountLimitsDto"];
            readonly force?: boolean;
        };
        readonly WrittenBudgetDto: {
            readonly max_autonomous_per_day?: number;
            readonly max_per_action_type?: {
                readonly [key: string]: number;
            };
            readonly decay_if_unused?: boolean;
            readonly max_amounts_per_day?: components["schemas"]["AmountLimitsDto"];
            readonly pk?: string;
            /** @enum {string} */
            readonly sk?: "BUDGET#CONFIG";
            readonly tenant_id?: string;
            readonly account_id?: string;
            /** Format: date-time */
            readonly updated_at?: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly AmountsDto: {
            readonly cost: number;
            readonly compute: number;
            readonly entities: number;
        };
        readonly BudgetDayRowDto: {
            readonly pk: string;
            readonly sk: string;
            readonly tenant_id: string;
            readonly account_id: string;
            readonly date_key: string;
            readonly action_type?: string;
            readonly count: number;
            /** Format: date-time */
            readonly updated_at: string | null;
        };
        readonly BudgetDayDto: {
            readonly tenant_id: string;
            readonly account_id: string;
            readonly date_key: string;
            readonly time_zone: string;
            readonly count: number;
            readonly limit: number;
            readonly unused_days: number;
            readonly spent: components["schemas"]["AmountsDto"];
            readonly max_amounts_per_day?: components["schemas"]["AmountLimitsDto"];
            readonly by_action_type: {
                readonly [key: string]: number;
            };
            readonly max_per_action_type: {
                readonly [key: string]: number;
            };
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly items: readonly components["schemas"]["BudgetDayRowDto"][];
            readonly next: null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly ConfidenceThresholdsDto: {
            readonly LOW: number;
            readonly MEDIUM: number;
            readonly HIGH: number;
        };
        readonly AutoApprovalDto: {
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly updated_by: string | null;
            /** @enum {string} */
            readonly policy_version: "AutoApprovalPolicyV1";
            readonly kill_switch: boolean;
            readonly blocked_action_types: readonly string[];
            readonly confidence_thresholds: components["schemas"]["ConfidenceThresholdsDto"];
            readonly automatic_lifecycle_states: readonly string[];
            readonly tenant_id: string;
        };
        readonly ThresholdsDto: {
            readonly LOW: number;
            readonly MEDIUM: number;
            readonly HIGH: number;
        };
        readonly PutAutoApprovalDto: {
            readonly tenant_id?: string;
            readonly kill_switch?: boolean;
            readonly blocked_action_types?: readonly string[];
            readonly confidence_thresholds?: components["schemas"]["ThresholdsDto"];
            readonly automatic_lifecycle_states?: readonly string[];
        };
        readonly WrittenAutoApprovalDto: {
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly updated_by: string | null;
            /** @enum {string} */
            readonly policy_version: "AutoApprovalPolicyV1";
            readonly kill_switch: boolean;
            readonly blocked_action_types: readonly string[];
            readonly confidence_thresholds: components["schemas"]["ConfidenceThresholdsDto"];
            readonly automatic_lifecycle_states: readonly string[];
            readonly tenant_id: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly StandingDto: {
            /** @enum {string} */
            readonly kind: "configured" | "up" | "down";
            readonly up_to?: number;
            /** @enum {string} */
            readonly cause?: "failures" | "harmful" | "person";
            /** Format: date-time */
            readonly since?: string;
            readonly by?: string;
        };
        readonly EarnedFiguresDto: {
            readonly good: number;
            readonly bad: number;
            readonly lower_bound: number;
            readonly target: number;
            readonly approved: number;
            readonly not_approved: number;
            readonly automatic_good: number;
            readonly automatic_bad: number;
            readonly up_to: number;
            readonly day: string;
        };
        readonly StepProposalDto: {
            readonly good: number;
            readonly bad: number;
            readonly lower_bound: number;
            readonly target: number;
            readonly approved: number;
            readonly not_approved: number;
            readonly automatic_good: number;
            readonly automatic_bad: number;
            readonly up_to: number;
            readonly day: string;
            readonly digest: string;
            /** Format: date-time */
            readonly at: string;
        };
        readonly EarnedCellDto: {
            readonly account_id: string;
            readonly action_type: string;
            /** @enum {string} */
            readonly configured_mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** @enum {string} */
            readonly mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            readonly standing: components["schemas"]["StandingDto"];
            readonly figures: components["schemas"]["EarnedFiguresDto"];
            readonly good_needed: number | null;
            readonly proposal: components["schemas"]["StepProposalDto"] | null;
            readonly explanation: string;
        };
        readonly EarnedPageDto: {
            readonly items: readonly components["schemas"]["EarnedCellDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly AutonomyTargetDto: {
            readonly target_share: number;
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly updated_by: string | null;
        };
        readonly PutTargetDto: {
            readonly tenant_id?: string;
            readonly target_share: number;
        };
        readonly WrittenTargetDto: {
            readonly target_share: number;
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly updated_by: string | null;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly ProposalDecisionDto: {
            readonly digest: string;
            readonly tenant_id?: string;
            readonly account_id: string;
            readonly action_type: string;
        };
        readonly WrittenStepDto: {
            readonly account_id: string;
            readonly action_type: string;
            /** @enum {string} */
            readonly configured_mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** @enum {string} */
            readonly mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            readonly standing: components["schemas"]["StandingDto"];
            readonly figures: components["schemas"]["EarnedFiguresDto"];
            readonly good_needed: number | null;
            readonly proposal: components["schemas"]["StepProposalDto"] | null;
            readonly explanation: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly StepReasonDto: {
            readonly reason?: string;
            readonly tenant_id?: string;
            readonly account_id: string;
            readonly action_type: string;
        };
        readonly LimitsDto: {
            readonly tenant_id: string;
            /** @description entities that one action may affect where no policy says how many */
            readonly blast_radius_limit: number;
            /** @description entities that the tenant's actions may affect together within an hour; by default five times the limit of one */
            readonly blast_radius_1h: number;
            /** @description seconds for which a change is observed before it is confirmed */
            readonly soak_s: number;
            /** @description seconds within which a channel must have told somebody of a confirmation window */
            readonly told_within_s: number;
            /** @description seconds after which an approval that nobody has given expires */
            readonly approval_expiry_s: number;
            /** @description seconds after which an approval that nobody has given is escalated */
            readonly approval_escalation_s: number;
            /** @description number of turns to RED beyond which `red_flips` fires */
            readonly alert_red_flips: number;
            /** @description hours in which `red_flips` counts */
            readonly alert_red_flips_h: number;
            /** @description hours of RED after which `red_sustained` fires */
            readonly alert_red_sustained_h: number;
            /** @description hours with the safety brake on after which `brake_engaged` fires */
            readonly alert_brake_engaged_h: number;
            /** @description hours with the safety brake on after which `brake_engaged` pages again */
            readonly alert_brake_again_h: number;
            /** @description number of runs blocked in a row beyond which `responses_blocked` fires */
            readonly alert_responses_blocked: number;
            /** @description percent of failed executions in 5 min beyond which `policy_error_rate` is high */
            readonly alert_error_rate_high_pct: number;
            /** @description percent of failed executions in 5 min beyond which `policy_error_rate` is critical */
            readonly alert_error_rate_critical_pct: number;
            /** @description executions of a bundle that must have ended in 5 min before their share says anything */
            readonly alert_error_rate_actions: number;
            /** @description percent of a budget beyond which `budget_high` fires */
            readonly alert_budget_high_pct: number;
            /** @description hours for which a mere message, such as a change of level, stays on the list */
            readonly alert_told_h: number;
            readonly by_default: readonly ("blast_radius_limit" | "blast_radius_1h" | "soak_s" | "told_within_s" | "approval_expiry_s" | "approval_escalation_s" | "alert_red_flips" | "alert_red_flips_h" | "alert_red_sustained_h" | "alert_brake_engaged_h" | "alert_brake_again_h" | "alert_responses_blocked" | "alert_error_rate_high_pct" | "alert_error_rate_critical_pct" | "alert_error_rate_actions" | "alert_budget_high_pct" | "alert_told_h")[];
            readonly updated_at: string | null;
            readonly updated_by: string | null;
        };
        readonly PutLimitsDto: {
            /** @description entities that one action may affect where no policy says how many */
            readonly blast_radius_limit?: number;
            /** @description entities that the tenant's actions may affect together within an hour; by default five times the limit of one */
            readonly blast_radius_1h?: number;
            /** @description seconds for which a change is observed before it is confirmed */
            readonly soak_s?: number;
            /** @description seconds within which a channel must have told somebody of a confirmation window */
            readonly told_within_s?: number;
            /** @description seconds after which an approval that nobody has given expires */
            readonly approval_expiry_s?: number;
            /** @description seconds after which an approval that nobody has given is escalated */
            readonly approval_escalation_s?: number;
            /** @description number of turns to RED beyond which `red_flips` fires */
            readonly alert_red_flips?: number;
            /** @description hours in which `red_flips` counts */
            readonly alert_red_flips_h?: number;
            /** @description hours of RED after which `red_sustained` fires */
            readonly alert_red_sustained_h?: number;
            /** @description hours with the safety brake on after which `brake_engaged` fires */
            readonly alert_brake_engaged_h?: number;
            /** @description hours with the safety brake on after which `brake_engaged` pages again */
            readonly alert_brake_again_h?: number;
            /** @description number of runs blocked in a row beyond which `responses_blocked` fires */
            readonly alert_responses_blocked?: number;
            /** @description percent of failed executions in 5 min beyond which `policy_error_rate` is high */
            readonly alert_error_rate_high_pct?: number;
            /** @description percent of failed executions in 5 min beyond which `policy_error_rate` is critical */
            readonly alert_error_rate_critical_pct?: number;
            /** @description executions of a bundle that must have ended in 5 min before their share says anything */
            readonly alert_error_rate_actions?: number;
            /** @description percent of a budget beyond which `budget_high` fires */
            readonly alert_budget_high_pct?: number;
            /** @description hours for which a mere message, such as a change of level, stays on the list */
            readonly alert_told_h?: number;
            readonly reason: string;
            readonly tenant_id?: string;
        };
        readonly WrittenLimitsDto: {
            readonly tenant_id: string;
            /** @description entities that one action may affect where no policy says how many */
            readonly blast_radius_limit: number;
            /** @description entities that the tenant's actions may affect together within an hour; by default five times the limit of one */
            readonly blast_radius_1h: number;
            /** @description seconds for which a change is observed before it is confirmed */
            readonly soak_s: number;
            /** @description seconds within which a channel must have told somebody of a confirmation window */
            readonly told_within_s: number;
            /** @description seconds after which an approval that nobody has given expires */
            readonly approval_expiry_s: number;
            /** @description seconds after which an approval that nobody has given is escalated */
            readonly approval_escalation_s: number;
            /** @description number of turns to RED beyond which `red_flips` fires */
            readonly alert_red_flips: number;
            /** @description hours in which `red_flips` counts */
            readonly alert_red_flips_h: number;
            /** @description hours of RED after which `red_sustained` fires */
            readonly alert_red_sustained_h: number;
            /** @description hours with the safety brake on after which `brake_engaged` fires */
            readonly alert_brake_engaged_h: number;
            /** @description hours with the safety brake on after which `brake_engaged` pages again */
            readonly alert_brake_again_h: number;
            /** @description number of runs blocked in a row beyond which `responses_blocked` fires */
            readonly alert_responses_blocked: number;
            /** @description percent of failed executions in 5 min beyond which `policy_error_rate` is high */
            readonly alert_error_rate_high_pct: number;
            /** @description percent of failed executions in 5 min beyond which `policy_error_rate` is critical */
            readonly alert_error_rate_critical_pct: number;
            /** @description executions of a bundle that must have ended in 5 min before their share says anything */
            readonly alert_error_rate_actions: number;
            /** @description percent of a budget beyond which `budget_high` fires */
            readonly alert_budget_high_pct: number;
            /** @description hours for which a mere message, such as a change of level, stays on the list */
            readonly alert_told_h: number;
            readonly by_default: readonly ("blast_radius_limit" | "blast_radius_1h" | "soak_s" | "told_within_s" | "approval_expiry_s" | "approval_escalation_s" | "alert_red_flips" | "alert_red_flips_h" | "alert_red_sustained_h" | "alert_brake_engaged_h" | "alert_brake_again_h" | "alert_responses_blocked" | "alert_error_rate_high_pct" | "alert_error_rate_critical_pct" | "alert_error_rate_actions" | "alert_budget_high_pct" | "alert_told_h")[];
            readonly updated_at: string | null;
            readonly updated_by: string | null;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly ModeLevelDto: {
            /** @enum {number} */
            readonly level: 1 | 2 | 3 | 4 | 5;
            readonly tenant_id: string;
            readonly account_id?: string;
            readonly action_type?: string;
            /** @enum {string} */
            readonly outcome: "decided" | "outranked" | "not_configured";
            readonly entry: components["schemas"]["AutonomyModeDto"] | null;
            readonly explanation: string;
        };
        readonly EarnedStepDto: {
            /** @enum {string} */
            readonly standing: "up" | "down";
            /** @enum {string} */
            readonly configured: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** Format: date-time */
            readonly since: string;
            readonly up_to: number | null;
            readonly explanation: string;
        };
        readonly ModeExplainedDto: {
            readonly tenant_id: string;
            readonly account_id: string;
            readonly action_type: string;
            readonly entity_id: string | null;
            /** @enum {string} */
            readonly mode: "PROPOSE_ONLY" | "APPROVAL_REQUIRED" | "AUTO_EXECUTE" | "DISABLED";
            /** @enum {number|null} */
            readonly matched_level: 1 | 2 | 3 | 4 | 5 | null;
            /** @enum {string|null} */
            readonly reason: "AUTONOMY_DISABLED" | "PROPOSE_ONLY" | "MODE_REQUIRES_APPROVAL" | null;
            readonly explanation: string;
            /** @enum {string} */
            readonly policy_clause: "autonomy_mode";
            readonly decided_by: components["schemas"]["AutonomyModeDto"] | null;
            readonly levels: readonly components["schemas"]["ModeLevelDto"][];
            readonly earned: components["schemas"]["EarnedStepDto"] | null;
            readonly standing: components["schemas"]["StandingDto"];
            readonly version: string;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly ThresholdRangeDto: {
            readonly least: number;
            readonly most: number;
        };
        readonly ThresholdBoundsDto: {
            readonly LOW: components["schemas"]["ThresholdRangeDto"];
            readonly MEDIUM: components["schemas"]["ThresholdRangeDto"];
            readonly HIGH: components["schemas"]["ThresholdRangeDto"];
        };
        readonly ThresholdDataDto: {
            readonly after: string | null;
            readonly good: number;
            readonly bad: number;
            readonly weighted_good: number;
            readonly weighted_bad: number;
            readonly share: number | null;
            /** Format: position */
            readonly position: string;
        };
        readonly LastThresholdMoveDto: {
            readonly from: number;
            readonly to: number;
            readonly target_share: number;
            readonly day: string;
            readonly data: components["schemas"]["ThresholdDataDto"];
            /** Format: date-time */
            readonly at: string;
            readonly by: string;
        };
        readonly ThresholdProposalDto: {
            readonly from: number;
            readonly to: number;
            readonly target_share: number;
            readonly day: string;
            readonly data: components["schemas"]["ThresholdDataDto"];
            /** Format: date-time */
            readonly at: string;
            readonly digest: string;
        };
        readonly AdaptiveThresholdDto: {
            readonly action_type: string;
            readonly enabled: boolean;
            readonly target_share: number | null;
            readonly shift: number;
            readonly configured: components["schemas"]["ConfidenceThresholdsDto"];
            readonly effective: components["schemas"]["ConfidenceThresholdsDto"];
            readonly bounds: components["schemas"]["ThresholdBoundsDto"];
            readonly data: components["schemas"]["ThresholdDataDto"];
            readonly last: components["schemas"]["LastThresholdMoveDto"] | null;
            readonly proposal: components["schemas"]["ThresholdProposalDto"] | null;
            /** Format: date-time */
            readonly enabled_at: string | null;
            readonly enabled_by: string | null;
            readonly explanation: string;
        };
        readonly AdaptiveThresholdPageDto: {
            readonly items: readonly components["schemas"]["AdaptiveThresholdDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly PutThresholdDto: {
            readonly tenant_id?: string;
            readonly target_share?: number;
        };
        readonly WrittenThresholdDto: {
            readonly action_type: string;
            readonly enabled: boolean;
            readonly target_share: number | null;
            readonly shift: number;
            readonly configured: components["schemas"]["ConfidenceThresholdsDto"];
            readonly effective: components["schemas"]["ConfidenceThresholdsDto"];
            readonly bounds: components["schemas"]["ThresholdBoundsDto"];
            readonly data: components["schemas"]["ThresholdDataDto"];
            readonly last: components["schemas"]["LastThresholdMoveDto"] | null;
            readonly proposal: components["schemas"]["ThresholdProposalDto"] | null;
            /** Format: date-time */
            readonly enabled_at: string | null;
            readonly enabled_by: string | null;
            readonly explanation: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly SignThresholdDto: {
            readonly tenant_id?: string;
            readonly digest: string;
        };
        readonly PredictRpcDto: {
            readonly tenant_id: string;
            /** Format: date-time */
            readonly at: string;
            readonly fresh?: boolean;
            readonly read_only?: boolean;
            readonly action_type: string;
            readonly entity_id: string;
            readonly parameters: {
                readonly [key: string]: unknown;
            };
            readonly affected_entity_count?: number;
            readonly trigger_type?: string;
            readonly incident_id?: string;
        };
        readonly PredictDto: {
            readonly tenant_id?: string;
            /** Format: date-time */
            readonly at?: string;
            readonly action_type: string;
            readonly entity_id: string;
            readonly parameters: {
                readonly [key: string]: unknown;
            };
            readonly affected_entity_count?: number;
            readonly trigger_type?: string;
            readonly incident_id?: string;
        };
        readonly TraceWeightDto: {
            readonly trace_id: string;
            readonly weight: number;
            readonly similarity: number;
            readonly age_h: number;
            readonly impact_delta: number;
            readonly impact_by_kpi: {
                readonly [key: string]: number;
            };
            readonly harmed: boolean;
        };
        readonly PredictionDto: {
            readonly risk_score: number;
            /** @enum {string} */
            readonly risk_level: "LOW" | "MEDIUM" | "HIGH";
            readonly impact_delta: number;
            readonly impact_by_kpi: {
                readonly [key: string]: number;
            };
            readonly confidence_interval: readonly number[];
            readonly interval_by_kpi: {
                readonly [key: string]: readonly number[];
            };
            readonly confidence: number;
            /** @enum {string} */
            readonly basis: "memory" | "model" | "heuristic" | "no_effect";
            readonly traces: readonly components["schemas"]["TraceWeightDto"][];
            readonly explanation: string;
            readonly memory_version: string;
            /** Format: date-time */
            readonly made_at: string;
            readonly input: {
                readonly [key: string]: unknown;
            };
        };
        readonly CalibrationBinDto: {
            readonly from: number;
            readonly to: number;
            readonly outcomes: number;
            readonly said: number;
            readonly seen: number;
            readonly low: number;
            readonly high: number;
        };
        readonly CoveragePointDto: {
            /** Format: date-time */
            readonly at: string;
            readonly coverage: number;
        };
        readonly TypeCalibrationDto: {
            readonly action_type: string;
            readonly traces: number;
            readonly outcomes: number;
            readonly judged: number;
            readonly inside: number;
            readonly coverage: number | null;
            readonly width: number | null;
            readonly brier: number | null;
            readonly base_brier: number | null;
            readonly calibration_error: number | null;
            readonly bins: readonly components["schemas"]["CalibrationBinDto"][];
            readonly course: readonly components["schemas"]["CoveragePointDto"][];
        };
        readonly CalibrationDto: {
            readonly memory_version: string;
            readonly traces: number;
            readonly nominal_coverage: number;
            readonly items: readonly components["schemas"]["TypeCalibrationDto"][];
        };
        readonly TracePredictionDto: {
            readonly risk_score: number;
            readonly impact_delta: number;
            readonly impact_by_kpi: {
                readonly [key: string]: number;
            };
            readonly confidence_interval: readonly number[];
        };
        readonly TraceDto: {
            readonly trace_id: string;
            readonly action_id: string | null;
            readonly action_type: string;
            readonly trigger_type: string;
            readonly entity_id: string;
            readonly parameters: {
                readonly [key: string]: unknown;
            };
            readonly context: {
                readonly [key: string]: unknown;
            };
            readonly incident_id: string | null;
            /** @enum {string} */
            readonly outcome: "COMPLETED" | "ROLLED_BACK" | "ROLLBACK_FAILED";
            readonly harmed: boolean;
            readonly impact_delta: number;
            readonly impact_by_kpi: {
                readonly [key: string]: number;
            };
            /** Format: date-time */
            readonly finished_at: string;
            readonly predicted: components["schemas"]["TracePredictionDto"] | null;
            readonly imported: boolean;
        };
        readonly MemoryDto: {
            readonly traces: number;
            readonly version: string;
        };
        readonly ImportedTracesDto: {
            readonly tenant_id: string;
            readonly imported: number;
            readonly known: number;
            /** Format: position */
            readonly position: string | null;
            readonly memory: components["schemas"]["MemoryDto"];
        };
        readonly KnownNeighbourDto: {
            readonly cell_id: string;
            /** @enum {string} */
            readonly coverage: "FULL" | "PARTIAL" | "NO";
        };
        readonly KnownCellDto: {
            readonly cell_id: string;
            readonly neighbours: readonly components["schemas"]["KnownNeighbourDto"][];
        };
        readonly WrittenDeviceDto: {
            readonly device_id: string;
            readonly host: string;
            readonly port: number;
            readonly username: string;
            readonly credentials_ref: string;
            readonly host_key_fingerprint: string;
            readonly profile: string;
            readonly site_id: string;
            readonly cells: readonly components["schemas"]["KnownCellDto"][];
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly quarantined: string | null;
        };
        readonly RemovedDeviceDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly quarantined: string | null;
            readonly device_id: string;
            readonly removed: boolean;
        };
        readonly DeviceEntryDto: {
            readonly quarantined: string | null;
            /** Format: revision */
            readonly revision: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly device_id: string;
            readonly host: string;
            readonly port: number;
            readonly username: string;
            readonly credentials_ref: string;
            readonly host_key_fingerprint: string;
            readonly profile: string;
            readonly site_id: string;
            readonly cells: readonly components["schemas"]["KnownCellDto"][];
        };
        readonly DevicePageDto: {
            readonly items: readonly components["schemas"]["DeviceEntryDto"][];
            readonly next: string | null;
        };
        readonly ShownDeviceDto: {
            readonly quarantined: string | null;
            /** Format: revision */
            readonly revision: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly device_id: string;
            readonly host: string;
            readonly port: number;
            readonly username: string;
            readonly credentials_ref: string;
            readonly host_key_fingerprint: string;
            readonly profile: string;
            readonly site_id: string;
            readonly cells: readonly components["schemas"]["KnownCellDto"][];
            readonly open_transactions: readonly string[];
        };
        readonly KpiObservationDto: {
            readonly before: {
                readonly [key: string]: number;
            };
            readonly after: {
                readonly [key: string]: number;
            };
            readonly delta: {
                readonly [key: string]: number;
            };
            readonly samples: number;
            readonly breaches: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
        };
        readonly TransactionDto: {
            /** Format: date-time */
            readonly accepted_at: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly tenant_id: string;
            readonly tx_id: string;
            readonly device_id: string;
            readonly entity_id: string;
            readonly action_type: string;
            /** @enum {string} */
            readonly state: "NONE" | "QUEUED" | "READY" | "STALE" | "PREPARING" | "TENTATIVE" | "OBSERVED" | "CONFIRMED" | "ROLLED_BACK" | "REFUSED" | "FAILED" | "ROLLBACK_FAILED";
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly observation: components["schemas"]["KpiObservationDto"] | null;
            /** Format: position */
            readonly position: string;
        };
        readonly TransactionPageDto: {
            readonly items: readonly components["schemas"]["TransactionDto"][];
            readonly next: string | null;
        };
        readonly KpiSampleDto: {
            /** Format: date-time */
            readonly at: string;
            readonly entity_id: string;
            /** @enum {string} */
            readonly moment: "before" | "soak";
            readonly kpi: string;
            readonly value: number;
            readonly action_id: string;
        };
        readonly KpiSamplePageDto: {
            readonly items: readonly components["schemas"]["KpiSampleDto"][];
            readonly next: string | null;
        };
        readonly NeighbourDto: {
            readonly cell_id: string;
            /** @enum {string} */
            readonly coverage: "FULL" | "PARTIAL" | "NO";
        };
        readonly CellDto: {
            readonly cell_id: string;
            readonly neighbours: readonly components["schemas"]["NeighbourDto"][];
        };
        readonly DeviceDto: {
            readonly device_id: string;
            readonly host: string;
            readonly port: number;
            readonly username: string;
            readonly credentials_ref: string;
            readonly host_key_fingerprint: string;
            readonly profile: string;
            readonly site_id: string;
            readonly cells: readonly components["schemas"]["CellDto"][];
        };
        readonly DeviceSettingsDto: {
            readonly host: string;
            readonly port: number;
            readonly username: string;
            readonly credentials_ref: string;
            readonly host_key_fingerprint: string;
            readonly profile: string;
            readonly site_id: string;
            readonly cells: readonly components["schemas"]["CellDto"][];
        };
        readonly ReasonDto: {
            readonly reason: string;
        };
        readonly ConnectDto: {
            readonly device_id: string;
        };
        readonly ConnectionDto: {
            readonly device_id: string;
            readonly session_id: string;
            /** @enum {string} */
            readonly base_version: "1.0" | "1.1";
            readonly capabilities: readonly string[];
            readonly profile: string;
            readonly missing: readonly string[];
        };
        readonly ValidateDto: {
            readonly action_type: string;
            readonly entity_id: string;
            readonly parameters?: {
                readonly [key: string]: unknown;
            };
        };
        readonly PlannedPayloadDto: {
            readonly device_id: string;
            readonly operation: string;
            readonly xml: string;
        };
        readonly PlannedLeafDto: {
            readonly path: string;
            readonly before: string | null;
            readonly after: string | null;
        };
        readonly PlannedRpcDto: {
            readonly operation: string;
            readonly xml: string;
        };
        readonly DeviceErrorDto: {
            readonly tag: string;
            readonly path: string | null;
            readonly message: string | null;
        };
        readonly DeviceValidationDto: {
            /** @enum {string} */
            readonly verdict: "valid" | "invalid" | "not-offered" | "skipped";
            readonly errors: readonly components["schemas"]["DeviceErrorDto"][];
        };
        readonly DryRunDto: {
            readonly plan_hash: string;
            readonly device_id: string;
            readonly site_id: string | null;
            readonly profile: string;
            readonly payloads: readonly components["schemas"]["PlannedPayloadDto"][];
            readonly diff: readonly components["schemas"]["PlannedLeafDto"][];
            readonly diff_hash: string;
            readonly leaves_fingerprint: string;
            readonly reversible: boolean;
            readonly violations: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly rpcs: readonly components["schemas"]["PlannedRpcDto"][];
            readonly device_validation: components["schemas"]["DeviceValidationDto"];
        };
        readonly SubmittedIntentDto: {
            readonly action_id: string;
            readonly intent_id: string;
            /** Format: position */
            readonly position: string;
            readonly state: string;
        };
        readonly ChangedLeafDto: {
            readonly path: string;
            readonly before: string | null;
            readonly after: string | null;
        };
        readonly DeviceExchangeDto: {
            /** Format: date-time */
            readonly at: string;
            readonly operation: string;
            readonly sent: string;
            readonly outcome: string;
            readonly detail: string | null;
            readonly ms: number;
        };
        readonly TransactionStepDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string;
            /** Format: date-time */
            readonly at: string;
            readonly type: string;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly exchanges: readonly components["schemas"]["DeviceExchangeDto"][];
            /** Format: date-time */
            readonly timer_ends_at: string | null;
            readonly how: string | null;
        };
        readonly TransactionStoryDto: {
            readonly tx_id: string;
            readonly device_id: string;
            readonly changes: readonly components["schemas"]["ChangedLeafDto"][];
            readonly edit_xml: string | null;
            readonly inverse_xml: string | null;
            readonly pre_image_hash: string | null;
            readonly steps: readonly components["schemas"]["TransactionStepDto"][];
        };
        readonly EvaluateIntentDto: {
            readonly intent_id?: string;
            readonly tenant_id?: string;
            readonly account_id?: string;
            readonly agent: string;
            readonly action_type: string;
            readonly entity_id?: string;
            readonly parameters?: {
                readonly [key: string]: unknown;
            };
            readonly affected_entity_count?: number;
            readonly confidence_score?: number;
            /** @enum {string} */
            readonly risk_level?: "LOW" | "MEDIUM" | "HIGH";
            readonly lifecycle_state?: string;
            readonly external_contact?: boolean;
            readonly trigger_type?: string;
            readonly incident_id?: string;
            readonly estimated_cost?: number;
            readonly estimated_compute?: number;
            /** Format: date-time */
            readonly not_after?: string;
            readonly requested_by?: string;
            readonly dry_run?: boolean;
            readonly traceparent?: string;
        };
        readonly EvaluatePredictionDto: {
            readonly risk_score?: number;
            /** @enum {string} */
            readonly risk_level?: "LOW" | "MEDIUM" | "HIGH";
            readonly impact_delta?: number;
            readonly impact_by_kpi?: {
                readonly [key: string]: unknown;
            };
            readonly confidence_interval?: readonly number[];
            readonly interval_by_kpi?: {
                readonly [key: string]: unknown;
            };
            readonly confidence?: number;
            /** @enum {string} */
            readonly basis?: "memory" | "model" | "heuristic" | "no_effect";
            readonly traces?: readonly unknown[];
            readonly explanation?: string;
            readonly memory_version?: string;
            /** Format: date-time */
            readonly made_at?: string;
            readonly input?: {
                readonly [key: string]: unknown;
            };
        };
        readonly EvaluateBodyDto: {
            /** Format: date-time */
            readonly at?: string;
            readonly intent: components["schemas"]["EvaluateIntentDto"];
            readonly prediction?: components["schemas"]["EvaluatePredictionDto"];
            /** @enum {string} */
            readonly posture?: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly fresh?: boolean;
            readonly action_id?: string;
            readonly request_id?: string;
            readonly dry_run?: boolean;
        };
        readonly MatchedPolicyDto: {
            readonly policy_id: string;
            readonly version: number;
            readonly content_hash: string;
            readonly name: string;
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "DENY";
        };
        readonly PolicyLayerDto: {
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY" | "ABSTAIN";
            readonly matched: readonly components["schemas"]["MatchedPolicyDto"][];
        };
        readonly BundleLayerDto: {
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY" | "ABSTAIN";
            readonly bundle_id: string | null;
            readonly bundle_version: string | null;
            readonly bundle_hash: string | null;
            /** @enum {string} */
            readonly variant: "active" | "canary" | "none";
            readonly rule_id: string | null;
            readonly reason: string | null;
        };
        readonly EvaluationBudgetDto: {
            readonly cost: number;
            readonly compute: number;
        };
        readonly EvaluationLimitsDto: {
            readonly max_affected_entities: number | null;
            readonly min_confidence: number | null;
            readonly confirmation_window_s: number | null;
            readonly confirm_above_entities: number | null;
            /** @enum {string} */
            readonly on_elapse: "proceed" | "expire";
            readonly window_policy: string | null;
        };
        readonly EvaluationThresholdsDto: {
            readonly LOW: number;
            readonly MEDIUM: number;
            readonly HIGH: number;
        };
        readonly ThresholdShiftDto: {
            readonly shift: number;
            readonly revision: string;
        };
        readonly EvaluationDto: {
            /** Format: position */
            readonly recorded_position: string;
            readonly evaluation_id: string;
            readonly trace_id: string;
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            readonly confidence: number;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly explanation: string;
            readonly policies: components["schemas"]["PolicyLayerDto"];
            readonly bundle: components["schemas"]["BundleLayerDto"];
            readonly matched_rules: readonly string[];
            readonly near_misses: readonly {
                readonly [key: string]: unknown;
            }[];
            readonly unknown_fields: readonly string[];
            readonly budget: components["schemas"]["EvaluationBudgetDto"];
            /** @enum {number} */
            readonly approvals_required: 0 | 1 | 2;
            readonly limits: components["schemas"]["EvaluationLimitsDto"];
            readonly confidence_thresholds: components["schemas"]["EvaluationThresholdsDto"];
            readonly threshold_shift?: components["schemas"]["ThresholdShiftDto"];
            readonly versions: {
                readonly [key: string]: unknown;
            };
            /** Format: position */
            readonly position: string;
        };
        readonly HandlerEndpointDto: {
            /** @enum {string} */
            readonly kind: "webhook" | "nats" | "mcp";
            readonly url?: string;
            readonly urls?: {
                readonly [key: string]: string;
            };
            readonly secret_ref?: string;
            readonly server?: string;
            readonly tool?: string;
            readonly digest?: string;
            readonly keep_results?: boolean;
            readonly steps: readonly ("estimate_impact" | "plan" | "apply" | "observe" | "confirm" | "undo" | "status")[];
            readonly timeout_ms: number;
            readonly max_calls: number;
        };
        readonly ActionHandlerDto: {
            readonly service: string;
            readonly name: string;
            readonly endpoint?: components["schemas"]["HandlerEndpointDto"];
        };
        readonly ImpactParametersDto: {
            readonly affected_entities?: string;
            readonly cost?: string;
            readonly compute?: string;
        };
        readonly ActionTypeDto: {
            readonly action_type: string;
            readonly title: string;
            readonly parameters_schema: {
                readonly [key: string]: unknown;
            };
            readonly handler: components["schemas"]["ActionHandlerDto"] | null;
            readonly impact_fields: readonly string[];
            readonly reversible: boolean;
            readonly read_only: boolean;
            readonly external_contact: boolean;
            readonly min_confidence?: number;
            readonly version?: number;
            readonly impact?: components["schemas"]["ImpactParametersDto"];
            readonly kpis?: readonly string[];
            readonly undo_within_s?: number;
            /** @enum {string} */
            readonly on_unknown?: "undo" | "ask";
        };
        readonly ActionTypesDto: {
            readonly items: readonly components["schemas"]["ActionTypeDto"][];
            readonly next: null;
        };
        readonly ShownActionTypeDto: {
            readonly action_type: string;
            readonly title: string;
            readonly parameters_schema: {
                readonly [key: string]: unknown;
            };
            readonly handler: components["schemas"]["ActionHandlerDto"] | null;
            readonly impact_fields: readonly string[];
            readonly reversible: boolean;
            readonly read_only: boolean;
            readonly external_contact: boolean;
            readonly min_confidence?: number;
            readonly version?: number;
            readonly impact?: components["schemas"]["ImpactParametersDto"];
            readonly kpis?: readonly string[];
            readonly undo_within_s?: number;
            /** @enum {string} */
            readonly on_unknown?: "undo" | "ask";
            readonly built_in: boolean;
            /** Format: revision */
            readonly revision: string | null;
        };
        readonly ActionTypeVersionDto: {
            readonly action_type: string;
            readonly title: string;
            readonly parameters_schema: {
                readonly [key: string]: unknown;
            };
            readonly handler: components["schemas"]["ActionHandlerDto"] | null;
            readonly impact_fields: readonly string[];
            readonly reversible: boolean;
            readonly read_only: boolean;
            readonly external_contact: boolean;
            readonly min_confidence?: number;
            readonly version?: number;
            readonly impact?: components["schemas"]["ImpactParametersDto"];
            readonly kpis?: readonly string[];
            readonly undo_within_s?: number;
            /** @enum {string} */
            readonly on_unknown?: "undo" | "ask";
            /** Format: date-time */
            readonly registered_at: string;
            readonly content_hash: string;
        };
        readonly ActionTypeVersionsDto: {
            readonly items: readonly components["schemas"]["ActionTypeVersionDto"][];
            readonly next: null;
        };
        readonly WrittenActionTypeDto: {
            readonly action_type: string;
            readonly title: string;
            readonly parameters_schema: {
                readonly [key: string]: unknown;
            };
            readonly handler: components["schemas"]["ActionHandlerDto"] | null;
            readonly impact_fields: readonly string[];
            readonly reversible: boolean;
            readonly read_only: boolean;
            readonly external_contact: boolean;
            readonly min_confidence?: number;
            readonly version?: number;
            readonly impact?: components["schemas"]["ImpactParametersDto"];
            readonly kpis?: readonly string[];
            readonly undo_within_s?: number;
            /** @enum {string} */
            readonly on_unknown?: "undo" | "ask";
            readonly retired: boolean;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly MeasuredDto: {
            readonly value: number | null;
            readonly target: string;
            readonly on_target: boolean | null;
        };
        readonly TargetsDto: {
            readonly rolled_back_pct: components["schemas"]["MeasuredDto"];
            readonly canaries_passing_pct: components["schemas"]["MeasuredDto"];
            readonly coverage_pct: components["schemas"]["MeasuredDto"];
            readonly mttr_min: components["schemas"]["MeasuredDto"];
        };
        readonly RollbackMinutesDto: {
            readonly timed: number;
            readonly median: number | null;
            readonly longest: number | null;
        };
        readonly RollbacksDto: {
            readonly activated: number;
            readonly rolled_back: number;
            readonly share_pct: number | null;
            readonly by_trigger: {
                readonly [key: string]: number;
            };
            readonly minutes: components["schemas"]["RollbackMinutesDto"];
        };
        readonly CanariesDto: {
            readonly passed: number;
            readonly rolled_back: number;
            readonly running: number;
        };
        readonly HoursDto: {
            readonly count: number;
            readonly median_h: number | null;
            readonly p90_h: number | null;
        };
        readonly TurnaroundDto: {
            readonly draft_to_approval: components["schemas"]["HoursDto"];
            readonly approval_to_activation: components["schemas"]["HoursDto"];
            readonly draft_to_activation: components["schemas"]["HoursDto"];
        };
        readonly UngovernedDto: {
            readonly agent: string;
            readonly action_type: string;
            readonly evaluations: number;
            readonly ungoverned: number;
        };
        readonly CoverageDto: {
            readonly evaluations: number;
            readonly governed: number;
            readonly ungoverned: readonly components["schemas"]["UngovernedDto"][];
        };
        readonly RuleDayDto: {
            readonly day: string;
            readonly hits: number;
        };
        readonly RuleHitsDto: {
            readonly bundle_version: string;
            readonly rule_id: string;
            readonly hits: number;
            readonly decisions: {
                readonly [key: string]: number;
            };
            readonly by_day: readonly components["schemas"]["RuleDayDto"][];
        };
        readonly ActiveRulesDto: {
            readonly bundle_id: string;
            readonly version: string;
            readonly never_hit: readonly string[];
        };
        readonly AnalyticsDto: {
            readonly targets: components["schemas"]["TargetsDto"];
            readonly rollbacks: components["schemas"]["RollbacksDto"];
            readonly canaries: components["schemas"]["CanariesDto"];
            readonly approval_turnaround: components["schemas"]["TurnaroundDto"];
            readonly coverage: components["schemas"]["CoverageDto"];
            readonly decisions: readonly ({
                /** Format: date */
                readonly day: string;
            } & {
                readonly [key: string]: number;
            })[];
            readonly rules: readonly components["schemas"]["RuleHitsDto"][];
            readonly active: components["schemas"]["ActiveRulesDto"] | null;
            /** Format: date-time */
            readonly from: string;
            /** Format: date-time */
            readonly to: string;
        };
        readonly SuggestionThresholdsDto: {
            readonly approvals: number;
            readonly rejections: number;
            readonly rejected_pct: number;
            readonly incidents: number;
            readonly incidents_pct: number;
        };
        readonly ConditionDto: {
            readonly field: string;
            /** @enum {string} */
            readonly op: ">=" | "<=" | ">" | "<" | "==" | "!=";
            readonly value: number | string | boolean;
        };
        readonly RuleBudgetDto: {
            readonly cost: number;
            readonly compute: number;
        };
        readonly RuleDto: {
            readonly id: string;
            readonly agent: string;
            readonly action: string;
            /** @enum {string} */
            readonly effect: "allow" | "deny" | "needs_approval";
            readonly priority: number;
            readonly enabled: boolean;
            readonly conditions: readonly components["schemas"]["ConditionDto"][];
            readonly reason: string;
            readonly budget?: components["schemas"]["RuleBudgetDto"];
            readonly approvals_required?: number;
            readonly retry_after_s?: number;
        };
        readonly SuggestionEvidenceDto: {
            readonly approved: number;
            readonly rejected: number;
            readonly denied_by_policy: number;
            readonly executed: number;
            readonly failed: number;
            readonly incidents: number;
            readonly event_ids: readonly string[];
        };
        readonly SuggestionDto: {
            /** @enum {string} */
            readonly kind: "approvals" | "denials" | "incidents";
            readonly agent: string;
            readonly action_type: string;
            readonly rule: components["schemas"]["RuleDto"];
            readonly because: string;
            readonly evidence: components["schemas"]["SuggestionEvidenceDto"];
            readonly id: string;
            readonly drafted_version: string | null;
        };
        readonly SuggestionsDto: {
            readonly thresholds: components["schemas"]["SuggestionThresholdsDto"];
            readonly items: readonly components["schemas"]["SuggestionDto"][];
            readonly next: null;
            /** Format: date-time */
            readonly from: string;
            /** Format: date-time */
            readonly to: string;
        };
        readonly BundleProvenanceDto: {
            readonly tenant: string;
            readonly bundle_id: string;
            readonly bundle_hash: string;
            /** Format: date-time */
            readonly exported_at: string;
            readonly exported_by: string;
        };
        readonly SigningKeyDto: {
            /** @enum {string} */
            readonly alg: "HMAC-SHA256" | "Ed25519";
            readonly key_id: string;
        };
        readonly BundleSignatureDto: {
            /** @enum {string} */
            readonly alg: "HMAC-SHA256" | "Ed25519";
            readonly key_id: string;
            readonly value: string;
        };
        readonly SourceSignatureDto: {
            /** @enum {string} */
            readonly format: "interlock-bundle/1";
            readonly export_id: string;
            readonly provenance: components["schemas"]["BundleProvenanceDto"];
            /** Format: date-time */
            readonly expires_at: string;
            readonly signed_by: readonly components["schemas"]["SigningKeyDto"][];
            readonly signatures: readonly components["schemas"]["BundleSignatureDto"][];
        };
        readonly BundleApprovalDto: {
            readonly approval_id: string;
            readonly bundle_hash: string;
            readonly flip_list_hash: string | null;
            readonly against_hash: string | null;
            readonly approved_by: string;
            /** Format: date-time */
            readonly approved_at: string;
            readonly note: string;
            readonly approved_as?: readonly string[];
        };
        readonly BundleOriginDto: {
            readonly bundle_id: string;
            readonly version: string;
            readonly bundle_hash: string;
            readonly authors?: readonly string[];
        };
        readonly BundleRollbackDto: {
            /** Format: date-time */
            readonly at: string;
            readonly by: string;
            readonly reason: string;
            readonly trigger: string;
            readonly was: string;
            readonly incident_id: string | null;
        };
        readonly BundleDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly id: string;
            readonly version: string;
            readonly status: string;
            readonly active: boolean;
            readonly rules: readonly components["schemas"]["RuleDto"][];
            readonly notes: string;
            readonly metadata: {
                readonly [key: string]: unknown;
            };
            readonly bundle_hash: string;
            readonly created_by: string;
            /** Format: date-time */
            readonly created_at: string;
            readonly source: string;
            readonly source_signature: components["schemas"]["SourceSignatureDto"] | null;
            readonly canary_pct: number;
            /** Format: date-time */
            readonly activated_at: string | null;
            readonly activated_by: string | null;
            readonly approval_id: string | null;
            readonly approvals: readonly components["schemas"]["BundleApprovalDto"][];
            readonly team: string | null;
            readonly cloned_from: components["schemas"]["BundleOriginDto"] | null;
            readonly rollback: components["schemas"]["BundleRollbackDto"] | null;
        };
        readonly ChangedDecisionDto: {
            readonly agent: string;
            readonly action: string;
            readonly context: {
                readonly [key: string]: string | number | boolean;
            };
            /** @enum {string} */
            readonly from: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY" | "ABSTAIN";
            /** @enum {string} */
            readonly to: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY" | "ABSTAIN";
            readonly before: string | null;
            readonly after: string | null;
        };
        readonly SemanticDiffDto: {
            /** @enum {string} */
            readonly changed: "yes" | "no" | "undecided";
            /** @enum {string} */
            readonly more_permissive: "yes" | "no" | "undecided";
            /** @enum {string} */
            readonly more_restrictive: "yes" | "no" | "undecided";
            readonly examples: readonly components["schemas"]["ChangedDecisionDto"][];
            readonly truncated: boolean;
        };
        readonly FieldChangeDto: {
            readonly field: string;
            readonly from: unknown;
            readonly to: unknown;
        };
        readonly RuleChangeDto: {
            readonly rule_id: string;
            readonly fields: readonly components["schemas"]["FieldChangeDto"][];
        };
        readonly NamedBundleDto: {
            readonly id: string;
            readonly version: string;
            readonly bundle_hash: string;
            readonly team: string | null;
        };
        readonly BundleDiffDto: {
            readonly semantic: components["schemas"]["SemanticDiffDto"];
            readonly added: readonly string[];
            readonly removed: readonly string[];
            readonly modified: readonly string[];
            readonly unchanged: readonly string[];
            readonly changes: readonly components["schemas"]["RuleChangeDto"][];
            readonly added_rules: readonly components["schemas"]["RuleDto"][];
            readonly removed_rules: readonly components["schemas"]["RuleDto"][];
            readonly fields: readonly components["schemas"]["FieldChangeDto"][];
            readonly from: components["schemas"]["NamedBundleDto"];
            readonly to: components["schemas"]["NamedBundleDto"];
        };
        readonly SubjectNameDto: {
            readonly id: string | null;
            readonly version: string | null;
        };
        readonly OtherDecisionDto: {
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY" | "ABSTAIN";
            readonly rule_id: string | null;
        };
        readonly ShownRequestDto: {
            readonly agent: string;
            readonly action: string;
            readonly context: {
                readonly [key: string]: string | number | boolean;
            };
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY" | "ABSTAIN";
            readonly rule_id: string | null;
            readonly other?: components["schemas"]["OtherDecisionDto"];
        };
        readonly QuestionAnswerDto: {
            /** @enum {string} */
            readonly kind: "implies" | "equivalent" | "disjoint" | "never_matches" | "reachable" | "gaps" | "invariant" | "bundle_implies" | "bundle_disjoint" | "bundle_equivalent" | "more_permissive";
            /** @enum {string} */
            readonly answer: "yes" | "no" | "undecided";
            readonly counter_example: components["schemas"]["ShownRequestDto"] | null;
            readonly witness: components["schemas"]["ShownRequestDto"] | null;
            readonly examples?: readonly components["schemas"]["ShownRequestDto"][];
        };
        readonly AnalysisDto: {
            readonly bundle: components["schemas"]["SubjectNameDto"];
            readonly other: components["schemas"]["SubjectNameDto"] | null;
            readonly answers: readonly components["schemas"]["QuestionAnswerDto"][];
        };
        readonly BundlePageDto: {
            readonly items: readonly components["schemas"]["BundleDto"][];
            readonly next: string | null;
        };
        readonly DecidingBundlesDto: {
            readonly active: components["schemas"]["BundleDto"] | null;
            readonly canary: components["schemas"]["BundleDto"] | null;
        };
        readonly PersonActorDto: {
            /** @enum {string} */
            readonly kind: "person";
            readonly person_id: string;
            readonly namesake_id?: string;
        };
        readonly ServiceActorDto: {
            /** @enum {string} */
            readonly kind: "service";
            readonly service: string;
        };
        readonly BundleEventDto: {
            readonly type: string;
            /** Format: date-time */
            readonly at: string;
            readonly actor: components["schemas"]["PersonActorDto"] | components["schemas"]["ServiceActorDto"];
            /** Format: revision */
            readonly revision: string;
            readonly stream: string;
            /** Format: position */
            readonly position: string;
            readonly data: {
                readonly [key: string]: unknown;
            };
        };
        readonly BundleHistoryDto: {
            readonly items: readonly components["schemas"]["BundleEventDto"][];
            readonly next: string | null;
        };
        readonly LintCountsDto: {
            readonly error: number;
            readonly warning: number;
            readonly info: number;
        };
        readonly SetStepDto: {
            /** @enum {string} */
            readonly op: "replace" | "add";
            readonly path: string;
            readonly value: unknown;
        };
        readonly RemoveStepDto: {
            /** @enum {string} */
            readonly op: "remove";
            readonly path: string;
        };
        readonly LintSuggestionDto: {
            readonly text: string;
            readonly patch: readonly (components["schemas"]["SetStepDto"] | components["schemas"]["RemoveStepDto"])[];
        };
        readonly WitnessDto: {
            readonly agent: string;
            readonly action: string;
            readonly context: {
                readonly [key: string]: string | number | boolean;
            };
        };
        readonly LintFindingDto: {
            readonly line: number;
            readonly column: number;
            /** @enum {string} */
            readonly check: "duplicate_ids" | "missing_reasons" | "conflicts" | "unreachable_rules" | "budget_sanity" | "invalid_conditions" | "disabled_rules" | "schema" | "overridden" | "never_matches" | "invariants" | "more_permissive" | "undecided";
            /** @enum {string} */
            readonly severity: "error" | "warning" | "info";
            readonly rule_ids: readonly string[];
            readonly message: string;
            readonly pointer: string;
            readonly suggestion: components["schemas"]["LintSuggestionDto"];
            readonly witness: components["schemas"]["WitnessDto"] | null;
        };
        readonly LintHintDto: {
            readonly passed: boolean;
            readonly counts: components["schemas"]["LintCountsDto"];
            readonly findings: readonly components["schemas"]["LintFindingDto"][];
            readonly truncated: boolean;
        };
        readonly WrittenBundleDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly id: string;
            readonly version: string;
            readonly status: string;
            readonly active: boolean;
            readonly rules: readonly components["schemas"]["RuleDto"][];
            readonly notes: string;
            readonly metadata: {
                readonly [key: string]: unknown;
            };
            readonly bundle_hash: string;
            readonly created_by: string;
            /** Format: date-time */
            readonly created_at: string;
            readonly source: string;
            readonly source_signature: components["schemas"]["SourceSignatureDto"] | null;
            readonly canary_pct: number;
            /** Format: date-time */
            readonly activated_at: string | null;
            readonly activated_by: string | null;
            readonly approval_id: string | null;
            readonly approvals: readonly components["schemas"]["BundleApprovalDto"][];
            readonly team: string | null;
            readonly cloned_from: components["schemas"]["BundleOriginDto"] | null;
            readonly rollback: components["schemas"]["BundleRollbackDto"] | null;
            readonly lint: components["schemas"]["LintHintDto"];
        };
        readonly CloneBundleDto: {
            readonly version?: string;
            /** @enum {string} */
            readonly bump?: "major" | "minor" | "patch";
            readonly notes?: string;
            readonly team?: string;
        };
        readonly DeletedBundleDto: {
            readonly id: string;
            readonly version: string;
            readonly deleted: boolean;
            /** Format: position */
            readonly position: string | null;
        };
        readonly LintReportDto: {
            readonly passed: boolean;
            readonly counts: components["schemas"]["LintCountsDto"];
            readonly findings: readonly components["schemas"]["LintFindingDto"][];
        };
        readonly InvariantDto: {
            readonly id: string;
            readonly description: string;
            /** @enum {string} */
            readonly never: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            readonly agent: string;
            readonly action: string;
            readonly conditions: readonly components["schemas"]["ConditionDto"][];
        };
        readonly LintSeveritiesDto: {
            /** @enum {string} */
            readonly never_matches?: "error" | "warning" | "info";
            /** @enum {string} */
            readonly more_permissive?: "error" | "warning" | "info";
            /** @enum {string} */
            readonly missing_reasons?: "error" | "warning" | "info";
            /** @enum {string} */
            readonly unreachable_rules?: "error" | "warning" | "info";
            /** @enum {string} */
            readonly budget_sanity?: "error" | "warning" | "info";
            /** @enum {string} */
            readonly disabled_rules?: "error" | "warning" | "info";
            /** @enum {string} */
            readonly overridden?: "error" | "warning" | "info";
        };
        readonly LintSettingsDto: {
            readonly invariants: readonly components["schemas"]["InvariantDto"][];
            readonly severities: components["schemas"]["LintSeveritiesDto"];
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly SigningViewDto: {
            readonly demand: readonly ("HMAC-SHA256" | "Ed25519")[];
            readonly signs: readonly components["schemas"]["SigningKeyDto"][];
            readonly expiry_h: number;
            readonly longest_h: number;
            /** Format: revision */
            readonly revision: string;
        };
        readonly SigningDto: {
            readonly demand: readonly ("HMAC-SHA256" | "Ed25519")[];
        };
        readonly PublicBundleKeyDto: {
            readonly id: string;
            /** @enum {string} */
            readonly state: "active" | "retired" | "revoked";
            /** Format: date-time */
            readonly not_before: string | null;
            /** Format: date-time */
            readonly retired_at: string | null;
            readonly tenants: readonly string[] | null;
            /** @enum {string} */
            readonly alg: "HMAC-SHA256" | "Ed25519";
            readonly public_key: string | null;
        };
        readonly PublicKeysDto: {
            readonly keys: readonly components["schemas"]["PublicBundleKeyDto"][];
        };
        readonly WrittenPolicyDto: {
            readonly name: string;
            readonly action_types: readonly string[];
            readonly conditions: readonly components["schemas"]["ConditionDto"][];
            /** @enum {string} */
            readonly decision: "ALLOW" | "DENY" | "CONFIRM";
            readonly max_affected_entities: number | null;
            readonly min_confidence: number | null;
            readonly confirmation_window_s: number | null;
            readonly confirm_above_entities: number | null;
            /** @enum {string} */
            readonly on_elapse: "proceed" | "expire";
            readonly policy_id: string;
            readonly version: number;
            /** @enum {string} */
            readonly status: "active" | "disabled" | "retired";
            readonly content_hash: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly PolicyDto: {
            readonly name: string;
            readonly action_types: readonly string[];
            readonly conditions: readonly components["schemas"]["ConditionDto"][];
            /** @enum {string} */
            readonly decision: "ALLOW" | "DENY" | "CONFIRM";
            readonly max_affected_entities: number | null;
            readonly min_confidence: number | null;
            readonly confirmation_window_s: number | null;
            readonly confirm_above_entities: number | null;
            /** @enum {string} */
            readonly on_elapse: "proceed" | "expire";
            readonly policy_id: string;
            readonly version: number;
            /** @enum {string} */
            readonly status: "active" | "disabled" | "retired";
            readonly content_hash: string;
            /** Format: date-time */
            readonly created_at: string;
            readonly created_by: string;
            /** Format: date-time */
            readonly updated_at: string;
            readonly updated_by: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string;
        };
        readonly PolicyPageDto: {
            readonly items: readonly components["schemas"]["PolicyDto"][];
            readonly next: string | null;
        };
        readonly PolicyVersionDto: {
            readonly name: string;
            readonly action_types: readonly string[];
            readonly conditions: readonly components["schemas"]["ConditionDto"][];
            /** @enum {string} */
            readonly decision: "ALLOW" | "DENY" | "CONFIRM";
            readonly max_affected_entities: number | null;
            readonly min_confidence: number | null;
            readonly confirmation_window_s: number | null;
            readonly confirm_above_entities: number | null;
            /** @enum {string} */
            readonly on_elapse: "proceed" | "expire";
            readonly policy_id: string;
            readonly version: number;
            /** @enum {string} */
            readonly status: "active" | "disabled" | "retired";
            readonly content_hash: string;
            readonly changed: readonly string[];
            readonly restored_version: number | null;
            /** Format: date-time */
            readonly made_at: string;
            readonly made_by: string;
        };
        readonly PolicyVersionPageDto: {
            readonly items: readonly components["schemas"]["PolicyVersionDto"][];
            readonly next: string | null;
        };
        readonly PolicyDifferenceDto: {
            readonly from: components["schemas"]["PolicyVersionDto"];
            readonly to: components["schemas"]["PolicyVersionDto"];
            readonly changes: readonly components["schemas"]["FieldChangeDto"][];
        };
        readonly PolicyUseDto: {
            /** Format: date-time */
            readonly at: string;
            readonly matched: boolean;
            readonly policy_version: number | null;
            readonly agent: string;
            readonly action_type: string;
            readonly decision: string;
            /** Format: position */
            readonly position: string;
            readonly evaluation_id: string;
            readonly action_id: string | null;
            readonly confidence: number;
            readonly explanation: string;
            readonly trace_id: string;
            readonly bundle_version: string | null;
            readonly rule_id: string | null;
            readonly dry_run: boolean;
        };
        readonly PolicyUsePageDto: {
            readonly items: readonly components["schemas"]["PolicyUseDto"][];
            readonly next: string | null;
        };
        readonly MakeFlipListDto: {
            /** Format: date-time */
            readonly from?: string;
            /** Format: date-time */
            readonly to?: string;
            readonly max_evaluations?: number;
        };
        readonly FlipDto: {
            readonly evaluation_id: string;
            /** @enum {string} */
            readonly from: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            readonly was_rule_id: string | null;
            /** @enum {string} */
            readonly active: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            /** @enum {string} */
            readonly to: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            readonly rule_id: string | null;
        };
        readonly FlipListDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly looked_to: string;
            /** Format: position */
            readonly position: string | null;
            readonly bundle_id: string;
            readonly version: string;
            readonly bundle_hash: string;
            readonly against_hash: string | null;
            /** Format: date-time */
            readonly from: string;
            /** Format: date-time */
            readonly to: string;
            readonly evaluations: number;
            readonly capped: boolean;
            readonly counts: {
                readonly [key: string]: number;
            };
            readonly counts_active: {
                readonly [key: string]: number;
            };
            readonly flips: readonly components["schemas"]["FlipDto"][];
            readonly truncated: boolean;
            readonly flips_hash: string;
            readonly flip_list_hash: string;
        };
        readonly AdoptBundleDto: {
            readonly bundle_hash: string;
        };
        readonly ApproveBundleDto: {
            readonly bundle_hash?: string;
            readonly flip_list_hash?: string;
            readonly note?: string;
        };
        readonly GivenApprovalDto: {
            readonly bundle_id: string;
            readonly version: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly approval_id: string;
            readonly bundle_hash: string;
            readonly flip_list_hash: string | null;
            readonly against_hash: string | null;
            readonly approved_by: string;
            /** Format: date-time */
            readonly approved_at: string;
            readonly note: string;
            readonly approved_as?: readonly string[];
        };
        readonly ActivateBundleDto: {
            readonly bundle_hash?: string;
            readonly approval_id?: string;
            readonly canary_pct?: number;
        };
        readonly RolledOutBundleDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly id: string;
            readonly version: string;
            readonly status: string;
            readonly active: boolean;
            readonly rules: readonly components["schemas"]["RuleDto"][];
            readonly notes: string;
            readonly metadata: {
                readonly [key: string]: unknown;
            };
            readonly bundle_hash: string;
            readonly created_by: string;
            /** Format: date-time */
            readonly created_at: string;
            readonly source: string;
            readonly source_signature: components["schemas"]["SourceSignatureDto"] | null;
            readonly canary_pct: number;
            /** Format: date-time */
            readonly activated_at: string | null;
            readonly activated_by: string | null;
            readonly approval_id: string | null;
            readonly approvals: readonly components["schemas"]["BundleApprovalDto"][];
            readonly team: string | null;
            readonly cloned_from: components["schemas"]["BundleOriginDto"] | null;
            readonly rollback: components["schemas"]["BundleRollbackDto"] | null;
            /** Format: date-time */
            readonly effective_by: string;
        };
        readonly ThresholdVerdictDto: {
            readonly passed: boolean;
            readonly failing: readonly ("error_rate_pct" | "deny_rate_pct" | "cost_increase_pct" | "decisions")[];
            readonly critical: readonly ("error_rate_pct" | "deny_rate_pct" | "cost_increase_pct")[];
            /** @enum {string} */
            readonly outcome: "rollback" | "promotable" | "hold";
        };
        readonly StageEvidenceDto: {
            /** @enum {string} */
            readonly outcome: "rollback" | "hold" | "promote";
            readonly waiting_for: readonly ("error_rate_pct" | "deny_rate_pct" | "cost_increase_pct" | "decisions" | "sample_ratio")[];
            readonly broken: readonly ("error_rate_pct" | "deny_rate_pct" | "cost_increase_pct")[];
            readonly decisions_needed: number | null;
        };
        readonly GateReadingDto: {
            readonly value: number | null;
            readonly gate: number;
            readonly critical: number;
            /** @enum {string} */
            readonly threshold: "pass" | "fail" | "critical";
            /** @enum {string} */
            readonly evidence: "error" | "pass" | "fail" | "inconclusive";
            readonly interval: readonly (number | null)[] | null;
            readonly decisions_needed: number | null;
        };
        readonly StageGatesDto: {
            readonly error_rate_pct: components["schemas"]["GateReadingDto"];
            readonly deny_rate_pct: components["schemas"]["GateReadingDto"];
            readonly cost_increase_pct: components["schemas"]["GateReadingDto"];
            readonly decisions: components["schemas"]["GateReadingDto"];
        };
        readonly SampleRatioDto: {
            readonly expected_pct: number;
            readonly actual_pct: number | null;
            readonly units: number;
            readonly p_value: number;
            /** @enum {string} */
            readonly verdict: "error" | "pass" | "fail" | "inconclusive";
        };
        readonly GateReportDto: {
            readonly pct: number;
            readonly decisions: number;
            readonly threshold_verdict: components["schemas"]["ThresholdVerdictDto"];
            readonly evidence: components["schemas"]["StageEvidenceDto"];
            readonly gates: components["schemas"]["StageGatesDto"];
            readonly sample_ratio: components["schemas"]["SampleRatioDto"];
        };
        readonly PromoteDto: {
            /** @enum {number} */
            readonly to_pct?: 50 | 100;
            readonly reason?: string;
        };
        readonly policy_registry_ReasonDto: {
            readonly reason: string;
        };
        readonly RestoredBundleDto: {
            readonly bundle_id: string;
            readonly version: string;
            readonly canary_pct: number;
        };
        readonly RolledBackBundleDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
            readonly id: string;
            readonly version: string;
            readonly status: string;
            readonly active: boolean;
            readonly rules: readonly components["schemas"]["RuleDto"][];
            readonly notes: string;
            readonly metadata: {
                readonly [key: string]: unknown;
            };
            readonly bundle_hash: string;
            readonly created_by: string;
            /** Format: date-time */
            readonly created_at: string;
            readonly source: string;
            readonly source_signature: components["schemas"]["SourceSignatureDto"] | null;
            readonly canary_pct: number;
            /** Format: date-time */
            readonly activated_at: string | null;
            readonly activated_by: string | null;
            readonly approval_id: string | null;
            readonly approvals: readonly components["schemas"]["BundleApprovalDto"][];
            readonly team: string | null;
            readonly cloned_from: components["schemas"]["BundleOriginDto"] | null;
            readonly rollback: components["schemas"]["BundleRollbackDto"] | null;
            /** Format: date-time */
            readonly effective_by: string;
            readonly restored: components["schemas"]["RestoredBundleDto"] | null;
        };
        readonly CanaryHoldDto: {
            readonly reason: string;
            /** Format: date-time */
            readonly until: string | null;
            readonly by: string;
        };
        readonly ScheduledPromotionDto: {
            /** @enum {number} */
            readonly to_pct: 10 | 50 | 100;
            /** Format: date-time */
            readonly at: string;
            readonly by: string;
        };
        readonly CanarySplitDto: {
            readonly units: number;
            readonly canary: number;
        };
        readonly CostSumsDto: {
            readonly candidate: number;
            readonly active: number;
            readonly candidate_sq: number;
            readonly active_sq: number;
            readonly product: number;
            readonly candidate_max: number;
            readonly active_max: number;
        };
        readonly StageCountsDto: {
            readonly split: components["schemas"]["CanarySplitDto"] | null;
            readonly decisions?: number;
            readonly requests?: number;
            readonly executions?: number;
            readonly errors?: number;
            readonly denied?: number;
            readonly active_denied?: number;
            readonly invalid?: number;
            readonly cost?: components["schemas"]["CostSumsDto"];
        };
        readonly PolicyBypassDto: {
            readonly reason: string;
            /** Format: date-time */
            readonly since: string;
            /** Format: date-time */
            readonly until: string;
            readonly by: string;
        };
        readonly CanaryStatusDto: {
            readonly bundle_id: string;
            readonly version: string;
            readonly bundle_hash: string;
            readonly status: string;
            readonly canary_pct: number;
            /** Format: date-time */
            readonly activated_at: string | null;
            readonly active_bundle_id: string | null;
            /** Format: date-time */
            readonly stage_since: string | null;
            /** Format: date-time */
            readonly dwell_ends_at: string | null;
            readonly dwell_remaining_s: number | null;
            readonly held: components["schemas"]["CanaryHoldDto"] | null;
            readonly scheduled: components["schemas"]["ScheduledPromotionDto"] | null;
            readonly counts: components["schemas"]["StageCountsDto"] | null;
            readonly gates: components["schemas"]["GateReportDto"] | null;
            /** Format: date-time */
            readonly eta: string | null;
            readonly bypass: components["schemas"]["PolicyBypassDto"] | null;
            readonly withdrawn: boolean;
            readonly auto_promote: boolean;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly HoldDto: {
            readonly reason: string;
            /** Format: date-time */
            readonly until?: string;
        };
        readonly ChangedCanaryDto: {
            readonly bundle_id: string | null;
            readonly canary_pct: number | null;
            readonly held: components["schemas"]["CanaryHoldDto"] | null;
            readonly scheduled: components["schemas"]["ScheduledPromotionDto"] | null;
            /** Format: position */
            readonly position: string | null;
        };
        readonly ScheduleDto: {
            /** Format: date-time */
            readonly at: string;
        };
        readonly RolloutLimitsDto: {
            readonly error_rate_pct: number;
            readonly deny_rate_pct: number;
            readonly cost_increase_pct: number;
            readonly decisions: number;
        };
        readonly IncidentRowDto: {
            readonly max_age_h: number | null;
            readonly min_error_pct: number;
            /** @enum {string} */
            readonly then: "rollback" | "hold" | "page";
        };
        readonly RolloutSettingsDto: {
            readonly gates: components["schemas"]["RolloutLimitsDto"];
            readonly critical: components["schemas"]["RolloutLimitsDto"];
            readonly error_budget_pct: number;
            readonly sample_ratio_budget_pct: number;
            readonly cost_bound: number;
            readonly dwell_h: number;
            readonly auto_promote: boolean;
            readonly incident_table: readonly components["schemas"]["IncidentRowDto"][];
            readonly incident_min_executions: number;
        };
        readonly SettingsDto: {
            readonly gates?: {
                readonly [key: string]: unknown;
            };
            readonly critical?: {
                readonly [key: string]: unknown;
            };
            readonly error_budget_pct?: number;
            readonly sample_ratio_budget_pct?: number;
            readonly cost_bound?: number;
            readonly dwell_h?: number;
            readonly auto_promote?: boolean;
            readonly incident_table?: readonly unknown[];
            readonly incident_min_executions?: number;
        };
        readonly WrittenRolloutSettingsDto: {
            readonly gates: components["schemas"]["RolloutLimitsDto"];
            readonly critical: components["schemas"]["RolloutLimitsDto"];
            readonly error_budget_pct: number;
            readonly sample_ratio_budget_pct: number;
            readonly cost_bound: number;
            readonly dwell_h: number;
            readonly auto_promote: boolean;
            readonly incident_table: readonly components["schemas"]["IncidentRowDto"][];
            readonly incident_min_executions: number;
            /** Format: position */
            readonly position: string | null;
        };
        readonly BypassDto: {
            readonly reason: string;
            readonly minutes: number;
        };
        readonly BypassStateDto: {
            readonly bypass: components["schemas"]["PolicyBypassDto"] | null;
            /** Format: position */
            readonly position: string | null;
        };
        readonly TriedBundleDto: {
            readonly bundle_id: string | null;
            readonly version: string;
            readonly bundle_hash: string;
        };
        readonly RuleTallyDto: {
            readonly rule_id: string;
            /** @enum {string} */
            readonly effect: "allow" | "deny" | "needs_approval";
            readonly hits: number;
            readonly cost: number;
            readonly compute: number;
        };
        readonly SpendingDto: {
            readonly cost: number;
            readonly compute: number;
        };
        readonly ReadDatasetDto: {
            readonly kind: string;
            readonly count?: number;
            readonly seed?: number;
            /** Format: date-time */
            readonly from?: string;
            /** Format: date-time */
            readonly to?: string;
            /** Format: position */
            readonly position?: string;
            readonly max_evaluations?: number;
            readonly evaluations?: number;
            readonly capped?: boolean;
        };
        readonly RecordedDecisionDto: {
            /** @enum {string} */
            readonly decision: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            readonly rule_id: string | null;
            readonly bundle_version: string | null;
        };
        readonly SimulatedCaseDto: {
            readonly id: string;
            readonly name?: string;
            readonly group?: string;
            readonly agent: string;
            readonly action: string;
            readonly recorded?: components["schemas"]["RecordedDecisionDto"];
            /** @enum {string} */
            readonly effect: "allow" | "deny" | "needs_approval" | "no_match";
            readonly rule_id: string | null;
            readonly matched_rules: readonly string[];
            readonly unknown_fields: readonly string[];
            readonly explanation: string;
            readonly budget: components["schemas"]["SpendingDto"];
            /** @enum {string} */
            readonly decision?: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
            readonly near_misses?: readonly unknown[];
        };
        readonly SimulatedCasePageDto: {
            readonly items: readonly components["schemas"]["SimulatedCaseDto"][];
            readonly next: string | null;
        };
        readonly SimulationDto: {
            readonly bundle: components["schemas"]["TriedBundleDto"];
            readonly total: number;
            readonly counts?: {
                readonly allow: number;
                readonly deny: number;
                readonly needs_approval: number;
                readonly no_match: number;
            };
            readonly decisions?: {
                readonly [key: string]: number;
            };
            readonly changes?: {
                readonly [key: string]: number;
            };
            readonly unknown: number;
            readonly rules: readonly components["schemas"]["RuleTallyDto"][];
            readonly total_cost: number;
            readonly total_compute: number;
            readonly limits: components["schemas"]["SpendingDto"];
            readonly cost_breach: boolean;
            readonly compute_breach: boolean;
            readonly dataset: components["schemas"]["ReadDatasetDto"];
            readonly cases: components["schemas"]["SimulatedCasePageDto"];
        };
        readonly SimulationRunDto: {
            /** @enum {string} */
            readonly status: "done" | "running" | "failed" | "cancelled";
            readonly done: number;
            readonly total: number | null;
            readonly problem: {
                readonly [key: string]: unknown;
            } | null;
            readonly run_id: string;
            /** Format: date-time */
            readonly started_at: string;
            /** Format: date-time */
            readonly finished_at: string | null;
            /** Format: date-time */
            readonly expires_at: string | null;
        };
        readonly SimulationReportDto: {
            readonly bundle: components["schemas"]["TriedBundleDto"];
            readonly total: number;
            readonly counts?: {
                readonly allow: number;
                readonly deny: number;
                readonly needs_approval: number;
                readonly no_match: number;
            };
            readonly decisions?: {
                readonly [key: string]: number;
            };
            readonly changes?: {
                readonly [key: string]: number;
            };
            readonly unknown: number;
            readonly rules: readonly components["schemas"]["RuleTallyDto"][];
            readonly total_cost: number;
            readonly total_compute: number;
            readonly limits: components["schemas"]["SpendingDto"];
            readonly cost_breach: boolean;
            readonly compute_breach: boolean;
        };
        readonly FigureDeltasDto: {
            readonly allow: number;
            readonly deny: number;
            readonly needs_approval: number;
            readonly no_match: number;
            readonly total_cost: number;
            readonly total_compute: number;
            readonly decisions?: {
                readonly [key: string]: number;
            };
        };
        readonly CaseSideDto: {
            /** @enum {string} */
            readonly effect: "allow" | "deny" | "needs_approval" | "no_match";
            readonly rule_id: string | null;
            /** @enum {string} */
            readonly decision?: "ALLOW" | "CONFIRM" | "NEEDS_APPROVAL" | "DENY";
        };
        readonly ChangedCaseDto: {
            readonly id: string;
            readonly name?: string;
            readonly group?: string;
            readonly agent: string;
            readonly action: string;
            readonly recorded?: components["schemas"]["RecordedDecisionDto"];
            readonly from: components["schemas"]["CaseSideDto"];
            readonly to: components["schemas"]["CaseSideDto"];
            readonly explanation: string;
        };
        readonly ChangedCasePageDto: {
            readonly items: readonly components["schemas"]["ChangedCaseDto"][];
            readonly next: string | null;
        };
        readonly ComparisonDto: {
            readonly a: components["schemas"]["SimulationReportDto"];
            readonly b: components["schemas"]["SimulationReportDto"];
            readonly deltas: components["schemas"]["FigureDeltasDto"];
            readonly changed: number;
            readonly dataset: components["schemas"]["ReadDatasetDto"];
            readonly cases: components["schemas"]["ChangedCasePageDto"];
        };
        readonly SimulationCaseDto: {
            readonly id: string;
            readonly agent: string;
            readonly action: string;
            readonly context: {
                readonly [key: string]: string | number | boolean;
            };
            readonly name?: string;
            readonly group?: string;
            readonly recorded?: components["schemas"]["RecordedDecisionDto"];
        };
        readonly FixturesDto: {
            readonly items: readonly components["schemas"]["SimulationCaseDto"][];
            readonly next: null;
            readonly count: number;
            readonly groups: {
                readonly [key: string]: number;
            };
        };
        readonly FieldColumnDto: {
            readonly field: string;
            readonly values: readonly (string | number | boolean | null)[];
            readonly cells: readonly number[] | null;
        };
        readonly RecordedDecisionsDto: {
            /** Format: date-time */
            readonly from: string;
            /** Format: date-time */
            readonly to: string;
            /** Format: position */
            readonly position: string;
            readonly capped: boolean;
            readonly names: readonly string[];
            readonly evaluation_ids: readonly string[];
            readonly action_ids: readonly (string | null)[];
            readonly at_ms: readonly number[];
            readonly agents: readonly number[];
            readonly actions: readonly number[];
            readonly rules: readonly number[];
            readonly decisions: readonly number[];
            readonly fields: readonly components["schemas"]["FieldColumnDto"][];
            readonly policies: readonly components["schemas"]["PolicyDto"][];
        };
        readonly SimulationRunResultDto: {
            /** @enum {string} */
            readonly status: "done" | "running" | "failed" | "cancelled";
            readonly done: number;
            readonly total: number | null;
            readonly problem: {
                readonly [key: string]: unknown;
            } | null;
            readonly run_id: string;
            /** Format: date-time */
            readonly started_at: string;
            /** Format: date-time */
            readonly finished_at: string | null;
            /** Format: date-time */
            readonly expires_at: string | null;
            readonly result?: components["schemas"]["SimulationDto"] | components["schemas"]["ComparisonDto"];
        };
        readonly TeamDto: {
            readonly name: string;
            readonly agents: readonly string[];
            readonly accounts: readonly string[];
            readonly team_id: string;
        };
        readonly TeamsDto: {
            readonly items: readonly components["schemas"]["TeamDto"][];
            readonly next: null;
        };
        readonly DefinedTeamDto: {
            readonly name: string;
            readonly agents: readonly string[];
            readonly accounts: readonly string[];
            readonly team_id: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly BrakeDto: {
            readonly tenant_id: string;
            readonly engaged: boolean;
            readonly reason: string | null;
            /** Format: date-time */
            readonly since: string | null;
        };
        readonly ReasonedDto: {
            readonly reason: string;
            readonly tenant_id?: string;
        };
        readonly WrittenBrakeDto: {
            readonly tenant_id: string;
            readonly engaged: boolean;
            readonly reason: string | null;
            /** Format: date-time */
            readonly since: string | null;
            /** Format: position */
            readonly position: string | null;
        };
        readonly PostureInputsDto: {
            readonly trust_locked: boolean;
            readonly integrity_score: number;
            readonly consensus_pct: number;
            readonly reputation_score: number;
            /** @enum {string} */
            readonly forecast_risk: "low" | "medium" | "high";
            readonly recent_responses: number;
        };
        readonly PostureThresholdsDto: {
            readonly red_integrity: number;
            readonly red_consensus: number;
            readonly red_responses: number;
            readonly yellow_integrity: number;
            readonly yellow_consensus: number;
            readonly yellow_reputation: number;
            readonly yellow_responses: number;
        };
        readonly PostureSignalDto: {
            readonly value: unknown;
            /** Format: date-time */
            readonly at: string | null;
            readonly source: string;
            /** @enum {string} */
            readonly status: "fresh" | "stale" | "defaulted";
            readonly max_age_s: number | null;
            readonly age_s: number | null;
            /** @enum {boolean} */
            readonly unwitnessed?: true;
        };
        readonly PostureSignalsDto: {
            readonly trust_locked: components["schemas"]["PostureSignalDto"];
            readonly integrity_score: components["schemas"]["PostureSignalDto"];
            readonly consensus_pct: components["schemas"]["PostureSignalDto"];
            readonly reputation_score: components["schemas"]["PostureSignalDto"];
            readonly forecast_risk: components["schemas"]["PostureSignalDto"];
            readonly recent_responses: components["schemas"]["PostureSignalDto"];
        };
        readonly OrangeThresholdsDto: {
            readonly orange_integrity: number;
            readonly orange_consensus: number;
            readonly orange_responses: number;
        };
        readonly CurrentLevelDto: {
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly target: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly effective: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** Format: date-time */
            readonly since: string;
        };
        readonly PastLevelDto: {
            /** @enum {string} */
            readonly level: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** Format: date-time */
            readonly until: string;
        };
        readonly LevelHistoryDto: {
            readonly current: components["schemas"]["CurrentLevelDto"] | null;
            readonly past: readonly components["schemas"]["PastLevelDto"][];
        };
        readonly ReportFaultDto: {
            readonly pointer: string;
            readonly detail: string;
        };
        readonly RefusedReportDto: {
            /** @enum {string} */
            readonly name: "trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses";
            readonly tenant_id: string;
            /** Format: date-time */
            readonly at: string;
            readonly source: string;
            readonly violations: readonly components["schemas"]["ReportFaultDto"][];
        };
        readonly PostureGateTableDto: {
            /** @enum {string} */
            readonly GREEN: "pass" | "approval" | "deny";
            /** @enum {string} */
            readonly YELLOW: "pass" | "approval" | "deny";
            /** @enum {string} */
            readonly ORANGE: "pass" | "approval" | "deny";
            /** @enum {string} */
            readonly RED: "pass" | "approval" | "deny";
        };
        readonly PostureAssessmentDto: {
            readonly tenant_id: string;
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly effective: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly effective_reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly red_triggers: readonly ("trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses")[];
            readonly yellow_triggers: readonly ("trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses")[];
            readonly inputs: components["schemas"]["PostureInputsDto"];
            readonly thresholds: components["schemas"]["PostureThresholdsDto"];
            readonly signals: components["schemas"]["PostureSignalsDto"];
            /** @enum {string} */
            readonly on_missing: "yellow" | "seed";
            readonly clears: readonly string[];
            /** Format: date-time */
            readonly evaluated_at: string;
            /** Format: position */
            readonly version: string;
            /** @enum {string} */
            readonly target: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly floor: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly orange_triggers: readonly ("trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses")[];
            readonly orange: components["schemas"]["OrangeThresholdsDto"] | null;
            readonly dwell_s: number;
            readonly history: components["schemas"]["LevelHistoryDto"];
            readonly refused: readonly components["schemas"]["RefusedReportDto"][];
            readonly gate?: components["schemas"]["PostureGateTableDto"];
        };
        readonly PreviousLevelDto: {
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly effective: "GREEN" | "YELLOW" | "ORANGE" | "RED";
        };
        readonly LevelChangeDto: {
            /** Format: date-time */
            readonly at: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string;
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly target: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly effective: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly previous: components["schemas"]["PreviousLevelDto"] | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly red_triggers: readonly ("trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses")[];
            readonly orange_triggers: readonly ("trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses")[];
            readonly yellow_triggers: readonly ("trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses")[];
            readonly inputs: components["schemas"]["PostureInputsDto"];
        };
        readonly LevelChangePageDto: {
            readonly items: readonly components["schemas"]["LevelChangeDto"][];
            readonly next: string | null;
        };
        readonly SignalAgesDto: {
            readonly trust_locked: number | null;
            readonly integrity_score: number | null;
            readonly consensus_pct: number | null;
            readonly reputation_score: number | null;
            readonly forecast_risk: number | null;
            readonly recent_responses: number | null;
        };
        readonly SignalSourcesDto: {
            /** @enum {string} */
            readonly trust_locked?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly integrity_score?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly consensus_pct?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly reputation_score?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly forecast_risk?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly recent_responses?: "internal" | "external" | "both";
        };
        readonly PostureConfigDto: {
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly thresholds: components["schemas"]["PostureThresholdsDto"];
            readonly orange: components["schemas"]["OrangeThresholdsDto"] | null;
            /** @enum {string} */
            readonly on_missing: "yellow" | "seed";
            readonly dwell_s: number;
            readonly max_age_s: components["schemas"]["SignalAgesDto"];
            readonly sources?: components["schemas"]["SignalSourcesDto"];
            readonly gate?: components["schemas"]["PostureGateTableDto"];
            readonly tenant_id: string;
        };
        readonly OrangeDto: {
            readonly orange_integrity: number;
            readonly orange_consensus: number;
            readonly orange_responses: number;
        };
        readonly GateTableDto: {
            /** @enum {string} */
            readonly GREEN: "pass" | "approval" | "deny";
            /** @enum {string} */
            readonly YELLOW: "pass" | "approval" | "deny";
            /** @enum {string} */
            readonly ORANGE: "pass" | "approval" | "deny";
            /** @enum {string} */
            readonly RED: "pass" | "approval" | "deny";
        };
        readonly posture_ThresholdsDto: {
            readonly red_integrity?: number;
            readonly red_consensus?: number;
            readonly red_responses?: number;
            readonly yellow_integrity?: number;
            readonly yellow_consensus?: number;
            readonly yellow_reputation?: number;
            readonly yellow_responses?: number;
        };
        readonly MaxAgeDto: {
            readonly trust_locked?: number;
            readonly integrity_score?: number;
            readonly consensus_pct?: number;
            readonly reputation_score?: number;
            readonly forecast_risk?: number;
            readonly recent_responses?: number;
        };
        readonly SourcesDto: {
            /** @enum {string} */
            readonly trust_locked?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly integrity_score?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly consensus_pct?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly reputation_score?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly forecast_risk?: "internal" | "external" | "both";
            /** @enum {string} */
            readonly recent_responses?: "internal" | "external" | "both";
        };
        readonly PutConfigDto: {
            readonly orange?: components["schemas"]["OrangeDto"] | null;
            readonly gate?: components["schemas"]["GateTableDto"] | null;
            readonly thresholds?: components["schemas"]["posture_ThresholdsDto"];
            /** @enum {string} */
            readonly on_missing?: "yellow" | "seed";
            readonly dwell_s?: number;
            readonly max_age_s?: components["schemas"]["MaxAgeDto"];
            readonly sources?: components["schemas"]["SourcesDto"];
        };
        readonly WrittenPostureConfigDto: {
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly thresholds: components["schemas"]["PostureThresholdsDto"];
            readonly orange: components["schemas"]["OrangeThresholdsDto"] | null;
            /** @enum {string} */
            readonly on_missing: "yellow" | "seed";
            readonly dwell_s: number;
            readonly max_age_s: components["schemas"]["SignalAgesDto"];
            readonly sources?: components["schemas"]["SignalSourcesDto"];
            readonly gate?: components["schemas"]["PostureGateTableDto"];
            readonly tenant_id: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string | null;
        };
        readonly ReportDto: {
            /** @description true or false, a number, or a risk, as the signal asks */
            readonly value: Record<string, never>;
            readonly at?: string;
            readonly source?: string;
        };
        readonly TakenReportDto: {
            readonly tenant_id: string;
            /** @enum {string} */
            readonly name: "trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses";
            readonly value?: unknown;
            /** Format: date-time */
            readonly at?: string;
            readonly source?: string;
            readonly accepted: boolean;
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly effective: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** Format: position */
            readonly position: string | null;
        };
        readonly RunResponsesDto: {
            /** @enum {string} */
            readonly policy?: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly apply?: boolean;
            readonly tenant_id?: string;
        };
        readonly PlannedResponseDto: {
            /** @enum {string} */
            readonly action: "integrity_check" | "schema_validation" | "full_integrity_check" | "cold_storage_verification" | "integrity_anchor_mirror";
            readonly reversible: boolean;
        };
        readonly ResponseResultDto: {
            /** @enum {string} */
            readonly action: "integrity_check" | "schema_validation" | "full_integrity_check" | "cold_storage_verification" | "integrity_anchor_mirror";
            readonly action_id: string | null;
            /** @description DRY_RUN, NOT_RUN, or the state of its action; PENDING before that has one */
            readonly state: string;
            readonly passed: boolean | null;
            readonly stdout: string;
            readonly reversible: boolean;
            readonly undo_instruction: string | null;
        };
        readonly UndoneDto: {
            /** Format: date-time */
            readonly at: string;
            readonly reason: string;
            readonly restored: string;
        };
        readonly ResponseDto: {
            readonly response_id: string | null;
            readonly tenant_id: string;
            /** @enum {string} */
            readonly status: "running" | "blocked" | "completed" | "failed" | "undone";
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly mode: "dry-run" | "apply";
            /** @enum {string} */
            readonly trigger: "person" | "level" | "schedule";
            readonly safety_gates_passed: boolean;
            /** @description the gates that block it */
            readonly gates: readonly ("trust_guard_unlocked" | "safety_brake_off" | "rate_limit" | "manual_unlock_count")[];
            readonly actions_planned: number;
            readonly actions: readonly components["schemas"]["PlannedResponseDto"][];
            readonly results: readonly components["schemas"]["ResponseResultDto"][];
            readonly detail: string | null;
            /** Format: date-time */
            readonly began_at: string | null;
            /** Format: date-time */
            readonly ended_at: string | null;
            readonly undone: components["schemas"]["UndoneDto"] | null;
        };
        readonly ResponsePageDto: {
            readonly items: readonly components["schemas"]["ResponseDto"][];
            readonly next: string | null;
        };
        readonly UndoneResponseDto: {
            readonly response_id: string | null;
            readonly tenant_id: string;
            /** @enum {string} */
            readonly status: "running" | "blocked" | "completed" | "failed" | "undone";
            /** @enum {string} */
            readonly policy: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly mode: "dry-run" | "apply";
            /** @enum {string} */
            readonly trigger: "person" | "level" | "schedule";
            readonly safety_gates_passed: boolean;
            /** @description the gates that block it */
            readonly gates: readonly ("trust_guard_unlocked" | "safety_brake_off" | "rate_limit" | "manual_unlock_count")[];
            readonly actions_planned: number;
            readonly actions: readonly components["schemas"]["PlannedResponseDto"][];
            readonly results: readonly components["schemas"]["ResponseResultDto"][];
            readonly detail: string | null;
            /** Format: date-time */
            readonly began_at: string | null;
            /** Format: date-time */
            readonly ended_at: string | null;
            readonly undone: components["schemas"]["UndoneDto"] | null;
            /** Format: position */
            readonly position: string | null;
        };
        readonly TrustLockDto: {
            readonly tenant_id: string;
            readonly locked: boolean;
            /** @enum {string|null} */
            readonly cause: "person" | "signal" | null;
            readonly reason: string | null;
            /** Format: date-time */
            readonly since: string | null;
            /** @description manual unlocks of this UTC day */
            readonly unlocks_today: number;
            /** @description manual unlocks that a UTC day allows */
            readonly unlocks_limit: number;
        };
        readonly WrittenTrustLockDto: {
            readonly tenant_id: string;
            readonly locked: boolean;
            /** @enum {string|null} */
            readonly cause: "person" | "signal" | null;
            readonly reason: string | null;
            /** Format: date-time */
            readonly since: string | null;
            /** @description manual unlocks of this UTC day */
            readonly unlocks_today: number;
            /** @description manual unlocks that a UTC day allows */
            readonly unlocks_limit: number;
            /** Format: position */
            readonly position: string | null;
        };
        readonly UnlockDto: {
            readonly reason: string;
            readonly tenant_id?: string;
            readonly force?: boolean;
        };
        readonly LastReportDto: {
            /** @enum {string} */
            readonly origin: "internal" | "external";
            /** @description the tenant whose report it is: its own or `_system` */
            readonly tenant_id: string;
            readonly value: unknown;
            /** Format: date-time */
            readonly at: string;
            readonly source: string;
        };
        readonly SignalStateDto: {
            readonly value: unknown;
            /** Format: date-time */
            readonly at: string | null;
            readonly source: string;
            /** @enum {string} */
            readonly status: "fresh" | "stale" | "defaulted";
            readonly max_age_s: number | null;
            readonly age_s: number | null;
            /** @enum {boolean} */
            readonly unwitnessed?: true;
            /** @enum {string} */
            readonly name: "trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses";
            readonly reports: readonly components["schemas"]["LastReportDto"][];
        };
        readonly SignalListDto: {
            readonly tenant_id: string;
            readonly items: readonly components["schemas"]["SignalStateDto"][];
        };
        readonly LevelTransitionDto: {
            /** Format: date-time */
            readonly at: string;
            /** @enum {string} */
            readonly from: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly to: "GREEN" | "YELLOW" | "ORANGE" | "RED";
        };
        readonly TimeInLevelDto: {
            readonly GREEN: number;
            readonly YELLOW: number;
            readonly ORANGE: number;
            readonly RED: number;
            readonly unknown: number;
        };
        readonly TowardsDto: {
            /** @enum {string} */
            readonly level: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly threshold: number;
            readonly hours: number;
        };
        readonly SignalSlopeDto: {
            /** @enum {string} */
            readonly signal: "trust_locked" | "integrity_score" | "consensus_pct" | "reputation_score" | "forecast_risk" | "recent_responses";
            readonly per_hour: number;
            readonly reports: number;
            readonly value: number;
            readonly towards: components["schemas"]["TowardsDto"] | null;
        };
        readonly PostureTrendDto: {
            readonly tenant_id: string;
            /** Format: date-time */
            readonly from: string;
            /** Format: date-time */
            readonly to: string;
            readonly transitions: readonly components["schemas"]["LevelTransitionDto"][];
            readonly time_in_level_s: components["schemas"]["TimeInLevelDto"];
            readonly reversals: number;
            readonly flapping: boolean;
            readonly slopes: readonly components["schemas"]["SignalSlopeDto"][];
        };
        readonly PostureConfigVersionDto: {
            /** Format: date-time */
            readonly updated_at: string | null;
            readonly thresholds: components["schemas"]["PostureThresholdsDto"];
            readonly orange: components["schemas"]["OrangeThresholdsDto"] | null;
            /** @enum {string} */
            readonly on_missing: "yellow" | "seed";
            readonly dwell_s: number;
            readonly max_age_s: components["schemas"]["SignalAgesDto"];
            readonly sources?: components["schemas"]["SignalSourcesDto"];
            readonly gate?: components["schemas"]["PostureGateTableDto"];
            readonly tenant_id: string;
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string;
            readonly by: string;
        };
        readonly PostureConfigVersionPageDto: {
            readonly items: readonly components["schemas"]["PostureConfigVersionDto"][];
            readonly next: string | null;
        };
        readonly PostureRunDto: {
            /** Format: date-time */
            readonly at: string;
            /** Format: revision */
            readonly revision: string;
            /** @enum {string} */
            readonly type: "PostureEvaluated" | "PostureRunFailed";
            readonly run_id: string;
            readonly trigger: string;
            /** Format: date-time */
            readonly due_at?: string;
            /** @enum {string} */
            readonly policy?: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            /** @enum {string} */
            readonly effective?: "GREEN" | "YELLOW" | "ORANGE" | "RED";
            readonly inputs?: components["schemas"]["PostureInputsDto"];
            readonly branch?: string | null;
            readonly detail?: string;
        };
        readonly PostureRunPageDto: {
            readonly items: readonly components["schemas"]["PostureRunDto"][];
            readonly next: string | null;
        };
        readonly RunFailureDto: {
            readonly detail: string;
            readonly branch: string | null;
        };
        readonly EvaluatedDto: {
            readonly run_id: string;
            readonly posture: components["schemas"]["PostureAssessmentDto"];
            readonly failure: components["schemas"]["RunFailureDto"] | null;
        };
        readonly ActionIntentDto: {
            readonly intent_id: string;
            readonly tenant_id: string;
            readonly account_id: string;
            readonly agent: string;
            readonly action_type: string;
            readonly entity_id: string;
            readonly parameters: {
                readonly [key: string]: unknown;
            };
            readonly affected_entity_count: number;
            readonly confidence_score: number;
            /** @enum {string} */
            readonly risk_level?: "LOW" | "MEDIUM" | "HIGH";
            readonly lifecycle_state?: string;
            readonly external_contact?: boolean;
            readonly trigger_type?: string;
            readonly incident_id?: string;
            readonly estimated_cost?: number;
            readonly estimated_compute?: number;
            /** Format: date-time */
            readonly not_after?: string;
            readonly requested_by?: string;
            readonly dry_run?: boolean;
            readonly traceparent?: string;
        };
        readonly AcceptedActionDto: {
            readonly action_id: string;
            readonly intent_id: string;
            /** Format: position */
            readonly position: string;
            readonly state: string;
        };
        readonly AwaitedServiceDto: {
            readonly service: string;
            readonly gate: string;
            readonly detail: string;
            /** Format: date-time */
            readonly expires_at: string;
        };
        readonly ActionRowDto: {
            readonly action_id: string;
            readonly intent_id: string;
            readonly tenant_id: string;
            readonly account_id: string;
            readonly agent: string;
            readonly action_type: string;
            readonly entity_id: string;
            readonly affected_entity_count: number;
            /** @enum {string} */
            readonly state: "PENDING" | "AWAITING_CONFIRMATION" | "AWAITING_APPROVAL" | "EXECUTING" | "VALIDATING" | "ROLLING_BACK" | "COMPLETED" | "ROLLED_BACK" | "ROLLBACK_FAILED" | "DENIED" | "BLOCKED" | "PROPOSED" | "REJECTED" | "EXPIRED" | "CANCELLED";
            readonly dry_run: boolean;
            readonly requester: string;
            readonly claimed_by: string | null;
            /** Format: date-time */
            readonly accepted_at: string | null;
            /** Format: date-time */
            readonly ended_at: string | null;
            /** Format: date-time */
            readonly due_at: string | null;
            readonly waiting_for: string | null;
            readonly waiting: components["schemas"]["AwaitedServiceDto"] | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            /** @enum {string|null} */
            readonly effect: "none" | "refused" | "applied" | "taken_back" | "unknown" | null;
            /** Format: position */
            readonly position: string;
            readonly site_id: string | null;
            readonly held_for: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly risk_score: number | null;
            readonly answered: boolean;
        };
        readonly ActionPageDto: {
            readonly items: readonly components["schemas"]["ActionRowDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly PlanPayloadDto: {
            readonly device_id: string;
            readonly operation: string;
            readonly xml: string;
        };
        readonly LeafChangeDto: {
            readonly path: string;
            readonly before: string | null;
            readonly after: string | null;
        };
        readonly ActionPlanDto: {
            readonly plan_hash: string;
            readonly device_id: string;
            readonly site_id: string | null;
            readonly profile: string;
            readonly payloads: readonly components["schemas"]["PlanPayloadDto"][];
            readonly diff: readonly components["schemas"]["LeafChangeDto"][];
            readonly diff_hash: string;
            readonly leaves_fingerprint: string;
            readonly reversible: boolean;
            readonly violations: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
        };
        readonly ActionRollbackDto: {
            /** @enum {string} */
            readonly status: "prepared" | "approved" | "judged" | "started" | "refused" | "done";
            readonly prepared_by: string;
            readonly plan: components["schemas"]["ActionPlanDto"];
            readonly digest: string;
            /** Format: date-time */
            readonly expires_at: string;
            readonly approved_by: string | null;
            readonly request_id: string | null;
            /** Format: date-time */
            readonly start_by: string | null;
            readonly epoch: string | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
        };
        readonly ActionCommentDto: {
            readonly on: string;
            readonly by: string;
            /** Format: date-time */
            readonly at: string;
            readonly comment: string;
        };
        readonly ActionGateDto: {
            readonly gate: string;
            /** @enum {string} */
            readonly verdict: "pass" | "inconclusive" | "error" | "fail";
            readonly hold?: string | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly saw: {
                readonly [key: string]: unknown;
            };
        };
        readonly WindowOutcomeDto: {
            /** @enum {string} */
            readonly outcome: "proceeds" | "expires" | "asks";
            readonly detail: string;
        };
        readonly HoldRecordDto: {
            /** @enum {string} */
            readonly gate: "kill_switch" | "posture" | "autonomy_mode" | "prediction" | "policy" | "blast_radius" | "confidence" | "auto_approval" | "budget";
            /** @enum {string} */
            readonly hold: "approval" | "window";
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly content: {
                readonly [key: string]: unknown;
            };
        };
        readonly DigestPartsDto: {
            readonly action: string;
            readonly risk_score: number;
            readonly diff: string;
            readonly leaves: string;
            readonly policies: string;
            readonly holds?: string;
            readonly affected?: number;
        };
        readonly ConfirmationWindowDto: {
            /** Format: date-time */
            readonly due_at: string;
            readonly untold_s?: number;
            readonly reaches_nobody?: boolean;
            readonly end: components["schemas"]["WindowOutcomeDto"];
            readonly policy_id: string | null;
            /** @enum {string} */
            readonly on_elapse: "proceed" | "expire";
            readonly holds: readonly components["schemas"]["HoldRecordDto"][];
            readonly digest: string;
            readonly digest_parts: components["schemas"]["DigestPartsDto"];
            readonly smallest_change: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
        };
        readonly ActionApprovalDto: {
            readonly cause: string;
            readonly holds: readonly components["schemas"]["HoldRecordDto"][];
            /** @enum {number} */
            readonly required: 1 | 2;
            readonly digest: string;
            readonly digest_parts: components["schemas"]["DigestPartsDto"];
            /** Format: date-time */
            readonly requested_at: string;
            /** Format: date-time */
            readonly expires_at: string;
            /** Format: date-time */
            readonly escalated_at: string | null;
            readonly approved_by: readonly string[];
            readonly approved_as: readonly string[];
            readonly smallest_change: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly difference: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
        };
        readonly AutomaticBoundDto: {
            readonly op: string;
            readonly value: unknown;
        };
        readonly AutomaticIfDto: {
            /** @enum {string} */
            readonly gate: "kill_switch" | "posture" | "autonomy_mode" | "prediction" | "policy" | "blast_radius" | "confidence" | "auto_approval" | "budget";
            readonly figure: string;
            readonly is: unknown;
            readonly automatic: components["schemas"]["AutomaticBoundDto"];
            readonly by?: string;
        };
        readonly KpiVerdictDto: {
            readonly kpi: string;
            readonly observed: number | null;
            readonly predicted: readonly number[] | null;
            /** @enum {string} */
            readonly verdict: "inside" | "better" | "worse" | "missing";
        };
        readonly ValidationResultDto: {
            /** @enum {string} */
            readonly verdict: "pass" | "inconclusive" | "fail";
            readonly kpis: readonly components["schemas"]["KpiVerdictDto"][];
            readonly impact_delta: number | null;
            readonly predicted_interval: readonly number[] | null;
        };
        readonly ActionDto: {
            readonly action_id: string;
            readonly intent_id: string;
            readonly tenant_id: string;
            readonly account_id: string;
            readonly agent: string;
            readonly action_type: string;
            readonly entity_id: string;
            readonly parameters: {
                readonly [key: string]: unknown;
            };
            readonly affected_entity_count: number;
            /** @enum {string} */
            readonly state: "PENDING" | "AWAITING_CONFIRMATION" | "AWAITING_APPROVAL" | "EXECUTING" | "VALIDATING" | "ROLLING_BACK" | "COMPLETED" | "ROLLED_BACK" | "ROLLBACK_FAILED" | "DENIED" | "BLOCKED" | "PROPOSED" | "REJECTED" | "EXPIRED" | "CANCELLED";
            readonly dry_run: boolean;
            readonly requester: string;
            readonly claimed_by: string | null;
            /** Format: date-time */
            readonly accepted_at: string | null;
            /** Format: date-time */
            readonly ended_at: string | null;
            /** Format: date-time */
            readonly due_at: string | null;
            /** Format: date-time */
            readonly server_time: string;
            readonly waiting_for: string | null;
            readonly waiting: components["schemas"]["AwaitedServiceDto"] | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            /** @enum {string|null} */
            readonly effect: "none" | "refused" | "applied" | "taken_back" | "unknown" | null;
            readonly rollback: components["schemas"]["ActionRollbackDto"] | null;
            readonly comments: readonly components["schemas"]["ActionCommentDto"][];
            readonly gates: readonly components["schemas"]["ActionGateDto"][];
            readonly plan: components["schemas"]["ActionPlanDto"] | null;
            readonly window: components["schemas"]["ConfirmationWindowDto"] | null;
            readonly approval: components["schemas"]["ActionApprovalDto"] | null;
            readonly automatic_if: readonly components["schemas"]["AutomaticIfDto"][];
            readonly validation_result: components["schemas"]["ValidationResultDto"] | null;
            readonly observation: components["schemas"]["KpiObservationDto"] | null;
            /** Format: position */
            readonly position: string;
        };
        readonly ActionRecordsDto: {
            readonly items: readonly components["schemas"]["ActionDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly FeedbackDto: {
            readonly by: string;
            /** @enum {string} */
            readonly verdict: "good" | "bad" | "harmful";
            readonly comment: string | null;
            /** Format: date-time */
            readonly at: string;
        };
        readonly ActionWithFeedbackDto: {
            readonly action_id: string;
            readonly intent_id: string;
            readonly tenant_id: string;
            readonly account_id: string;
            readonly agent: string;
            readonly action_type: string;
            readonly entity_id: string;
            readonly parameters: {
                readonly [key: string]: unknown;
            };
            readonly affected_entity_count: number;
            /** @enum {string} */
            readonly state: "PENDING" | "AWAITING_CONFIRMATION" | "AWAITING_APPROVAL" | "EXECUTING" | "VALIDATING" | "ROLLING_BACK" | "COMPLETED" | "ROLLED_BACK" | "ROLLBACK_FAILED" | "DENIED" | "BLOCKED" | "PROPOSED" | "REJECTED" | "EXPIRED" | "CANCELLED";
            readonly dry_run: boolean;
            readonly requester: string;
            readonly claimed_by: string | null;
            /** Format: date-time */
            readonly accepted_at: string | null;
            /** Format: date-time */
            readonly ended_at: string | null;
            /** Format: date-time */
            readonly due_at: string | null;
            /** Format: date-time */
            readonly server_time: string;
            readonly waiting_for: string | null;
            readonly waiting: components["schemas"]["AwaitedServiceDto"] | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            /** @enum {string|null} */
            readonly effect: "none" | "refused" | "applied" | "taken_back" | "unknown" | null;
            readonly rollback: components["schemas"]["ActionRollbackDto"] | null;
            readonly comments: readonly components["schemas"]["ActionCommentDto"][];
            readonly gates: readonly components["schemas"]["ActionGateDto"][];
            readonly plan: components["schemas"]["ActionPlanDto"] | null;
            readonly window: components["schemas"]["ConfirmationWindowDto"] | null;
            readonly approval: components["schemas"]["ActionApprovalDto"] | null;
            readonly automatic_if: readonly components["schemas"]["AutomaticIfDto"][];
            readonly validation_result: components["schemas"]["ValidationResultDto"] | null;
            readonly observation: components["schemas"]["KpiObservationDto"] | null;
            /** Format: position */
            readonly position: string;
            readonly feedback: readonly components["schemas"]["FeedbackDto"][];
        };
        readonly ActionEventDto: {
            /** Format: revision */
            readonly revision: string;
            /** Format: position */
            readonly position: string;
            /** Format: date-time */
            readonly at: string;
            readonly type: string;
            readonly actor: components["schemas"]["PersonActorDto"] | components["schemas"]["ServiceActorDto"];
            readonly data: {
                readonly [key: string]: unknown;
            };
        };
        readonly ActionTimelineDto: {
            readonly action_id: string;
            /** Format: date-time */
            readonly server_time: string;
            readonly items: readonly components["schemas"]["ActionEventDto"][];
        };
        readonly DecisionDto: {
            readonly digest?: string;
            readonly comment?: string;
        };
        readonly ExtendDto: {
            readonly seconds: number;
        };
        readonly PersonFiguresDto: {
            readonly answers: number;
            readonly approved: number;
            readonly confirmed: number;
            readonly rejected: number;
            readonly turnaround_median_ms: number | null;
            readonly turnaround_p95_ms: number | null;
            readonly rubber_stamps: number;
            readonly by: string;
        };
        readonly ApprovalFiguresDto: {
            readonly answers: number;
            readonly approved: number;
            readonly confirmed: number;
            readonly rejected: number;
            readonly turnaround_median_ms: number | null;
            readonly turnaround_p95_ms: number | null;
            readonly rubber_stamps: number;
            /** Format: date-time */
            readonly since: string;
            readonly people: readonly components["schemas"]["PersonFiguresDto"][];
            readonly waiting: number;
            readonly escalated: number;
            /** Format: date-time */
            readonly oldest_requested_at: string | null;
        };
        readonly AskedExecutorDto: {
            readonly service: string;
            readonly instance: string;
            readonly answered: boolean;
        };
        readonly StoppedActionDto: {
            readonly tenant_id: string;
            readonly action_id: string;
            readonly state: string;
        };
        readonly UntoldActionDto: {
            readonly tenant_id: string;
            readonly action_id: string;
            readonly code: string;
        };
        readonly AskedReleaseDto: {
            readonly by: string;
            /** Format: date-time */
            readonly expires_at: string;
        };
        readonly KillSwitchReceiptDto: {
            /** @enum {string} */
            readonly scope: "global" | "tenant" | "action_type" | "account" | "agent" | "site";
            readonly tenant_id: string | null;
            readonly action_type: string | null;
            readonly account_id: string | null;
            readonly agent: string | null;
            readonly site_id: string | null;
            readonly engaged: boolean;
            /** Format: date-time */
            readonly engaged_at: string;
            readonly drill: boolean;
            readonly rollback_in_flight: boolean;
            readonly acknowledged_by: string | null;
            readonly use_id: string | null;
            /** Format: position */
            readonly position: string | null;
            readonly executors: readonly components["schemas"]["AskedExecutorDto"][];
            readonly cancelled: readonly components["schemas"]["StoppedActionDto"][];
            readonly cancelled_count: number;
            readonly in_flight: readonly components["schemas"]["StoppedActionDto"][];
            readonly in_flight_count: number;
            readonly not_told: readonly components["schemas"]["UntoldActionDto"][];
            readonly complete: boolean | "unconfirmed";
            readonly time_to_stop_ms: number;
            readonly known: boolean | null;
            readonly near: readonly string[];
            readonly release_requested: components["schemas"]["AskedReleaseDto"] | null;
        };
        readonly GiveFeedbackDto: {
            /** @enum {string} */
            readonly verdict: "good" | "bad" | "harmful";
            readonly comment?: string;
        };
        readonly ActionFeedbackDto: {
            readonly action_id: string;
            readonly feedback: readonly components["schemas"]["FeedbackDto"][];
            readonly position: string | null;
        };
        readonly InboxItemDto: {
            /** @enum {string} */
            readonly kind: "window" | "approval" | "plan" | "bundle" | "step_up" | "threshold" | "kill_switch" | "brake" | "trust_lock";
            readonly id: string;
            readonly title: string;
            readonly subject: string | null;
            readonly asks: string;
            readonly why: string | null;
            readonly then: string | null;
            /** Format: date-time */
            readonly requested_at: string;
            /** Format: date-time */
            readonly expires_at: string | null;
            readonly approvals: number;
            readonly approvals_required: number;
            readonly why_not: string | null;
        };
        readonly InboxPageDto: {
            readonly items: readonly components["schemas"]["InboxItemDto"][];
            readonly next: string | null;
            readonly mine: number;
            readonly all: number;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly KillSwitchDto: {
            /** @enum {string} */
            readonly scope: "global" | "tenant" | "action_type" | "account" | "agent" | "site";
            readonly action_type?: string;
            readonly account_id?: string;
            readonly agent?: string;
            readonly site_id?: string;
            /** @enum {boolean} */
            readonly engaged: true | false;
            readonly reason: string;
            /** @enum {boolean} */
            readonly rollback_in_flight?: true | false;
            /** @enum {boolean} */
            readonly drill?: true | false;
            /** @enum {boolean} */
            readonly force?: true | false;
            readonly tenant_id?: string;
        };
        readonly RequestedReleaseDto: {
            readonly by: string;
            /** Format: date-time */
            readonly expires_at: string;
            /** Format: date-time */
            readonly at: string;
            readonly reason: string;
        };
        readonly ReleasedDto: {
            readonly by: string;
            /** Format: date-time */
            readonly at: string;
            readonly requested_by: string | null;
            readonly reason: string;
        };
        readonly KillSwitchUseDto: {
            /** @enum {string} */
            readonly scope: "global" | "tenant" | "action_type" | "account" | "agent" | "site";
            readonly tenant_id: string | null;
            readonly action_type: string | null;
            readonly account_id: string | null;
            readonly agent: string | null;
            readonly site_id: string | null;
            readonly engaged: boolean;
            /** Format: date-time */
            readonly engaged_at: string;
            readonly drill: boolean;
            readonly rollback_in_flight: boolean;
            readonly acknowledged_by: string | null;
            readonly use_id: string;
            readonly reason: string;
            readonly engaged_by: string;
            /** Format: position */
            readonly position: string;
            /** Format: date-time */
            readonly acknowledged_at: string | null;
            readonly time_to_stop_ms: number | null;
            readonly cancelled_count: number | null;
            readonly in_flight_count: number | null;
            readonly release_requested: components["schemas"]["RequestedReleaseDto"] | null;
            readonly released: components["schemas"]["ReleasedDto"] | null;
        };
        readonly KillSwitchUsesDto: {
            readonly items: readonly components["schemas"]["KillSwitchUseDto"][];
        };
        readonly FollowedActionDto: {
            readonly tenant_id: string;
            readonly action_id: string;
            readonly state_at_receipt: string;
            readonly state: string;
            readonly ended: boolean;
        };
        readonly FollowedReceiptDto: {
            /** @enum {string} */
            readonly scope: "global" | "tenant" | "action_type" | "account" | "agent" | "site";
            readonly tenant_id: string | null;
            readonly action_type: string | null;
            readonly account_id: string | null;
            readonly agent: string | null;
            readonly site_id: string | null;
            readonly engaged: boolean;
            /** Format: date-time */
            readonly engaged_at: string;
            readonly drill: boolean;
            readonly rollback_in_flight: boolean;
            readonly acknowledged_by: string | null;
            readonly use_id: string;
            readonly reason: string;
            readonly engaged_by: string;
            /** Format: position */
            readonly position: string;
            /** Format: date-time */
            readonly acknowledged_at: string | null;
            readonly time_to_stop_ms: number | null;
            readonly cancelled_count: number | null;
            readonly in_flight_count: number | null;
            readonly release_requested: components["schemas"]["RequestedReleaseDto"] | null;
            readonly released: components["schemas"]["ReleasedDto"] | null;
            readonly executors: readonly components["schemas"]["AskedExecutorDto"][];
            readonly cancelled: readonly components["schemas"]["StoppedActionDto"][];
            readonly in_flight: readonly components["schemas"]["FollowedActionDto"][];
            readonly still_in_flight: number;
            readonly not_told: readonly components["schemas"]["UntoldActionDto"][];
            readonly complete: boolean | "unconfirmed";
            /** Format: date-time */
            readonly read_at: string;
        };
        readonly ExecutorLoadDto: {
            readonly workers: number;
            readonly busy: number;
            readonly depth: number;
            readonly running: number;
        };
        readonly KillSwitchHeadDto: {
            readonly stream: string;
            /** Format: revision */
            readonly revision: string;
            readonly engaged: boolean;
        };
        readonly KillSwitchStatusDto: {
            readonly engaged: boolean;
            readonly switches: readonly components["schemas"]["KillSwitchHeadDto"][];
            readonly uses: readonly components["schemas"]["KillSwitchUseDto"][];
            readonly current: boolean;
        };
        readonly RailsStatusDto: {
            readonly tenant_id: string;
            readonly executor: components["schemas"]["ExecutorLoadDto"];
            readonly actions: {
                readonly [key: string]: number;
            };
            readonly dry_runs: {
                readonly [key: string]: number;
            };
            readonly kill_switch: components["schemas"]["KillSwitchStatusDto"];
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly OutcomeHourDto: {
            /** Format: date-time */
            readonly hour: string;
            readonly counts: {
                readonly [key: string]: number;
            };
        };
        readonly OutcomeHoursDto: {
            readonly items: readonly components["schemas"]["OutcomeHourDto"][];
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly SubmitPlanDto: {
            readonly submission_id: string;
            readonly description?: string;
            /** @enum {string} */
            readonly failure_rule: "rollback_all" | "stop" | "continue";
            /** @enum {string} */
            readonly approval?: "required" | "if_held";
            readonly max_affected_entities: number;
            readonly dry_run?: boolean;
            readonly nodes: readonly unknown[];
        };
        readonly PlanApprovalDto: {
            readonly affected_entity_count: number;
            /** @enum {number} */
            readonly required: 1 | 2;
            readonly digest: string;
            /** Format: date-time */
            readonly expires_at: string;
            readonly approved_by: readonly string[];
            /** @enum {boolean} */
            readonly rolls_back?: true;
        };
        readonly PlanNodeViewDto: {
            readonly node_id: string;
            readonly depends_on: readonly string[];
            readonly action_type: string;
            readonly entity_id: string;
            readonly affected_entity_count: number;
            readonly state: string;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly preview_action_id: string;
            readonly preview_state: string | null;
            readonly holds: readonly components["schemas"]["HoldRecordDto"][];
            readonly action_id: string | null;
            readonly compensation_action_id: string | null;
            readonly compensation_state: string | null;
            readonly ended_place: number | null;
            readonly taken_back: boolean | null;
        };
        readonly PlanDto: {
            readonly plan_id: string;
            readonly submission_id: string;
            readonly tenant_id: string;
            readonly description: string | null;
            /** @enum {string} */
            readonly state: "PREVIEWING" | "AWAITING_APPROVAL" | "RUNNING" | "STOPPING" | "ROLLING_BACK" | "COMPLETED" | "COMPLETED_IN_PART" | "DENIED" | "REJECTED" | "EXPIRED" | "CANCELLED" | "STOPPED" | "ROLLED_BACK" | "ROLLBACK_FAILED";
            /** @enum {string} */
            readonly failure_rule: "rollback_all" | "stop" | "continue";
            /** @enum {string} */
            readonly approval_rule: "required" | "if_held";
            readonly dry_run: boolean;
            readonly max_affected_entities: number;
            readonly affected_entity_count: number;
            readonly requester: string;
            /** Format: date-time */
            readonly submitted_at: string;
            /** Format: date-time */
            readonly ended_at: string | null;
            readonly approval: components["schemas"]["PlanApprovalDto"] | null;
            readonly reasons: readonly ({
                readonly code: string;
                readonly detail: string;
            } & {
                readonly [key: string]: unknown;
            })[];
            readonly nodes: readonly components["schemas"]["PlanNodeViewDto"][];
            /** Format: position */
            readonly position: string;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly PlanSummaryDto: {
            readonly plan_id: string;
            readonly submission_id: string;
            /** @enum {string} */
            readonly state: "PREVIEWING" | "AWAITING_APPROVAL" | "RUNNING" | "STOPPING" | "ROLLING_BACK" | "COMPLETED" | "COMPLETED_IN_PART" | "DENIED" | "REJECTED" | "EXPIRED" | "CANCELLED" | "STOPPED" | "ROLLED_BACK" | "ROLLBACK_FAILED";
            /** @enum {string} */
            readonly failure_rule: "rollback_all" | "stop" | "continue";
            readonly dry_run: boolean;
            readonly nodes: number;
            /** Format: date-time */
            readonly submitted_at: string;
            /** Format: date-time */
            readonly ended_at: string | null;
        };
        readonly PlanPageDto: {
            readonly items: readonly components["schemas"]["PlanSummaryDto"][];
            readonly next: string | null;
            /** Format: date-time */
            readonly server_time: string;
        };
        readonly RejectedViolationDto: {
            readonly pointer: string;
            readonly detail: string;
        };
        readonly RejectedIntentDto: {
            /**
             * Format: date-time
             * @description When the bus took the refusal
             */
            readonly rejected_at: string;
            readonly intent_id: string | null;
            readonly tenant_id: string;
            readonly code: string;
            readonly detail: string;
            readonly violations: readonly components["schemas"]["RejectedViolationDto"][];
        };
        readonly RejectedIntentsDto: {
            readonly items: readonly components["schemas"]["RejectedIntentDto"][];
            readonly next: string | null;
        };
        readonly RegisteredCredentialDto: {
            readonly agents: readonly string[];
            readonly accounts: readonly string[];
            readonly signals?: readonly string[];
            readonly handlers?: readonly string[];
            readonly credential: string;
            readonly public_key: string | null;
        };
        readonly TenantDto: {
            readonly tenant_id: string;
            /** @enum {string} */
            readonly status: "unknown" | "active" | "suspended" | "removed";
            readonly credentials: readonly components["schemas"]["RegisteredCredentialDto"][];
        };
        readonly TenantListDto: {
            readonly items: readonly components["schemas"]["TenantDto"][];
        };
        readonly CreateTenantDto: {
            readonly name: string;
        };
        readonly WrittenTenantDto: {
            readonly tenant_id: string;
            /** @enum {string} */
            readonly status: "unknown" | "active" | "suspended" | "removed";
            readonly credentials: readonly components["schemas"]["RegisteredCredentialDto"][];
            /** Format: position */
            readonly position: string | null;
        };
        readonly CredentialDto: {
            /** @enum {string} */
            readonly kind: "bus" | "service" | "person";
            readonly name: string;
            readonly agents: readonly string[];
            readonly accounts: readonly string[];
            readonly signals?: readonly string[];
            readonly handlers?: readonly string[];
            readonly public_key?: string;
        };
        readonly RevokeDto: {
            /** @enum {string} */
            readonly kind: "bus" | "service" | "person";
            readonly name: string;
        };
        readonly PersonDto: {
            readonly person_id: string;
            readonly name: string;
            /** @enum {string} */
            readonly role: "viewer" | "operator" | "approver" | "policy_author" | "policy_approver" | "administrator" | "auditor";
            readonly tenants: readonly string[];
            readonly invited_by: string | null;
            /** Format: date-time */
            readonly invited_at: string | null;
            /** Format: date-time */
            readonly link_open_until: string | null;
            readonly removable: boolean;
        };
        readonly PeopleDto: {
            readonly items: readonly components["schemas"]["PersonDto"][];
            readonly next: string | null;
        };
        readonly PersonLinkDto: {
            readonly person_id: string;
            readonly name: string;
            /** @enum {string} */
            readonly role: "viewer" | "operator" | "approver" | "policy_author" | "policy_approver" | "administrator" | "auditor";
            readonly tenants: readonly string[];
            readonly invited_by: string | null;
            /** Format: date-time */
            readonly invited_at: string | null;
            /** Format: date-time */
            readonly link_open_until: string | null;
            readonly removable: boolean;
            readonly link: string;
        };
        readonly InvitePersonDto: {
            readonly name: string;
            /** @enum {string} */
            readonly role: "viewer" | "operator" | "approver" | "policy_author" | "policy_approver" | "administrator" | "auditor";
            readonly tenants?: readonly string[];
        };
        readonly RemovedPersonDto: {
            readonly removed: number;
        };
        readonly SessionRecordDto: {
            readonly session_id: string;
            readonly name: string;
            /** Format: date-time */
            readonly began_at: string;
            /** Format: date-time */
            readonly expires_at: string;
            readonly user_agent: string | null;
            readonly current: boolean;
        };
        readonly SessionsDto: {
            readonly items: readonly components["schemas"]["SessionRecordDto"][];
            readonly next: string | null;
        };
        readonly EndedSessionsDto: {
            readonly ended: number;
        };
        readonly WhoamiDto: {
            readonly subject: string;
            readonly name: string;
            /** @enum {string} */
            readonly kind: "person" | "service";
            readonly roles: readonly string[];
            readonly scopes: readonly string[];
            readonly tenants: readonly string[];
            readonly session_id: string | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
};
export type $defs = Record<string, never>;
export interface operations {
    readonly policy_registry_actiontypes_list: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionTypesDto"];
                };
            };
        };
    };
    readonly policy_registry_actiontypes_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly actionType: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ShownActionTypeDto"];
                };
            };
        };
    };
    readonly policy_registry_actiontypes_change: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly actionType: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenActionTypeDto"];
                };
            };
        };
    };
    readonly policy_registry_actiontypes_register: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly actionType: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenActionTypeDto"];
                };
            };
        };
    };
    readonly policy_registry_actiontypes_retire: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly actionType: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenActionTypeDto"];
                };
            };
        };
    };
    readonly policy_registry_actiontypes_versions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly actionType: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionTypeVersionsDto"];
                };
            };
        };
    };
    readonly netconf_gateway_netconf_connect: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ConnectDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ConnectionDto"];
                };
            };
        };
    };
    readonly netconf_gateway_netconf_execute: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SubmittedIntentDto"];
                };
            };
        };
    };
    readonly netconf_gateway_netconf_validate: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ValidateDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DryRunDto"];
                };
            };
        };
    };
    readonly alerting_alerts_list: {
        readonly parameters: {
            readonly query?: {
                readonly name?: string;
                readonly silenced?: "true" | "false";
                readonly status?: "firing" | "open" | "acknowledged" | "resolved";
                readonly severity?: "info" | "low" | "medium" | "high" | "critical";
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertPageDto"];
                };
            };
        };
    };
    readonly alerting_alertmanager_take: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                readonly authorization: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AlertmanagerDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ManagedDto"];
                };
            };
        };
    };
    readonly alerting_channels_list: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChannelListDto"];
                };
            };
        };
    };
    readonly alerting_channels_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChannelDto"];
                };
            };
        };
    };
    readonly alerting_channels_put: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutChannelDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenChannelDto"];
                };
            };
        };
    };
    readonly alerting_channels_remove: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenChannelDto"];
                };
            };
        };
    };
    readonly alerting_channels_test: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChannelTestDto"];
                };
            };
        };
    };
    readonly alerting_alerts_check: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertReportDto"];
                };
            };
        };
    };
    readonly alerting_routes_deliveries: {
        readonly parameters: {
            readonly query?: {
                readonly state?: "pending" | "delivered" | "failed" | "dropped";
                readonly channel_id?: string;
                readonly alert_id?: string;
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeliveryPageDto"];
                };
            };
        };
    };
    readonly alerting_alerts_operational: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OperationalDto"];
                };
            };
        };
    };
    readonly alerting_routes_get: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RoutesDto"];
                };
            };
        };
    };
    readonly alerting_routes_put: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutRoutesDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenRoutesDto"];
                };
            };
        };
    };
    readonly alerting_alerts_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AlertDto"];
                };
            };
        };
    };
    readonly alerting_alerts_acknowledge: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AcknowledgeDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedAlertDto"];
                };
            };
        };
    };
    readonly alerting_alerts_note: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WrittenNoteDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedAlertDto"];
                };
            };
        };
    };
    readonly alerting_alerts_resolve: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WrittenNoteDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedAlertDto"];
                };
            };
        };
    };
    readonly alerting_alerts_silence: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SilenceDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedAlertDto"];
                };
            };
        };
    };
    readonly alerting_alerts_timeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TimelineDto"];
                };
            };
        };
    };
    readonly audit_archive_archive: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ArchiveDto"];
                };
            };
        };
    };
    readonly audit_proofs_checkpoint: {
        readonly parameters: {
            readonly query?: {
                readonly whole?: "true" | "false";
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A signed note */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/plain": string;
                };
            };
        };
    };
    readonly audit_proofs_checkpoints: {
        readonly parameters: {
            readonly query?: {
                readonly whole?: "true" | "false";
                readonly tenant_id?: string;
                readonly cursor?: string;
                readonly limit?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CheckpointPage"];
                };
            };
        };
    };
    readonly audit_audit_events: {
        readonly parameters: {
            readonly query?: {
                readonly after?: string;
                readonly until?: string;
                readonly limit?: string;
                readonly category?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One event a line */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                };
            };
        };
    };
    readonly audit_export_export: {
        readonly parameters: {
            readonly query?: {
                readonly after?: string;
                readonly until?: string;
                readonly stream?: string;
                readonly category?: string;
                readonly limit?: string;
                readonly whole?: "true" | "false";
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events, the hashes of their leaves, and the seal */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                };
            };
        };
    };
    readonly audit_proofs_keys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LogKeys"];
                };
            };
        };
    };
    readonly audit_privacy_list: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PeoplePageDto"];
                };
            };
        };
    };
    readonly audit_privacy_lookup: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["LookupDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KnownPersonDto"];
                };
            };
        };
    };
    readonly audit_privacy_export: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly person: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The person's row, then the events that concern them */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                };
            };
        };
    };
    readonly audit_privacy_erase: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly person: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ErasureDto"];
                };
            };
        };
    };
    readonly audit_proofs_consistency: {
        readonly parameters: {
            readonly query: {
                readonly whole?: "true" | "false";
                readonly tenant_id?: string;
                readonly from: string;
                readonly to?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ConsistencyProof"];
                };
            };
        };
    };
    readonly audit_proofs_inclusion: {
        readonly parameters: {
            readonly query?: {
                readonly whole?: "true" | "false";
                readonly tenant_id?: string;
                readonly position?: string;
                readonly stream?: string;
                readonly revision?: string;
                readonly size?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["InclusionProof"];
                };
            };
        };
    };
    readonly audit_audit_stream: {
        readonly parameters: {
            readonly query?: {
                readonly from?: string;
                readonly limit?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly stream: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One event a line */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-ndjson": string;
                };
            };
        };
    };
    readonly audit_proofs_tile: {
        readonly parameters: {
            readonly query?: {
                readonly whole?: "true" | "false";
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly level: string;
                readonly index: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Up to 256 hashes of 32 bytes */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/octet-stream": string;
                };
            };
        };
    };
    readonly safety_rails_actions_list: {
        readonly parameters: {
            readonly query?: {
                readonly state?: "PENDING" | "AWAITING_CONFIRMATION" | "AWAITING_APPROVAL" | "EXECUTING" | "VALIDATING" | "ROLLING_BACK" | "COMPLETED" | "ROLLED_BACK" | "ROLLBACK_FAILED" | "DENIED" | "BLOCKED" | "PROPOSED" | "REJECTED" | "EXPIRED" | "CANCELLED";
                readonly action_type?: string;
                readonly entity_id?: string;
                readonly intent_id?: string;
                readonly ids?: string;
                readonly action_id_prefix?: string;
                readonly open?: "true" | "false";
                readonly dry_run?: "true" | "false";
                readonly since?: string;
                readonly until?: string;
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionPageDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_submit: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActionIntentDto"];
            };
        };
        readonly responses: {
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AcceptedActionDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_records: {
        readonly parameters: {
            readonly query?: {
                readonly state?: "PENDING" | "AWAITING_CONFIRMATION" | "AWAITING_APPROVAL" | "EXECUTING" | "VALIDATING" | "ROLLING_BACK" | "COMPLETED" | "ROLLED_BACK" | "ROLLBACK_FAILED" | "DENIED" | "BLOCKED" | "PROPOSED" | "REJECTED" | "EXPIRED" | "CANCELLED";
                readonly action_type?: string;
                readonly entity_id?: string;
                readonly intent_id?: string;
                readonly ids?: string;
                readonly action_id_prefix?: string;
                readonly open?: "true" | "false";
                readonly dry_run?: "true" | "false";
                readonly since?: string;
                readonly until?: string;
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionRecordsDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_stream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events as they come */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
        };
    };
    readonly safety_rails_actions_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionWithFeedbackDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_approve: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_cancel: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_confirm: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_extend: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ExtendDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionDto"];
                };
            };
        };
    };
    readonly safety_rails_feedback_give: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["GiveFeedbackDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionFeedbackDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_reject: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_rollback: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionDto"];
                };
            };
        };
    };
    readonly safety_rails_actions_timeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ActionTimelineDto"];
                };
            };
        };
    };
    readonly safety_rails_approvals_figures: {
        readonly parameters: {
            readonly query?: {
                readonly since?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ApprovalFiguresDto"];
                };
            };
        };
    };
    readonly digital_twin_twin_calibration: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CalibrationDto"];
                };
            };
        };
    };
    readonly digital_twin_twin_predict: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PredictDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PredictionDto"];
                };
            };
        };
    };
    readonly digital_twin_twin_import: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": readonly Record<string, never>[];
                readonly "application/x-ndjson": readonly Record<string, never>[];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ImportedTracesDto"];
                };
            };
        };
    };
    readonly digital_twin_twin_trace: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TraceDto"];
                };
            };
        };
    };
    readonly safety_rails_inbox_list: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly view?: "mine" | "all";
                readonly kind?: "window" | "approval" | "plan" | "bundle" | "step_up" | "threshold" | "kill_switch" | "brake" | "trust_lock";
                readonly limit?: number;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["InboxPageDto"];
                };
            };
        };
    };
    readonly safety_rails_rejected_list: {
        readonly parameters: {
            readonly query?: {
                readonly intent_id?: string;
                readonly since?: string;
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RejectedIntentsDto"];
                };
            };
        };
    };
    readonly safety_rails_killswitch_uses: {
        readonly parameters: {
            readonly query?: {
                readonly drill?: "true" | "false";
                readonly limit?: number;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KillSwitchUsesDto"];
                };
            };
        };
    };
    readonly safety_rails_killswitch_set: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["KillSwitchDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KillSwitchReceiptDto"];
                };
            };
        };
    };
    readonly safety_rails_breakglass_engage: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                readonly authorization: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KillSwitchReceiptDto"];
                };
            };
        };
    };
    readonly safety_rails_killswitch_use: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FollowedReceiptDto"];
                };
            };
        };
    };
    readonly safety_rails_outcomes_byHour: {
        readonly parameters: {
            readonly query?: {
                readonly hours?: number;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["OutcomeHoursDto"];
                };
            };
        };
    };
    readonly safety_rails_plans_list: {
        readonly parameters: {
            readonly query?: {
                readonly state?: "PREVIEWING" | "AWAITING_APPROVAL" | "RUNNING" | "STOPPING" | "ROLLING_BACK" | "COMPLETED" | "COMPLETED_IN_PART" | "DENIED" | "REJECTED" | "EXPIRED" | "CANCELLED" | "STOPPED" | "ROLLED_BACK" | "ROLLBACK_FAILED";
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PlanPageDto"];
                };
            };
        };
    };
    readonly safety_rails_plans_submit: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SubmitPlanDto"];
            };
        };
        readonly responses: {
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PlanDto"];
                };
            };
        };
    };
    readonly safety_rails_plans_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PlanDto"];
                };
            };
        };
    };
    readonly safety_rails_plans_approve: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PlanDto"];
                };
            };
        };
    };
    readonly safety_rails_plans_cancel: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PlanDto"];
                };
            };
        };
    };
    readonly safety_rails_plans_reject: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PlanDto"];
                };
            };
        };
    };
    readonly safety_rails_killswitch_status: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RailsStatusDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_list: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TenantListDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_create: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["CreateTenantDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTenantDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_register: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenant: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["CredentialDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTenantDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_revoke: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenant: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["RevokeDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTenantDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_remove: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenant: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTenantDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_resume: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenant: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTenantDto"];
                };
            };
        };
    };
    readonly safety_rails_tenants_suspend: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenant: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTenantDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_getAutoApproval: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AutoApprovalDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_putAutoApproval: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutAutoApprovalDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenAutoApprovalDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_getBudget: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
                readonly account_id?: string;
                readonly action_type?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BudgetDto"] | components["schemas"]["BudgetPageDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_putBudget: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutBudgetDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenBudgetDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_deleteBudget: {
        readonly parameters: {
            readonly query: {
                readonly tenant_id?: string;
                readonly account_id: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RemovedSettingDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_budgetState: {
        readonly parameters: {
            readonly query: {
                readonly tenant_id?: string;
                readonly account_id: string;
                readonly date_key?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BudgetDayDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_listConfig: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
                readonly account_id?: string;
                readonly action_type?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModePageDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_putConfig: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutModeDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenModeDto"];
                };
            };
        };
    };
    readonly budget_ledger_autonomy_deleteConfig: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly account_id?: string;
                readonly action_type?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RemovedSettingDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_list: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
                readonly account_id?: string;
                readonly action_type?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EarnedPageDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_lift: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["StepReasonDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenStepDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_refuse: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ProposalDecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenStepDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_sign: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ProposalDecisionDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenStepDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_stepDown: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["StepReasonDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenStepDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_getTarget: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AutonomyTargetDto"];
                };
            };
        };
    };
    readonly budget_ledger_earned_putTarget: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutTargetDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTargetDto"];
                };
            };
        };
    };
    readonly budget_ledger_modeexplained_explain: {
        readonly parameters: {
            readonly query: {
                readonly tenant_id?: string;
                readonly account_id: string;
                readonly action_type: string;
                readonly entity_id?: string;
                readonly affected_entity_count?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ModeExplainedDto"];
                };
            };
        };
    };
    readonly budget_ledger_limits_get: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LimitsDto"];
                };
            };
        };
    };
    readonly budget_ledger_limits_put: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutLimitsDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenLimitsDto"];
                };
            };
        };
    };
    readonly budget_ledger_thresholds_list: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
                readonly account_id?: string;
                readonly action_type?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AdaptiveThresholdPageDto"];
                };
            };
        };
    };
    readonly budget_ledger_thresholds_put: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly action_type: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutThresholdDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenThresholdDto"];
                };
            };
        };
    };
    readonly budget_ledger_thresholds_remove: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly action_type: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenThresholdDto"];
                };
            };
        };
    };
    readonly budget_ledger_thresholds_sign: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly action_type: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SignThresholdDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenThresholdDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_list: {
        readonly parameters: {
            readonly query?: {
                readonly site_id?: string;
                readonly tenant_id?: string;
                readonly limit?: string;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DevicePageDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_register: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DeviceDto"];
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenDeviceDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_get: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ShownDeviceDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_update: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["DeviceSettingsDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenDeviceDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_remove: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RemovedDeviceDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_samples: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly limit?: string;
                readonly cursor?: string;
                readonly action_id?: string;
                readonly entity_id?: string;
                readonly kpi?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["KpiSamplePageDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_release: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReasonDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenDeviceDto"] | components["schemas"]["RemovedDeviceDto"];
                };
            };
        };
    };
    readonly netconf_gateway_devices_transactions: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly limit?: string;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TransactionPageDto"];
                };
            };
        };
    };
    readonly netconf_gateway_transactionstory_story: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
                readonly tx: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TransactionStoryDto"];
                };
            };
        };
    };
    readonly alerting_incidents_list: {
        readonly parameters: {
            readonly query?: {
                readonly status?: "firing" | "open" | "acknowledged" | "resolved";
                readonly severity?: "info" | "low" | "medium" | "high" | "critical";
                readonly limit?: number;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["IncidentPageDto"];
                };
            };
        };
    };
    readonly alerting_incidents_stream: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events as they come */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
        };
    };
    readonly alerting_incidents_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["IncidentDto"];
                };
            };
        };
    };
    readonly alerting_incidents_acknowledge: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NoteDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedNoticeDto"];
                };
            };
        };
    };
    readonly alerting_incidents_note: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["WrittenNoteDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedNoticeDto"];
                };
            };
        };
    };
    readonly alerting_incidents_postMortem: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The post-mortem */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/markdown": string;
                };
            };
        };
    };
    readonly alerting_incidents_resolve: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NoteDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedNoticeDto"];
                };
            };
        };
    };
    readonly alerting_incidents_timeline: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TimelineDto"];
                };
            };
        };
    };
    readonly edge_live: {
        readonly parameters: {
            readonly query?: {
                /** @description Some of actions, plans, stops, alerts, posture, policies, autonomy, devices, with commas; all that the scopes allow where it is left out */
                readonly topics?: string;
                readonly tenant_id?: string;
            };
            readonly header?: {
                readonly "Last-Event-ID"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events as they come */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
        };
    };
    readonly agent_gateway_mcpservers_list: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["McpServersDto"];
                };
            };
        };
    };
    readonly agent_gateway_mcpservers_register: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["RegisterServerDto"];
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["McpServerDto"];
                };
            };
        };
    };
    readonly agent_gateway_mcpservers_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly server: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["McpServerDto"];
                };
            };
        };
    };
    readonly agent_gateway_mcpservers_look: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly server: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["McpServerDto"];
                };
            };
        };
    };
    readonly agent_gateway_mcpservers_retire: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly server: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["McpServerDto"];
                };
            };
        };
    };
    readonly agent_gateway_mcpservers_confirm: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly server: string;
                readonly tool: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ConfirmToolDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["McpToolDto"];
                };
            };
        };
    };
    readonly edge_people: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The people */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PeopleDto"];
                };
            };
        };
    };
    readonly edge_invite_person: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["InvitePersonDto"];
            };
        };
        readonly responses: {
            /** @description The person, with the link */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PersonLinkDto"];
                };
            };
        };
    };
    readonly edge_remove_person: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description How many were removed */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RemovedPersonDto"];
                };
            };
        };
    };
    readonly edge_link_person: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The person, with the link */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PersonLinkDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_list: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
                readonly status?: "active" | "disabled" | "retired";
            };
            readonly header?: never;
            readonly path: {
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyPageDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_create: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenPolicyDto"];
                };
            };
        };
    };
    readonly policy_evaluator_evaluate_evaluate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["EvaluateBodyDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EvaluationDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly policyId: string;
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_change: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly policyId: string;
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenPolicyDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_auditTrail: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly policyId: string;
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyUsePageDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_versions: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly policyId: string;
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyVersionPageDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_version: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly policyId: string;
                readonly version: string;
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyVersionDto"];
                };
            };
        };
    };
    readonly policy_registry_policies_compare: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly policyId: string;
                readonly version: string;
                readonly other: string;
                readonly tenantId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PolicyDifferenceDto"];
                };
            };
        };
    };
    readonly policy_registry_analysis_analyse: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AnalysisDto"];
                };
            };
        };
    };
    readonly policy_registry_analytics_analytics: {
        readonly parameters: {
            readonly query?: {
                readonly from?: string;
                readonly to?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["AnalyticsDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_list: {
        readonly parameters: {
            readonly query?: {
                readonly status?: "draft" | "canary" | "active" | "superseded" | "rolled_back";
                readonly active_only?: string;
                readonly team?: string;
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundlePageDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_create: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_active: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly team?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DecidingBundlesDto"];
                };
            };
        };
    };
    readonly policy_registry_exchange_import: {
        readonly parameters: {
            readonly query?: {
                readonly team?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_byVersion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly version: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_byId: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_update: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_delete: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DeletedBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_activate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ActivateBundleDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RolledOutBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_approvals_adopt: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["AdoptBundleDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleDto"];
                };
            };
        };
    };
    readonly policy_registry_approvals_approve: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ApproveBundleDto"];
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GivenApprovalDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_status: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CanaryStatusDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_checkGates: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["GateReportDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_clone: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["CloneBundleDto"];
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_analysis_diff: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
                readonly other_id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleDiffDto"];
                };
            };
        };
    };
    readonly policy_registry_exchange_export: {
        readonly parameters: {
            readonly query?: {
                readonly expires_in_h?: string;
                readonly expiry_h?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @enum {string} */
                        readonly format: "interlock-bundle/1";
                        /** @description Names this one export: it is imported once */
                        readonly export_id: string;
                        /** @description A bundle by the JSON Schema that GET /api/v1/policy/schema serves */
                        readonly bundle: {
                            readonly [key: string]: unknown;
                        };
                        readonly provenance: {
                            readonly tenant: string;
                            readonly bundle_id: string;
                            /** @description SHA-256 over the canonical JSON of `bundle` */
                            readonly bundle_hash: string;
                            readonly exported_at: string;
                            /** @description An opaque id, never a name */
                            readonly exported_by: string;
                        };
                        /** @description From this instant on the file is refused */
                        readonly expires_at: string;
                        /** @description Whose signatures the file has, in their order */
                        readonly signed_by: readonly {
                            /** @enum {string} */
                            readonly alg: "HMAC-SHA256" | "Ed25519";
                            readonly key_id: string;
                        }[];
                        /** @description Over the canonical JSON (RFC 8785) of all other members */
                        readonly signatures: readonly {
                            /** @enum {string} */
                            readonly alg: "HMAC-SHA256" | "Ed25519";
                            readonly key_id: string;
                            /** @description Lower-case hex */
                            readonly value: string;
                        }[];
                    };
                };
            };
        };
    };
    readonly policy_registry_exchange_download: {
        readonly parameters: {
            readonly query?: {
                readonly expires_in_h?: string;
                readonly expiry_h?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @enum {string} */
                        readonly format: "interlock-bundle/1";
                        /** @description Names this one export: it is imported once */
                        readonly export_id: string;
                        /** @description A bundle by the JSON Schema that GET /api/v1/policy/schema serves */
                        readonly bundle: {
                            readonly [key: string]: unknown;
                        };
                        readonly provenance: {
                            readonly tenant: string;
                            readonly bundle_id: string;
                            /** @description SHA-256 over the canonical JSON of `bundle` */
                            readonly bundle_hash: string;
                            readonly exported_at: string;
                            /** @description An opaque id, never a name */
                            readonly exported_by: string;
                        };
                        /** @description From this instant on the file is refused */
                        readonly expires_at: string;
                        /** @description Whose signatures the file has, in their order */
                        readonly signed_by: readonly {
                            /** @enum {string} */
                            readonly alg: "HMAC-SHA256" | "Ed25519";
                            readonly key_id: string;
                        }[];
                        /** @description Over the canonical JSON (RFC 8785) of all other members */
                        readonly signatures: readonly {
                            /** @enum {string} */
                            readonly alg: "HMAC-SHA256" | "Ed25519";
                            readonly key_id: string;
                            /** @description Lower-case hex */
                            readonly value: string;
                        }[];
                    };
                };
            };
        };
    };
    readonly policy_registry_approvals_last: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FlipListDto"];
                };
            };
        };
    };
    readonly policy_registry_approvals_make: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["MakeFlipListDto"];
            };
        };
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FlipListDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_history: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleHistoryDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_hold: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["HoldDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedCanaryDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_release: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["policy_registry_ReasonDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedCanaryDto"];
                };
            };
        };
    };
    readonly policy_registry_lint_stored: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LintReportDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_promote: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PromoteDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RolledOutBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_rollback: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["policy_registry_ReasonDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RolledBackBundleDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_schedule: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ScheduleDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedCanaryDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_unschedule: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ChangedCanaryDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_bypass: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly team?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["BypassDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BypassStateDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_endBypass: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly team?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BypassStateDto"];
                };
            };
        };
    };
    readonly policy_registry_lint_lint: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly team?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LintReportDto"];
                };
            };
        };
    };
    readonly policy_registry_lint_settings: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LintSettingsDto"];
                };
            };
        };
    };
    readonly policy_registry_lint_configure: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly invariants?: readonly Record<string, never>[];
                    readonly severities?: Record<string, never>;
                };
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LintSettingsDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_settings: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly team?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RolloutSettingsDto"];
                };
            };
        };
    };
    readonly policy_registry_rollout_configure: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly team?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SettingsDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenRolloutSettingsDto"];
                };
            };
        };
    };
    readonly policy_registry_bundles_schema: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly [key: string]: unknown;
                    };
                };
            };
        };
    };
    readonly policy_registry_exchange_signing: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SigningViewDto"];
                };
            };
        };
    };
    readonly policy_registry_exchange_configure: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["SigningDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SigningViewDto"];
                };
            };
        };
    };
    readonly policy_registry_exchange_publicKeys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PublicKeysDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_simulate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly bundle?: Record<string, never>;
                    readonly bundle_id?: string;
                    readonly version?: string;
                    readonly dataset: {
                        /** @enum {string} */
                        readonly kind: "fixtures" | "synthetic" | "custom" | "replay";
                    };
                    readonly limits?: {
                        readonly cost?: number;
                        readonly compute?: number;
                    };
                    readonly with_policies?: boolean;
                    readonly async?: boolean;
                    readonly page?: {
                        readonly limit?: number;
                        readonly cursor?: string;
                    };
                };
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SimulationDto"];
                };
            };
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SimulationRunDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_compare: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly a: {
                        readonly bundle?: Record<string, never>;
                        readonly bundle_id?: string;
                        readonly version?: string;
                    };
                    readonly b: {
                        readonly bundle?: Record<string, never>;
                        readonly bundle_id?: string;
                        readonly version?: string;
                    };
                    readonly dataset: {
                        /** @enum {string} */
                        readonly kind: "fixtures" | "synthetic" | "custom" | "replay";
                    };
                    readonly limits?: {
                        readonly cost?: number;
                        readonly compute?: number;
                    };
                    readonly with_policies?: boolean;
                    readonly async?: boolean;
                    readonly page?: {
                        readonly limit?: number;
                        readonly cursor?: string;
                    };
                };
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ComparisonDto"];
                };
            };
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SimulationRunDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_decisions: {
        readonly parameters: {
            readonly query?: {
                readonly fields?: string;
                readonly from?: string;
                readonly to?: string;
                readonly max_evaluations?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["RecordedDecisionsDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_fixtures: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["FixturesDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_run: {
        readonly parameters: {
            readonly query?: {
                readonly limit?: string;
                readonly cursor?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SimulationRunResultDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_cancel: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SimulationRunDto"];
                };
            };
        };
    };
    readonly policy_registry_simulate_events: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Events as they come */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
        };
    };
    readonly policy_registry_analytics_suggestions: {
        readonly parameters: {
            readonly query?: {
                readonly from?: string;
                readonly to?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SuggestionsDto"];
                };
            };
        };
    };
    readonly policy_registry_analytics_draft: {
        readonly parameters: {
            readonly query?: {
                readonly from?: string;
                readonly to?: string;
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BundleDto"];
                };
            };
        };
    };
    readonly policy_registry_teams_list: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TeamsDto"];
                };
            };
        };
    };
    readonly policy_registry_teams_one: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly teamId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DefinedTeamDto"];
                };
            };
        };
    };
    readonly policy_registry_teams_define: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly teamId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly name: string;
                    readonly agents?: readonly string[];
                    readonly accounts?: readonly string[];
                };
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["DefinedTeamDto"];
                };
            };
        };
    };
    readonly posture_posture_posture: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PostureAssessmentDto"];
                };
            };
        };
    };
    readonly posture_brake_status: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BrakeDto"];
                };
            };
        };
    };
    readonly posture_brake_engage: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReasonedDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenBrakeDto"];
                };
            };
        };
    };
    readonly posture_brake_release: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReasonedDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenBrakeDto"];
                };
            };
        };
    };
    readonly posture_posture_config: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PostureConfigDto"];
                };
            };
        };
    };
    readonly posture_posture_putConfig: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["PutConfigDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenPostureConfigDto"];
                };
            };
        };
    };
    readonly posture_views_versions: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly limit?: number;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PostureConfigVersionPageDto"];
                };
            };
        };
    };
    readonly posture_views_evaluate: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                readonly "application/json": Record<string, never>;
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EvaluatedDto"];
                };
            };
        };
    };
    readonly posture_posture_history: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly limit?: number;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["LevelChangePageDto"];
                };
            };
        };
    };
    readonly posture_views_history: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly limit?: number;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PostureRunPageDto"];
                };
            };
        };
    };
    readonly posture_views_signals: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SignalListDto"];
                };
            };
        };
    };
    readonly posture_posture_report: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReportDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TakenReportDto"];
                };
            };
        };
    };
    readonly posture_views_trend: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly hours?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["PostureTrendDto"];
                };
            };
        };
    };
    readonly posture_trust_status: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["TrustLockDto"];
                };
            };
        };
    };
    readonly posture_trust_lock: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReasonedDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTrustLockDto"];
                };
            };
        };
    };
    readonly posture_trust_resetUnlocks: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReasonedDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTrustLockDto"];
                };
            };
        };
    };
    readonly posture_trust_unlock: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["UnlockDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WrittenTrustLockDto"];
                };
            };
        };
    };
    readonly posture_responses_list: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
                readonly limit?: number;
                readonly cursor?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ResponsePageDto"];
                };
            };
        };
    };
    readonly posture_responses_run: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["RunResponsesDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ResponseDto"];
                };
            };
        };
    };
    readonly posture_responses_one: {
        readonly parameters: {
            readonly query?: {
                readonly tenant_id?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["ResponseDto"];
                };
            };
        };
    };
    readonly posture_responses_undo: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["ReasonedDto"];
            };
        };
        readonly responses: {
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["UndoneResponseDto"];
                };
            };
        };
    };
    readonly edge_sessions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The sessions */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["SessionsDto"];
                };
            };
        };
    };
    readonly edge_end_sessions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description How many have ended */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EndedSessionsDto"];
                };
            };
        };
    };
    readonly edge_end_session: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description How many have ended */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["EndedSessionsDto"];
                };
            };
        };
    };
    readonly edge_whoami: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The caller */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["WhoamiDto"];
                };
            };
        };
    };
}
