export type { ApproveAnswer, ApproveRequest } from './approve.ts';
export type { CompileSchemas } from './catalog-tool.ts';
export { createDefinitions, type DefinitionParts, type Definitions } from './definitions.ts';
export type { DefinitionView } from './view.ts';
