export type { ApproveAnswer, ApproveRequest } from './approve.ts';
export type { Configured } from './catalog-tool.ts';
export { createDefinitions, type Definitions } from './definitions.ts';
export type { UnusableTool } from './unusable.ts';
export type { DefinitionView } from './view.ts';
export { declaredProblem } from './schemas/declared-paths.ts';
export { valuesOf } from './schemas/detect-values.ts';
export { overlayFaults } from './schemas/overlay-faults.ts';
export { compileToolSchemas } from './schemas/tool-schemas.ts';
