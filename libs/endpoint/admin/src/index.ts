export { adminApi } from './openapi/document.ts';
export { AdminModule } from './admin.module.ts';
export type {
  AdminAct,
  AdminPorts,
  ApprovalsPort,
  ToolEntry,
  ViewOf,
  DefinitionsPort,
  ConnectionsPort,
  ConnectionView,
  EraseAnswer,
  EraseRequest,
  Question,
  ProgramReload,
  ReloadAnswer,
} from './admin-ports.ts';
export { carriesToken, operatorToken } from './auth/operator-token.ts';
