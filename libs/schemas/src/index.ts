export { valuesOf } from './detect-values.ts';
export { declaredProblem, type DeclaredRequest } from './declared-paths.ts';
export { type OverlayFault, overlayFaults } from './overlay-faults.ts';
export { compileToolSchemas, type ToolSchemaRequest, type ToolSchemas } from './tool-schemas.ts';
