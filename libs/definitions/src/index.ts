export {
  type ApproveAnswer,
  type ApproveRequest,
  createDefinitions,
  type DefinitionParts,
  type Definitions,
  type DefinitionView,
} from './definitions.ts';
export type { CompileSchemas } from './catalog-tool.ts';
