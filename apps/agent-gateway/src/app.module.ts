import { ExecutorPresence } from '@interlock/executor';
import { RpcClient } from '@interlock/jetstream';
import {
  counterOf,
  foundWork,
  gaugeAtScrape,
  handlerRpc,
  changeRpc,
  HealthChecks,
  histogramOf,
  newId,
  readConfig,
  settingChanges,
  type ServiceContext,
} from '@interlock/platform';
import type { DynamicModule } from '@nestjs/common';
import type { Probe } from './calls/call-context.js';
import { CallsController } from './calls/calls.controller.js';
import { AgentGatewayConfig } from './config.js';
import { AgentGateway } from './gateway.js';
import { Lifecycle } from './lifecycle.js';
import { AgentEndpointController } from './mcp/agents/agent-endpoint.controller.js';
import { AgentEndpoint } from './mcp/agents/agent-endpoint.js';
import { McpImport } from './mcp/servers/import.js';
import { McpServerSettings } from './mcp/servers/server-settings.js';
import { McpServersController } from './mcp/servers/servers.controller.js';
import { McpServers } from './mcp/servers/servers.js';
import { StatusQuestions } from './calls/status-questions.js';

/** All the wiring of the gateway of agents. */
export class AppModule {
  static register(context: ServiceContext, probe?: Probe): DynamicModule {
    const { store, logger, environment, nats, metrics } = context;
    const rpc = new RpcClient(nats, { caller: context.service });
    const executor = new ExecutorPresence({
      store,
      service: context.service,
      instance: newId(),
      tell: (request) => rpc.call('safety-rails.executor', request),
      logger,
    });
    const ended = counterOf(metrics, 'agent_calls_total');
    const handlers = histogramOf(metrics, 'agent_handler_duration_seconds');
    const tools = histogramOf(metrics, 'mcp_tool_call_duration_seconds');
    const gateway = new AgentGateway({
      store,
      executor,
      rpc,
      may_name: context.auth.may_name,
      connection: nats,
      config: readConfig(AgentGatewayConfig, environment),
      environment,
      ...(probe === undefined ? {} : { probe }),
      logger,
      onConfirmed: foundWork(context),
      onCalled: ({ kind, step, result, seconds }) => handlers.observe({ kind, step, result }, seconds),
      onToolCall: (outcome, seconds) => tools.observe({ outcome }, seconds),
      onEnd: (state) => ended.inc({ outcome: state.toLowerCase() }),
    });
    gaugeAtScrape(metrics, 'mcp_sessions_open', (gauge) => gauge.set(gateway.mcp.openSessions));
    return {
      module: AppModule,
      controllers: [
        changeRpc('agent-gateway'),
        handlerRpc('agent-gateway', AgentGateway),
        McpServersController,
        AgentEndpointController,
        CallsController,
      ],
      providers: [
        settingChanges,
        McpServerSettings,
        { provide: AgentGateway, useValue: gateway },
        { provide: StatusQuestions, useValue: gateway.questions },
        { provide: McpServers, useValue: gateway.mcp.servers },
        { provide: McpImport, useValue: gateway.mcp.imports },
        { provide: AgentEndpoint, useValue: gateway.mcp.agentEndpoint },
        {
          provide: Lifecycle,
          useFactory: (health: HealthChecks) => new Lifecycle(gateway, executor, health),
          inject: [HealthChecks],
        },
      ],
    };
  }
}
