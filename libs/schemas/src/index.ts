export { valuesOf } from './detect-values.ts';
export { declaredProblem, type DeclaredRequest } from './declared-paths.ts';
export { compileToolSchemas, type ToolSchemaRequest, type ToolSchemas } from './tool-schemas.ts';
