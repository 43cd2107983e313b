/** Every endpoint of the API, in the order of the documentation. */
import { alertTest } from './admin/alerts.js';
import { audit } from './admin/audit.js';
import { INVITE_ENDPOINTS } from './admin/invites.js';
import { KEY_ENDPOINTS, ownKey } from './admin/keys.js';
import { ME_ENDPOINTS } from './admin/me.js';
import { MEMBER_ENDPOINTS } from './admin/members.js';
import { ORGANIZATION_ENDPOINTS } from './admin/organization.js';
import { chatCompletions } from './chat-completions/endpoint.js';
import { dashboardHistory, dashboardRequests, dashboardStats } from './dashboard.js';
import { dashboardEvents, dashboardEventsCsv } from './dashboard-events.js';
import { dashboardKeys } from './dashboard-keys.js';
import { USAGE_ENDPOINTS } from './dashboard-usage.js';
import type { Endpoint } from './endpoint.js';
import { healthz, readyz } from './health.js';
import { countTokens, messages } from './messages/endpoint.js';
import { getModel, listModels } from './models.js';
import { embeddings, rerank } from './pass-through.js';
import { responseInputTokens, responses } from './responses/endpoint.js';
import { deletedResponse, keptResponse, responseInputItems } from './responses/kept.js';
import { textCompletions } from './text-completions.js';

export const ENDPOINTS: readonly Endpoint[] = [
  chatCompletions,
  responses,
  responseInputTokens,
  keptResponse,
  deletedResponse,
  responseInputItems,
  messages,
  countTokens,
  textCompletions,
  embeddings,
  rerank,
  listModels,
  getModel,
  ownKey,
  healthz,
  readyz,
  dashboardStats,
  dashboardRequests,
  dashboardHistory,
  dashboardKeys,
  ...USAGE_ENDPOINTS,
  dashboardEvents,
  dashboardEventsCsv,
  ...ME_ENDPOINTS,
  ...MEMBER_ENDPOINTS,
  ...KEY_ENDPOINTS,
  ...INVITE_ENDPOINTS,
  audit,
  ...ORGANIZATION_ENDPOINTS,
  alertTest,
];

/** The same without the dashboard's, for `DASHBOARD_ENABLED=false`. */
export const WITHOUT_DASHBOARD: readonly Endpoint[] = ENDPOINTS.filter(
  ({ path }) => !path.startsWith('/dashboard'),
);
