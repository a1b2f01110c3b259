export { compileToolSchemas, type ToolSchemaRequest, type ToolSchemas } from './tool-schemas.ts';
