export { adminApi } from './openapi/document.ts';
export { AdminModule, type AdminOptions } from './admin.module.ts';
export type {
  AdminAct,
  AdminPorts,
  ApprovalsDesk,
  DefinitionEntry,
  DefinitionsDesk,
  HouseStatus,
  Question,
  ProgramReload,
  ReloadAnswer,
  TenantsDesk,
} from './admin-ports.ts';
export { operatorToken } from './auth/operator-token.ts';
