export type { ApproveAnswer, ApproveRequest } from './approve.ts';
export type { CompileSchemas, Configured, FindDeclaredProblem } from './catalog-tool.ts';
export { createDefinitions, type DefinitionParts, type Definitions } from './definitions.ts';
export type { UnusableTool } from './unusable.ts';
export type { DefinitionView } from './view.ts';
