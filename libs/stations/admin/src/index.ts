export { AdminModule, type AdminOptions } from './admin.module.ts';
export type {
  AdminAct,
  AdminPorts,
  ApprovalsDesk,
  DefinitionEntry,
  DefinitionsDesk,
  HouseStatus,
  Question,
  ReloadAnswer,
} from './admin-ports.ts';
export { OPERATOR_TOKEN_FILE, operatorToken } from './auth/operator-token.ts';
export { headOf } from './events/event-reader.ts';
