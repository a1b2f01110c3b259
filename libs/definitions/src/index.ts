export type { ApproveAnswer, ApproveRequest } from './approve.ts';
export type { CompileSchemas, Configured, FindDeclaredProblem } from './catalog-tool.ts';
export { createDefinitions, type DefinitionParts, type Definitions } from './definitions.ts';
export type { UnusableTool } from './unusable.ts';
export type { DefinitionView } from './view.ts';
export { declaredProblem, type DeclaredRequest } from './schemas/declared-paths.ts';
export { valuesOf } from './schemas/detect-values.ts';
export { type OverlayFault, overlayFaults } from './schemas/overlay-faults.ts';
export { compileToolSchemas, type ToolSchemaRequest, type ToolSchemas } from './schemas/tool-schemas.ts';
