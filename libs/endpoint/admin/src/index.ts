export { adminApi } from './openapi/document.ts';
export { AdminModule, type AdminOptions } from './admin.module.ts';
export type {
  AdminAct,
  AdminPorts,
  ApprovalsPort,
  ToolEntry,
  ViewOf,
  DefinitionsPort,
  SystemStatus,
  Question,
  ProgramReload,
  ReloadAnswer,
  TenantsPort,
} from './admin-ports.ts';
export { operatorToken } from './auth/operator-token.ts';
