import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { createLogger } from '@sallyport/service';
import { serve } from '@sallyport/wiring';

const { values } = parseArgs({ options: { config: { type: 'string', default: 'sallyport.yaml' } } });
const logger = createLogger();

try {
  const { url } = await serve({ config: values.config, logger });
  logger.info(`Serving ${url}/mcp`);
} catch (error) {
  logger.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
